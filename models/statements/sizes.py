"""How large a group should be: in closed form, between alone and the institution (S4), and in the payoff (S5)."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.closed_form import choice_band
from models.statements.payoffs import drawn, keenest, payoff, subsets
from models.statements.registry import Evidence, Run, evidence_for
from models.statements.verdict import Finding
from models.theatre import Number

__all__ = ["RANGES", "small_band", "small_groups_in_the_middle", "sweet_spot_of_the_payoff"]

Floats = NDArray[np.float64]

RANGES = {
    "threat": Number(5.0, low=0.5, high=20.0, unit="of a member's strength", source="ours", status="prior"),
    "cost": Number(0.05, low=0.01, high=0.25, unit="of a middling stake, a partner", source="ours", status="prior"),
    "members": Number(30, low=10, high=50, unit="states", source="ASEAN 10, EU 27, NATO 32, OSCE 57", status="prior"),
    "reliability": Number(
        0.6,
        low=0.25,
        high=0.75,
        unit="chance that it acts",
        source="Leeds, Long and Mitchell 2000 (0.745); Berkemeier and Fuhrmann 2018 (0.50)",
        status="literature",
    ),
    "fee": Number(0.3, low=0.05, high=2.0, unit="of a middling stake", source="ours", status="prior"),
}
"""A member's strength is 1. The cost is g of the closed form, the fee what membership of the institution costs."""

DRAWS = 5_000
STRETCHES = (0.5, 1.0, 2.0)
"""Factors by which the ranges of cost and fee are moved to see what hangs on them."""

SMALL = (3, 9)
MIDDLE = "small groups best in the middle"
CERTAIN = "the same, an institution that always acts"
AFTER = "the institution best above them"

REGIONS = ("asia-pacific", "middle-east", "europe")
PLAYERS, SIZES, SPOT = 11, tuple(range(2, 10)), (3, 6)
PAYOFF_DRAWS = 200


def small_band(
    capability: ArrayLike, threat: ArrayLike, cost: ArrayLike, sizes: tuple[int, int] = SMALL
) -> tuple[Floats, Floats]:
    """Find the stakes from which and up to which the best group has a size in a range, in the closed form.

    A group of k + 1 gives each more than one of k from the stake g (k a + T) ((k + 1) a + T) / (a T) on.

    Parameters
    ----------
    capability, threat, cost : array_like
        a, T and g of ``models.closed_form``.
    sizes : tuple of int
        Least and largest.

    Returns
    -------
    low, high : ndarray
        In the unit of the cost.

    Raises
    ------
    ValueError
        A capability, threat or cost is not finite and positive, or the sizes are not in order.

    Examples
    --------
    >>> low, high = small_band(1.0, 5.0, 0.5)
    >>> round(float(low), 2), round(float(high), 2)
    (5.6, 21.0)
    """
    for name, given in (("capability", capability), ("threat", threat), ("cost", cost)):
        numbers = np.asarray(given, dtype=np.float64)
        if bad := numbers[~(np.isfinite(numbers) & (numbers > 0))].ravel().tolist():
            raise ValueError(f"{name} is {bad[0]}; it must be finite and above 0")
    if not 1 <= sizes[0] <= sizes[1]:
        raise ValueError(f"sizes from {sizes[0]} to {sizes[1]} leave nothing; the least is 1 or more")
    a, t, g = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (capability, threat, cost)))

    def turn(k: int) -> Floats:
        found: Floats = g * (k * a + t) * ((k + 1) * a + t) / (a * t)
        return found

    return turn(sizes[0] - 1), turn(sizes[1])


@evidence_for("S4")
def small_groups_in_the_middle(run: Run) -> Evidence:
    """Draw from the ranges of ``RANGES`` and look for stakes at which a group of three to nine beats all else.

    States are alike and gain V k a / (k a + T) - g k in a group of k, p V n a / (n a + T) - h in an institution of
    n (``models.closed_form``). The main finding is the share of 5,000 draws in which there are stakes, above those for
    which a state acts alone, at which a group of three to nine gives more than nothing, alone, any other group and the
    institution. The interval is no confidence interval: it runs over uniform and log-uniform draws, and over ranges of
    cost and fee at half, once and twice their size. Parts: the same with an institution that always acts; and the share
    in which small groups are best and, for some larger stake, the institution is: where it is not, larger groups
    follow, or the institution comes before.

    Limits: a closed form with states that are alike and a fixed chance that the institution acts. Nothing is fitted.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Evidence
    """
    choices = list(product((True, False), STRETCHES, STRETCHES))
    shares = {choice: _shares(choice, run.rng) for choice in choices}
    findings = [
        Finding(
            name=name,
            effect=shares[True, 1.0, 1.0][name],
            interval=(min(s[name] for s in shares.values()), max(s[name] for s in shares.values())),
            null=0.5,
            side="above",
            unit="share of draws",
        )
        for name in (MIDDLE, CERTAIN, AFTER)
    ]
    values = {name: number.value for name, number in RANGES.items()}
    low, high = small_band(1.0, values["threat"], values["cost"])
    band = choice_band(
        1.0, values["threat"], values["cost"], int(values["members"]), values["reliability"], values["fee"]
    )
    return Evidence(
        main=findings[0],
        basis=f"closed form, {DRAWS:,} draws from documented ranges, range over {len(shares)} prior choices",
        parts=findings[1:],
        details={
            "ranges": {name: (number.low, number.high) for name, number in RANGES.items()},
            "stakes at the central values": {
                **{f"{name} from": round(float(stake), 3) for name, stake in band._asdict().items()},
                "best group of three to nine": (round(float(low), 3), round(float(high), 3)),
            },
        },
        prior_range=True,
    )


@evidence_for("S5", fitted=True, regions=REGIONS)
def sweet_spot_of_the_payoff(run: Run) -> Evidence:
    """Find, for every interest, the size of two to nine at which the best group is worth most to each member.

    Groups are formed among the eleven states of the largest stake in each interest of three regions. The main finding
    is the share of interests whose peak lies at three to six, over draws, against one half: four of the eight sizes.
    Parts: the same for the worth of the whole group; and the share of interests in which worth a member rises to its
    peak and falls from there, also where the peak is at two and it only falls.

    Limits: the costs of coordination and of founding, which make the peak, were set by the sizes and worths of the
    groups that formed; a peak near their size shows that the payoff fits them, not that they chose well. Pairs are
    smaller than any group that was fitted.

    Parameters
    ----------
    run : Run
        With a fit that has the regions asked for.

    Returns
    -------
    Evidence

    Raises
    ------
    ValueError
        Draws do not fit the terms of a region, or are not finite.
    """
    each, whole, single = [], [], []
    for name in REGIONS:
        given = payoff(run, name, PAYOFF_DRAWS)
        for interest in given.region.interests:
            pool = keenest(given.region, interest.id, given.year, PLAYERS)
            best = np.array([given.worths(subsets(pool, k), interest.id).max(axis=0) for k in SIZES])
            curve = best / np.array(SIZES)[:, None]
            each.append(curve.argmax(axis=0) + SIZES[0])
            whole.append(best.argmax(axis=0) + SIZES[0])
            single.append((np.diff(np.sign(np.diff(curve, axis=0)), axis=0) <= 0).all(axis=0))

    def finding(name: str, held: list[Floats]) -> Finding:
        return drawn(name, np.mean(held, axis=0), run, null=0.5, side="above", unit="share")

    peaks = {"a member": np.array(each), "the group": np.array(whole)}
    inside = {what: list((at >= SPOT[0]) & (at <= SPOT[1])) for what, at in peaks.items()}
    return Evidence(
        main=finding("most worth a member at three to six", inside["a member"]),
        basis=f"payoff of three regions, {PAYOFF_DRAWS} draws, {len(each)} interests",
        parts=[finding("most worth a group at three to six", inside["the group"]), finding("one peak", single)],
        details={
            f"share of peaks of worth {what}, all draws": {k: round(float((at[:, :-1] == k).mean()), 3) for k in SIZES}
            for what, at in peaks.items()
        },
    )


def _shares(choice: tuple[bool, float, float], rng: np.random.Generator) -> dict[str, float]:
    log, cost_by, fee_by = choice
    x = {}
    for name, number in RANGES.items():
        at = rng.random(DRAWS)
        spread = number.high - number.low
        x[name] = number.low * (number.high / number.low) ** at if log else number.low + spread * at
    cost, fee, members = cost_by * x["cost"], fee_by * x["fee"], np.rint(x["members"]).astype(int)
    low, high = small_band(1.0, x["threat"], cost)
    found = {MIDDLE: np.zeros(DRAWS, dtype=bool), CERTAIN: np.zeros(DRAWS, dtype=bool), AFTER: np.zeros(DRAWS)}
    for n in np.unique(members):
        rows = members == n
        for name, trust in ((MIDDLE, x["reliability"][rows]), (CERTAIN, 1.0)):
            band = choice_band(1.0, x["threat"][rows], cost[rows], int(n), trust, fee[rows])
            found[name][rows] = ~((band.institution <= low[rows]) & (band.larger >= high[rows]))
            if name == MIDDLE:
                found[AFTER][rows] = np.isfinite(band.institution) & (band.institution > low[rows])
    return {name: float(held.mean()) for name, held in found.items()}
