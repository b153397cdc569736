"""The made-up worths on which searches for the best coalition structure are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_players, coalition_sizes, unknown_label
from coalitions.errors import CoalitionError
from coalitions.families.given import require_table
from coalitions.game import Game

_Floats: TypeAlias = NDArray[np.float64]
_Draw: TypeAlias = Callable[[np.random.Generator, _Floats], _Floats]

_BLOCK = 1 << 16  # coalitions drawn at a time: part of what a seed means, so it never changes


def synthetic_game(kind: str, players: int | Iterable[Label], *, rng: Any = None) -> Game:
    """Draw the worths of all coalitions from a distribution of the coalition-structure literature.

    With s the size of the coalition, every draw independent unless said otherwise, N(m, d) normal of mean m and
    standard deviation d:

    ====================  ==============================================================================
    uniform               s U(0, 1)
    normal                s N(10, 0.1)
    ndcs                  N(s, sqrt(s)), drawn again until positive (normally distributed structures)
    modified uniform      U(0, 10 s), and U(0, 50) more with probability 0.2
    modified normal       s N(10, 0.1), and U(0, 50) more with probability 0.2
    agent-based uniform   each player has a power p ~ U(0, 10) and brings U(0, 2 p) to each coalition
    agent-based normal    each player has a power p ~ N(10, 0.1) and brings N(p, 0.1) to each coalition
    beta                  s Beta(1/2, 1/2)
    sva beta              s Beta(1/2, 1/2), and 200 more with the first player (a single valuable agent)
    exponential           s Exp(1)
    gamma                 s Gamma(shape 2, scale 2)
    weibull               Weibull(shape s**2)
    rayleigh              Rayleigh of scale 10 s sqrt(2 / pi), mean 10 s
    chi-square            a whole number from 1 to s, and s ChiSquare(s)
    f                     F(1, s + 1)
    laplace               Laplace(10 s, 0.1)
    ====================  ==============================================================================

    Parameters
    ----------
    kind : str
        A name of the table, with spaces, hyphens or underscores.
    players : int, or iterable of labels
        A number gives the labels 0, 1, ...
    rng : seed or numpy.random.Generator, optional
        Anything ``numpy.random.default_rng`` takes. Same seed, same worths.

    Returns
    -------
    Game

    Raises
    ------
    CoalitionError
        No such kind, or no player.

    Notes
    -----
    One draw a coalition, n for the agent-based kinds; no second table.

    References
    ----------
    .. [1] K. Larson, T. Sandholm (2000), Anytime coalition structure generation: an average case study, Journal of
           Experimental and Theoretical Artificial Intelligence 12, 23-42 (uniform).
    .. [2] T. Rahwan, S. D. Ramchurn, N. R. Jennings, A. Giovannucci (2009), An anytime algorithm for optimal
           coalition structure generation, Journal of Artificial Intelligence Research 34, 521-567 (normal, NDCS).
    .. [3] T. Michalak, T. Rahwan, E. Elkind, M. Wooldridge, N. R. Jennings (2016), A hybrid exact algorithm for
           complete set partitioning, Artificial Intelligence 230, 14-50 (the list up to gamma, but for SVA).
    .. [4] N. Changder, S. Aknine, S. D. Ramchurn, A. Dutta (2020), ODSS: efficient hybridization for optimal coalition
           structure generation, AAAI 34, 7079-7086 (the others).

    Examples
    --------
    >>> game = synthetic_game("NDCS", 4, rng=1)
    >>> game == synthetic_game("ndcs", range(4), rng=1), bool((game.worths[1:] > 0).all())
    (True, True)
    """
    name = " ".join(kind.lower().replace("_", " ").replace("-", " ").split())
    names = {known.replace("-", " "): known for known in synthetic_kinds()}
    if name not in names:
        raise unknown_label(kind, synthetic_kinds(), "kind of synthetic worths")
    if isinstance(players, int | np.integer) and players < 1:
        raise CoalitionError(f"{players} players: a game needs at least one")
    order = as_players(range(players) if isinstance(players, int | np.integer) else players)
    n = len(order)
    require_table(n, "use fewer players", bytes_each=9)
    generator = np.random.default_rng(rng)
    worths = np.empty(1 << n)
    sizes = coalition_sizes(n)
    fill = _agents(name, n, generator) if name.startswith("agent") else None
    for start in range(0, len(worths), _BLOCK):
        block = slice(start, min(start + _BLOCK, len(worths)))
        if fill is not None:
            worths[block] = fill(np.arange(block.start, block.stop))
        else:
            worths[block] = _KINDS[names[name]](generator, np.maximum(sizes[block], 1).astype(np.float64))
        if name == "sva beta":
            worths[block][1::2] += 200
    worths[0] = 0
    return Game(order, worths, copy=False)


def synthetic_kinds() -> tuple[str, ...]:
    """List the names that ``synthetic_game`` knows.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> synthetic_kinds()[:3]
    ('uniform', 'normal', 'ndcs')
    """
    return (*_KINDS, "agent-based uniform", "agent-based normal")


def _agents(name: str, n: int, rng: np.random.Generator) -> Callable[[NDArray[np.int64]], _Floats]:
    """Draw the players' powers, and give what draws the worths of coalitions of such players."""
    uniform = name.endswith("uniform")
    powers = rng.uniform(0, 10, n) if uniform else rng.normal(10, 0.1, n)

    def worths(masks: NDArray[np.int64]) -> _Floats:
        total = np.zeros(len(masks))
        for i, power in enumerate(powers):
            brought = rng.uniform(0, 2 * power, len(masks)) if uniform else rng.normal(power, 0.1, len(masks))
            total += brought * (masks >> i & 1)
        return total

    return worths


def _ndcs(rng: np.random.Generator, size: _Floats) -> _Floats:
    worths = rng.normal(size, np.sqrt(size))
    while (again := np.flatnonzero(worths <= 0)).size:
        worths[again] = rng.normal(size[again], np.sqrt(size[again]))
    return worths


def _bonus(rng: np.random.Generator, size: _Floats) -> _Floats:
    return np.where(rng.random(len(size)) < 0.2, rng.uniform(0, 50, len(size)), 0.0)


_KINDS: dict[str, _Draw] = {
    "uniform": lambda rng, s: s * rng.random(len(s)),
    "normal": lambda rng, s: s * rng.normal(10, 0.1, len(s)),
    "ndcs": _ndcs,
    "modified uniform": lambda rng, s: 10 * s * rng.random(len(s)) + _bonus(rng, s),
    "modified normal": lambda rng, s: s * rng.normal(10, 0.1, len(s)) + _bonus(rng, s),
    "beta": lambda rng, s: s * rng.beta(0.5, 0.5, len(s)),
    "sva beta": lambda rng, s: s * rng.beta(0.5, 0.5, len(s)),
    "exponential": lambda rng, s: s * rng.exponential(1, len(s)),
    "gamma": lambda rng, s: s * rng.gamma(2, 2, len(s)),
    "weibull": lambda rng, s: rng.weibull(s * s),
    "rayleigh": lambda rng, s: rng.rayleigh(10 * s * np.sqrt(2 / np.pi)),
    "chi-square": lambda rng, s: rng.integers(1, s.astype(np.int64), endpoint=True) + s * rng.chisquare(s),
    "f": lambda rng, s: rng.f(1, s + 1),
    "laplace": lambda rng, s: rng.laplace(10 * s, 0.1),
}
