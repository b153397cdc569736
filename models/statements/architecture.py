"""A pole with weak partners: a star of partnerships or an alliance (S17), in closed form.

A pole of capability 1 faces a threat T and has a stake V; n partners of capability a each would join either way.
With a contest success of Y / (Y + T),

    alliance  n b + V [ (1 + n a) / (1 + n a + T) - 1 / (1 + T) ] - n e - n c / 2
    star      n (b - d) - n c / 2

b is what a partner brings by association (votes, markets, bases), d the part of it only a promise of defence buys,
e the expected cost of being drawn into a partner's conflict, c the cost of a pair. The alliance coordinates all
n (n + 1) / 2 pairs and shares the cost among n + 1 members, the star halves the cost of n links: the pole pays n c / 2
in both, so neither b nor c decides. The star is better exactly when

    e > d + V T a / [ (1 + T) (1 + T + n a) ]

The bound falls with the number of partners, since what they add to the pole's strength runs into diminishing returns
while each brings conflicts of its own, and rises with the strength of a partner.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.statements.registry import Evidence, Run, evidence_for
from models.statements.verdict import Finding
from models.theatre import Number

__all__ = ["RANGES", "alliance_gain", "entrapment_threshold", "star_against_alliance", "star_gain"]

RANGES = {
    "threat": Number(1.0, low=0.25, high=4.0, unit="of the pole's own capability", source="ours", status="prior"),
    "partner": Number(
        0.009,
        low=0.002,
        high=0.10,
        unit="of the pole's own capability",
        source="GDP over China's, median and quantiles 0.25 and 0.90 of the panel's states in 2023",
        status="prior",
    ),
    "partners": Number(12, low=3, high=40, unit="states", source="ours", status="prior"),
    "conflict": Number(
        0.03, low=0.01, high=0.10, unit="chance that a partner's conflict calls the pole", source="ours", status="prior"
    ),
    "dissimilarity": Number(0.5, low=0.2, high=0.8, unit="1 - similarity of interests", source="ours", status="prior"),
    "loss": Number(0.5, low=0.1, high=1.0, unit="pole's stake", source="ours", status="prior"),
    "association": Number(
        0.002, low=0.0002, high=0.01, unit="pole's stake a partner, with a promise only", source="ours", status="prior"
    ),
}
"""The stake V is 1: all worths are in units of it. e is conflict x dissimilarity x loss."""

CORNERS = {
    "dear entrapment, many weak partners": "above",
    "the same if a promise buys nothing": "above",
    "all draws": "above",
    "cheap entrapment, few strong partners": "below",
}
"""Where the star's share of draws is taken, and on which side of one half the claim puts it."""

DRAWS = 20_000
STRETCHES = (0.5, 1.0, 2.0)
"""Factors by which the ranges of conflict and of what a promise buys are moved to see what hangs on them."""


def entrapment_threshold(
    threat: ArrayLike, partner: ArrayLike, partners: ArrayLike, association: ArrayLike = 0.0, stake: ArrayLike = 1.0
) -> NDArray[np.float64]:
    """Give the expected cost of entrapment a partner above which the star is better for the pole.

    e* = d + V T a / [(1 + T) (1 + T + n a)].

    Parameters
    ----------
    threat : float or array
        T, in units of the pole's own capability, not negative.
    partner : float or array
        a, a partner's capability in the same unit, not negative.
    partners : float or array
        n, not negative.
    association : float or array
        d, what only a promise of defence buys from a partner, in the unit of the stake.
    stake : float or array
        V.

    Returns
    -------
    ndarray
        In the unit of the stake; the inputs are broadcast.

    Raises
    ------
    ValueError
        An input is negative or not finite.

    References
    ----------
    .. [1] G. H. Snyder (1984), The security dilemma in alliance politics, World Politics 36, 461-495: the trade of
       entrapment against abandonment. The model is ours.

    Examples
    --------
    >>> round(float(entrapment_threshold(threat=1.0, partner=0.1, partners=10)), 4)
    0.0167
    """
    t, a, n, d, v = _checked(
        {"threat": threat, "partner": partner, "partners": partners, "association": association, "stake": stake}
    )
    bound: NDArray[np.float64] = d + v * t * a / ((1 + t) * (1 + t + n * a))
    return bound


def alliance_gain(
    threat: ArrayLike,
    partner: ArrayLike,
    partners: ArrayLike,
    entrapment: ArrayLike,
    *,
    association: ArrayLike = 0.0,
    link: ArrayLike = 0.0,
    stake: ArrayLike = 1.0,
) -> NDArray[np.float64]:
    """Give the pole's gain from an alliance with its partners, over standing alone.

    Parameters
    ----------
    threat, partner, partners, stake
        As for ``entrapment_threshold``.
    entrapment : float or array
        e, expected cost of one partner's conflicts to the pole.
    association : float or array
        b, what a partner brings by association.
    link : float or array
        c, the cost of coordinating a pair.

    Returns
    -------
    ndarray
        In the unit of the stake.

    Raises
    ------
    ValueError
        An input is negative or not finite.

    Examples
    --------
    >>> round(float(alliance_gain(1.0, 0.1, 10, entrapment=0.01)), 4)
    0.0667
    """
    t, a, n, e, b, c, v = _checked(
        {
            "threat": threat,
            "partner": partner,
            "partners": partners,
            "entrapment": entrapment,
            "association": association,
            "link": link,
            "stake": stake,
        }
    )
    together = 1 + n * a
    gain: NDArray[np.float64] = v * (together / (together + t) - 1 / (1 + t)) + n * (b - e - c / 2)
    return gain


def star_gain(partners: ArrayLike, *, association: ArrayLike = 0.0, link: ArrayLike = 0.0) -> NDArray[np.float64]:
    """Give the pole's gain from a star of partnerships without a promise of defence, over standing alone.

    Parameters
    ----------
    partners, association, link
        As for ``alliance_gain``; ``association`` is what remains without the promise, b - d.

    Returns
    -------
    ndarray
        In the unit of the stake.

    Raises
    ------
    ValueError
        An input is negative or not finite.

    Examples
    --------
    >>> float(star_gain(10, association=0.02, link=0.01))
    0.15
    """
    n, b, c = _checked({"partners": partners, "association": association, "link": link})
    gain: NDArray[np.float64] = n * (b - c / 2)
    return gain


@evidence_for("S17")
def star_against_alliance(run: Run) -> Evidence:
    """Draw from the ranges of ``RANGES`` and count how often the star beats the alliance for the pole.

    The claim is about a pole with much to lose by entrapment and many weak partners: the effect is the share of
    20,000 draws with a cost of entrapment above its median, partners above their median in number and below it in
    strength in which the star is better. The interval is no confidence interval: it runs from the least to
    the greatest such share over uniform and log-uniform draws, and over ranges of the chance of conflict and of what
    only a promise buys at half, once and twice their size. Parts: the same if a promise buys nothing more from a
    partner; all draws; and the opposite corner, where the claim would have the alliance do better.

    Limits: a closed form of ours. It leaves out what partners want, whether the pole would honour a promise, and
    that an adversary may answer an alliance. Most ranges are priors that no data here narrow.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Evidence
    """
    choices = [
        (log, conflict, association) for log, conflict, association in product((True, False), STRETCHES, STRETCHES)
    ]
    shares = {choice: _shares(choice, run.rng) for choice in choices}
    middle = shares[True, 1.0, 1.0]
    findings = [
        Finding(
            name=name,
            effect=middle[name],
            interval=(min(found[name] for found in shares.values()), max(found[name] for found in shares.values())),
            null=0.5,
            side=side,
            unit="share of draws",
        )
        for name, side in CORNERS.items()
    ]
    return Evidence(
        main=findings[0],
        basis=f"closed form, {DRAWS:,} draws from documented ranges, range over {len(shares)} prior choices",
        parts=findings[1:],
        details={
            "ranges": {name: (number.low, number.high) for name, number in RANGES.items()},
            "threshold at the central values": float(
                entrapment_threshold(
                    RANGES["threat"].value,
                    RANGES["partner"].value,
                    RANGES["partners"].value,
                    RANGES["association"].value,
                )
            ),
            "entrapment at the central values": RANGES["conflict"].value
            * RANGES["dissimilarity"].value
            * RANGES["loss"].value,
        },
        prior_range=True,
    )


def _shares(choice: tuple[bool, float, float], rng: np.random.Generator) -> dict[str, float]:
    log, conflict, association = choice
    draws = {}
    for name, number in RANGES.items():
        share = rng.random(DRAWS)
        draws[name] = (
            number.low * (number.high / number.low) ** share if log else number.low + (number.high - number.low) * share
        )
    entrapment = conflict * draws["conflict"] * draws["dissimilarity"] * draws["loss"]
    promise = association * draws["association"]
    bound = entrapment_threshold(draws["threat"], draws["partner"], draws["partners"])
    dear = entrapment > np.median(entrapment)
    many = draws["partners"] > np.median(draws["partners"])
    weak = draws["partner"] < np.median(draws["partner"])
    better = entrapment > bound + promise
    shares = (
        better[dear & many & weak],
        (entrapment > bound)[dear & many & weak],
        better,
        better[~dear & ~many & ~weak],
    )
    return {name: float(share.mean()) for name, share in zip(CORNERS, shares, strict=True)}


def _checked(inputs: dict[str, ArrayLike]) -> list[NDArray[np.float64]]:
    arrays = {name: np.asarray(value, dtype=np.float64) for name, value in inputs.items()}
    for name, values in arrays.items():
        if bad := values[~(np.isfinite(values) & (values >= 0))].ravel().tolist():
            raise ValueError(f"{name} is {bad[0]}; it must be finite and not negative")
    return list(arrays.values())
