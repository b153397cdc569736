"""One issue and those who bargain over it: forecasts by mean and median, chances in a vote, expected utilities, risk.

The pieces of Bueno de Mesquita's model; ``models.expected_utility`` lets the actors move. The model was never published
as code: what is here follows the reconstruction of Scholz, Calbert and Smith and its public implementation, whose
author doubts three places. Two are read either way here, so results name their variant, and ``VARIANTS`` lists them;
the third, that danger is measured against the other actors and not against other positions of one actor, is kept.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.coalition import Label, as_players
from coalitions.errors import CoalitionError, WorthError
from models.panel import DATA, nearest

__all__ = [
    "VARIANTS",
    "Bargaining",
    "Variant",
    "bargaining_data",
    "expected_utilities",
    "mean_position",
    "median_position",
    "risk_exponents",
    "win_probabilities",
]

Floats = NDArray[np.float64]
EXAMPLES = ("emissions", "sultan")
NEGLIGIBLE = 1e-12
"""Expected utilities lie between -4 and 4; differences up to this are rounding and move nobody."""
NEAR = 1e-6
"""Positions nearer to each other than this part of the width are one: what sets them apart is lost in rounding."""


class Variant(NamedTuple):
    """How the model is read where its readers disagree.

    Attributes
    ----------
    votes : str
        What the votes for one side of a pair are divided by: ``'pair'``, all votes on this pair, so that the two
        chances sum to one; ``'net'``, the same but only the lead counts, none for the weaker side; ``'all pairs'``,
        the votes on all ordered pairs, which makes every chance small.
    least_change : bool
        Whether an actor accepts, of the challenges of a kind, the one that moves it least, and gives in fully when
        it has more to lose than the other to gain. Otherwise as in the public code: the compromise that leads lowest
        on the line, and nobody gives in fully.
    """

    votes: str
    least_change: bool


VARIANTS = {
    "public code": Variant("all pairs", least_change=False),
    "all pairs": Variant("all pairs", least_change=True),
    "pair": Variant("pair", least_change=True),
    "net": Variant("net", least_change=True),
}
"""``'public code'`` repeats the published runs number by number; ``'pair'`` is how its author reads the papers."""


class Bargaining(NamedTuple):
    """An issue: who takes part, how strong each is, what each wants, and how much each cares.

    Attributes
    ----------
    actors : tuple of labels
    capability, position, salience : tuple of float
        Capability in any unit, position on the scale of the issue, salience from 0 to 1.
    """

    actors: tuple[Label, ...]
    capability: tuple[float, ...]
    position: tuple[float, ...]
    salience: tuple[float, ...]


def mean_position(capability: ArrayLike, position: ArrayLike, salience: ArrayLike) -> float:
    """Average the positions, weighted by capability times salience: the simplest forecast.

    Parameters
    ----------
    capability, position, salience : array_like of n numbers
        As for ``forecast``.

    Returns
    -------
    float

    Raises
    ------
    WorthError, CoalitionError
        As for ``forecast``.

    Examples
    --------
    >>> mean_position([3, 1], [0, 6], [0.5, 0.5])
    1.5
    """
    _, strength, place, care = checked_issue(None, capability, position, salience)
    return float(strength * care @ place / (strength @ care))


def median_position(capability: ArrayLike, position: ArrayLike, salience: ArrayLike) -> float:
    """Find the position that no other beats when all vote with capability times salience times what is at stake.

    Parameters
    ----------
    capability, position, salience : array_like of n numbers
        As for ``forecast``.

    Returns
    -------
    float
        The lower one where two are equally good.

    Raises
    ------
    WorthError, CoalitionError
        As for ``forecast``.

    Notes
    -----
    The votes for x over y are the difference of two weighted sums of distances, so the winner has the smallest such
    sum: it is the weighted median.

    References
    ----------
    .. [1] D. Black (1948), On the rationale of group decision-making, Journal of Political Economy 56, 23-34.

    Examples
    --------
    >>> median_position([3, 1, 1], [0, 6, 10], [0.2, 0.5, 0.8])
    6.0
    """
    _, strength, place, care = checked_issue(None, capability, position, salience)
    order = np.argsort(place, kind="stable")
    behind = np.cumsum((strength * care)[order])
    return float(place[order][np.argmax(behind >= (0.5 - NEGLIGIBLE) * behind[-1])])


def win_probabilities(
    capability: ArrayLike,
    position: ArrayLike,
    salience: ArrayLike,
    *,
    exponents: ArrayLike | None = None,
    variant: str = "public code",
    width: float | None = None,
) -> Floats:
    """Give each actor's chance against each other if all others had to vote between the two positions.

    votes_k(i over j) = c_k s_k (d_kj^r_k - d_ki^r_k),  d = distance over the width of the issue;
    P_ij = sum_k max(0, votes_k) over what the variant says.

    Parameters
    ----------
    capability, position, salience : array_like of n numbers
        As for ``forecast``.
    exponents : array_like of n numbers, optional
        r_k > 0; 1 by default.
    variant : str
    width : float, optional
        Of the issue, in units of position; that of the positions by default.

    Returns
    -------
    ndarray, shape (n, n)
        Row i: of i against each. Zero where two hold the same position; one half where they differ and nobody leans
        to either.

    Raises
    ------
    WorthError, CoalitionError, ValueError
        As for ``forecast``.

    Notes
    -----
    O(n**3) time, O(n**2) memory.

    Examples
    --------
    >>> win_probabilities([3, 1, 1], [0, 6, 10], [1, 1, 1], variant="pair")[0].round(3)
    array([0.   , 0.6  , 0.714])
    """
    found = variant_named(variant)
    _, strength, place, care = checked_issue(None, capability, position, salience)
    extent = _extent(place, width)
    return _chances(strength * care, place, extent, _exponents(exponents, len(place)), found.votes)


def expected_utilities(
    capability: ArrayLike,
    position: ArrayLike,
    salience: ArrayLike,
    *,
    exponents: ArrayLike | None = None,
    variant: str = "public code",
    status_quo: float = 1.0,
    width: float | None = None,
) -> tuple[Floats, Floats]:
    """Give what each actor expects from challenging each other, and from being challenged by it.

    EU_ij = s_j (P_ij U_success + (1 - P_ij) U_failure) + (1 - s_j) U_success - Q U_status_quo, with
    U_success = 2 - 4 (1/2 - d_ij/2)^r, U_failure = 2 - 4 (1/2 + d_ij/2)^r, U_status_quo = 2 - 4 (1/2)^r.

    Parameters
    ----------
    capability, position, salience : array_like of n numbers
        As for ``forecast``.
    exponents : array_like of n numbers, optional
        r_k > 0; 1 by default.
    variant : str
    status_quo : float
    width : float, optional
        Of the issue, in units of position; that of the positions by default.

    Returns
    -------
    own : ndarray, shape (n, n)
        Row i, column j: EU_ij, of i challenging j as i sees it.
    other : ndarray, shape (n, n)
        Row i, column j: EU_ji, of j challenging i as i sees it, with i's attitude to risk.

    Raises
    ------
    WorthError, CoalitionError, ValueError
        As for ``forecast``.

    Examples
    --------
    >>> own, other = expected_utilities([3, 1, 1], [0, 6, 10], [1, 1, 1], variant="pair")
    >>> own[0].round(3), other[0].round(3)
    (array([0.   , 0.24 , 0.857]), array([ 0.   , -0.24 , -0.857]))
    """
    found = variant_named(variant)
    check_share(status_quo, "status_quo")
    _, strength, place, care = checked_issue(None, capability, position, salience)
    extent, risk = _extent(place, width), _exponents(exponents, len(place))
    return _expected(strength, place, care, extent, risk, found, status_quo)


def risk_exponents(
    capability: ArrayLike,
    position: ArrayLike,
    salience: ArrayLike,
    *,
    variant: str = "public code",
    status_quo: float = 1.0,
    width: float | None = None,
) -> Floats:
    """Give each actor's attitude to risk, from how much all others expect to gain by challenging it.

    R_i = (2 D_i - D_max - D_min) / (D_max - D_min) with D_i = sum_j EU_ji at exponents of 1, and
    r_i = (1 - R_i / 3) / (1 + R_i / 3), from 1/2 for the most threatened to 2 for the safest.

    Parameters
    ----------
    capability, position, salience : array_like of n numbers
        As for ``forecast``.
    variant : str
    status_quo : float
    width : float, optional
        Of the issue, in units of position; that of the positions by default.

    Returns
    -------
    ndarray, shape (n,)
        All 1 where nobody is more threatened than another.

    Raises
    ------
    WorthError, CoalitionError, ValueError
        As for ``forecast``.

    Examples
    --------
    >>> risk_exponents([3, 1, 1], [0, 6, 10], [1, 1, 1]).round(3)
    array([2.   , 0.5  , 0.729])
    """
    found = variant_named(variant)
    check_share(status_quo, "status_quo")
    _, strength, place, care = checked_issue(None, capability, position, salience)
    return _risk(strength, place, care, _extent(place, width), found, status_quo)


def bargaining_data(name: str) -> Bargaining:
    """Read one of the two published examples.

    ``'emissions'``: ten states of the European Community on the year (counted from the first discussed) by which
    emission standards for medium-sized cars should bind. ``'sultan'``: seventeen actors inside and around
    Saudi Arabia on the price of oil.

    Parameters
    ----------
    name : str

    Returns
    -------
    Bargaining
        To be handed on: ``forecast(*bargaining_data('emissions'))``.

    Raises
    ------
    ValueError
        An unknown name.

    References
    ----------
    .. [1] B. Bueno de Mesquita (1994), Political forecasting: an expected utility method, in B. Bueno de Mesquita,
           F. Stokman (eds.), European Community Decision Making, Yale University Press, 71-104, table of p. 78.
    .. [2] J. McKibben, bdm-scholz-expected-utility-model, the files ExampleActors.csv and Sultan.csv.

    Examples
    --------
    >>> issue = bargaining_data("emissions")
    >>> issue.actors[:3], issue.position[:3]
    (('NLD', 'BEL', 'LUX'), (4.0, 7.0, 4.0))
    """
    if name not in EXAMPLES:
        raise ValueError(f"no bargaining data {name!r}{nearest(str(name), EXAMPLES) or '; known: emissions, sultan'}")
    with (DATA / f"bargaining_{name}.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    figures = (tuple(float(row[column]) for row in rows) for column in ("capability", "position", "salience"))
    return Bargaining(tuple(row["actor"] for row in rows), *figures)


def checked_issue(
    actors: Iterable[Label] | None, capability: ArrayLike, position: ArrayLike, salience: ArrayLike
) -> tuple[tuple[Label, ...], Floats, Floats, Floats]:
    """Give labels and columns as they are used, or refuse them; without actors, positions in the row stand for them.

    Parameters
    ----------
    actors : iterable of n labels, or None
    capability, position, salience : array_like of n numbers
        As for ``forecast``.

    Returns
    -------
    actors : tuple of n labels
    capability, position, salience : ndarray, shape (n,)

    Raises
    ------
    CoalitionError
        No actors, an actor twice, or numbers of another length.
    WorthError
        A number that is not finite, a negative capability or salience, a salience above 1, or nobody with both.
    """
    given = {"capability": capability, "position": position, "salience": salience}
    columns = {name: np.asarray(values, np.float64) for name, values in given.items()}
    order = as_players(range(columns["position"].size)) if actors is None else as_players(actors)
    for name, values in columns.items():
        if values.shape != (len(order),):
            raise CoalitionError(f"{name} has shape {values.shape}; {len(order)} actors need ({len(order)},)")
        for actor, value in zip(order, values.tolist(), strict=True):
            if not np.isfinite(value):
                raise WorthError(f"{name} of {actor!r} is {value}")
            if name != "position" and value < 0:
                raise WorthError(f"{name} of {actor!r} is {value}; it must not be negative")
            if name == "salience" and value > 1:
                raise WorthError(f"salience of {actor!r} is {value}; it runs from 0 to 1, so divide percentages by 100")
    if not (columns["capability"] * columns["salience"]).any():
        raise WorthError("nobody has both capability and salience, so nobody moves the issue")
    return order, columns["capability"], columns["position"], columns["salience"]


def variant_named(name: str) -> Variant:
    """Look a variant up.

    Parameters
    ----------
    name : str

    Returns
    -------
    Variant

    Raises
    ------
    ValueError
        An unknown name, with the nearest one.
    """
    if name not in VARIANTS:
        raise ValueError(f"no variant {name!r}{nearest(str(name), VARIANTS) or '; known: ' + ', '.join(VARIANTS)}")
    return VARIANTS[name]


def check_share(value: float, name: str) -> None:
    """Refuse what does not lie between 0 and 1.

    Parameters
    ----------
    value : float
    name : str
        Of the argument, for the message.

    Raises
    ------
    ValueError
        A value below 0, above 1, or not a number.
    """
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is {value}; it must lie between 0 and 1")


def _extent(place: Floats, width: float | None) -> float:
    held = float(np.ptp(place))
    if width is None:
        return held
    if not held * (1 - NEGLIGIBLE) <= width < float("inf"):
        raise WorthError(f"width is {width}; the positions alone cover {held}")
    return float(width)


def _exponents(given: ArrayLike | None, n: int) -> Floats:
    if given is None:
        return np.ones(n)
    risk = np.asarray(given, np.float64)
    if risk.shape != (n,):
        raise CoalitionError(f"exponents have shape {risk.shape}; {n} actors need ({n},)")
    if not ((risk > 0) & np.isfinite(risk)).all():
        raise WorthError(f"exponents must be positive and finite, not {risk[~((risk > 0) & np.isfinite(risk))][0]}")
    return risk


def _distances(place: Floats, extent: float) -> Floats:
    return np.minimum(np.abs(place[:, None] - place) / (extent or 1.0), 1.0)  # a compromise may overshoot by rounding


def _chances(weights: Floats, place: Floats, extent: float, risk: Floats, divisor: str) -> Floats:
    n = len(place)
    apart = _distances(place, extent)
    won, cast = np.zeros((n, n)), np.zeros((n, n))
    for k in range(n):  # one voter at a time: n tables of n by n would not fit for hundreds of actors
        felt = apart[k] ** risk[k]
        votes = weights[k] * (felt - felt[:, None])
        won += np.maximum(votes, 0)
        cast += np.abs(votes)
    differ = place[:, None] != place
    if divisor == "all pairs":
        total = cast.sum()
        return won / total if total > 0 else won
    if divisor == "net":
        won = np.maximum(won - won.T, 0)
    return np.where(differ, np.divide(won, cast, out=np.full((n, n), 0.5), where=cast > 0), 0.0)


def _expected(
    strength: Floats, place: Floats, care: Floats, extent: float, risk: Floats, variant: Variant, status_quo: float
) -> tuple[Floats, Floats]:
    chance = _chances(strength * care, place, extent, risk, variant.votes)
    apart, power = _distances(place, extent), risk[:, None]
    success, failure = 2 - 4 * (0.5 - 0.5 * apart) ** power, 2 - 4 * (0.5 + 0.5 * apart) ** power
    rest = status_quo * (2 - 4 * 0.5**power)

    def gain(wins: Floats, resists: Floats) -> Floats:
        found: Floats = resists * (wins * success + (1 - wins) * failure) + (1 - resists) * success - rest
        return found

    return gain(chance, care), gain(chance.T, care[:, None])


def _risk(strength: Floats, place: Floats, care: Floats, extent: float, variant: Variant, status_quo: float) -> Floats:
    own, _ = _expected(strength, place, care, extent, np.ones(len(place)), variant, status_quo)
    danger = own.sum(axis=0)  # with an exponent of 1 nobody gains or loses by challenging itself
    low, high = danger.min(), danger.max()
    if high - low <= NEGLIGIBLE * len(place):
        return np.ones(len(place))
    lean = (2 * danger - high - low) / (high - low) / 3
    exponents: Floats = (1 - lean) / (1 + lean)
    return exponents
