"""Camps found and camps that were: solution concepts side by side, and how well each agrees with history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import comb, isfinite, nan
from typing import TYPE_CHECKING, Any, NamedTuple

from coalitions import HedonicGame, find_stable_partition, improvement_path, is_stable, optimal_structure
from coalitions.result import Result
from coalitions.structures import Minima, Structure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from models.camps import Case

__all__ = ["Agreement", "Comparison", "Solution", "agreement", "compare"]

Partition = tuple[tuple[Any, ...], ...]
NOTIONS = {"nash": "Nash stability", "individual": "individual stability", "core": "core"}
MOST_MINIMA = 8
_DECIDED = 16  # players up to which find_stable_partition decides whether the core is empty


class Agreement(NamedTuple):
    """How well a partition found agrees with the camps that were.

    Attributes
    ----------
    wrong : int or None
        States on the wrong side, the sides named so that there are fewest; None where there are more than two sides
        or none.
    known : int
        States whose side is known.
    chance : float
        The share of all divisions of those states into two that have as few on the wrong side; nan with ``wrong``.
    adjusted_rand : float
        1 for the same partition, 0 for what chance gives on average (Hubert and Arabie 1985); nan of fewer than two.
    wallace_found, wallace_actual : float
        Of the pairs found together, the share that was together; of those that were, the share found (Wallace 1983).
        nan where there are no such pairs.
    """

    wrong: int | None
    known: int
    chance: float
    adjusted_rand: float
    wallace_found: float
    wallace_actual: float


def agreement(structure: Iterable[Iterable[Any]], actual: Mapping[Any, str]) -> Agreement:
    """Measure how well a partition agrees with the camps that were; states without a camp do not count.

    Parameters
    ----------
    structure : iterable of coalitions
    actual : mapping from state to str

    Returns
    -------
    Agreement

    Raises
    ------
    ValueError
        A state with a camp that is in no coalition, or in two.

    References
    ----------
    .. [1] L. Hubert, P. Arabie (1985), Comparing partitions, Journal of Classification 2, 193-218.
    .. [2] D. L. Wallace (1983), Comment on a method for comparing two hierarchical clusterings, Journal of the
           American Statistical Association 78, 569-576.

    Examples
    --------
    >>> agreement([("A", "B", "C"), ("D",)], {"A": "x", "B": "x", "C": "y", "D": "y"}).wrong
    1
    """
    found: dict[Any, int] = {}
    for k, block in enumerate(structure):
        for state in block:
            if state in found:
                raise ValueError(f"{state!r} is in two coalitions")
            found[state] = k
    if missing := [state for state in actual if state not in found]:
        raise ValueError(f"no coalition holds {', '.join(map(str, missing))}")
    known = len(actual)
    cells = Counter((found[state], camp) for state, camp in actual.items())
    rows, columns = Counter(found[state] for state in actual), Counter(actual.values())
    both, first, second = (sum(comb(size, 2) for size in tally.values()) for tally in (cells, rows, columns))
    pairs = comb(known, 2)
    expected = first * second / pairs if pairs else nan
    room = (first + second) / 2 - expected
    wrong, chance = None, nan
    if 0 < len(rows) <= 2 and len(columns) <= 2:
        sides = sorted(columns)
        same = sum(count for (k, camp), count in cells.items() if (k == min(rows)) == (camp == sides[0]))
        wrong = min(same, known - same)
        chance = sum(comb(known, k) for k in range(known + 1) if min(k, known - k) <= wrong) / 2**known
    return Agreement(
        wrong=wrong,
        known=known,
        chance=chance,
        adjusted_rand=(both - expected) / room if room else 1.0,
        wallace_found=both / first if first else nan,
        wallace_actual=both / second if second else nan,
    )


@dataclass(frozen=True, kw_only=True)
class Solution:
    """A partition, what holds it together, and how well it agrees with what happened.

    Attributes
    ----------
    concept : str
        Where it comes from.
    structure : tuple of coalitions
    energy : float
        Of the landscape, for any number of coalitions.
    basin : float
        Of a local minimum: the share of all configurations that slide into it; nan for others.
    two_camps : bool
        Whether it is a local minimum: two camps that no single state would change.
    nash, individual, core : bool
        Whether it is stable in the hedonic game, where a state may also stay alone: against moves of one state,
        against those that nobody who is joined objects to, against coalitions all of whose members gain.
    unwilling : tuple of labels
        Who would rather be alone.
    agreement : Agreement
    """

    concept: str
    structure: Partition
    energy: float
    basin: float
    two_camps: bool
    nash: bool
    individual: bool
    core: bool
    unwilling: tuple[Any, ...]
    agreement: Agreement


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Comparison(Result):
    """Solution concepts of one case, side by side.

    Attributes
    ----------
    case : Case
    minima : coalitions.Minima
        Of the landscape.
    best : coalitions.Structure
        The partition of the largest total with transfers: of the lowest energy among those into any number of
        coalitions.
    solutions : tuple of Solution
        Local minima (up to eight), the lowest energy without two camps, where best replies and coalitions that block
        lead to from everybody alone, line-ups printed elsewhere, and what happened.
    core_found : bool or None
        Whether a partition in the core of the hedonic game exists; None where the search, beyond 16 states, ended
        without one.
    """

    case: Case
    minima: Minima
    best: Structure
    solutions: tuple[Solution, ...]
    core_found: bool | None

    _concept = "landscape"

    @property
    def united(self) -> bool:
        """Whether the core of the game with transfers holds all states together: no camps have negative energy."""
        return bool(float(self.minima.energies[0]) >= -self.minima.tolerance)

    @property
    def cost_of_stability(self) -> float:
        """What it takes from outside to keep the best partition together, as a share of its worth."""
        worth = float(self.best.worth)
        missing = float(self.best.payoffs.total) - worth
        return missing / worth if missing > max(1e-9 * worth, self.best.tolerance) else 0.0

    def to_frame(self) -> pd.DataFrame:
        """Give one row a solution.

        Returns
        -------
        pandas.DataFrame
            Columns ``concept``, ``structure`` (tuple of coalitions), ``energy``, ``basin``, ``two_camps``, ``nash``,
            ``individual``, ``core``, ``unwilling``, and those of ``Agreement``.
        """
        import pandas as pd

        names = ("concept", "structure", "energy", "basin", "two_camps", *NOTIONS, "unwilling")
        rows = [{name: getattr(s, name) for name in names} | s.agreement._asdict() for s in self.solutions]
        return pd.DataFrame(rows).astype({"wrong": "Int64"})

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the energies of all solutions as bars, with the basins of the local minima.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        from coalitions.report.style import BLUE, FAINT, GREEN, ORANGE, clean_axes

        axes = ax if ax is not None else plt.subplots(figsize=(8, 0.45 * len(self.solutions) + 1.2))[1]
        scale = max(abs(s.energy) for s in self.solutions) or 1.0
        shades = {"local": BLUE, "actual": ORANGE, "as it was": ORANGE, "predicted": FAINT}
        colours = [
            next((c for start, c in shades.items() if s.concept.startswith(start)), GREEN) for s in self.solutions
        ]
        axes.barh(range(len(self.solutions)), [s.energy / scale for s in self.solutions], color=colours, height=0.7)
        axes.set_yticks(range(len(self.solutions)), [s.concept for s in self.solutions])
        axes.invert_yaxis()
        for k, solution in enumerate(self.solutions):
            axes.text(max(solution.energy / scale, 0) + 0.015, k, _verdict(solution), va="center", fontsize=8)
        axes.axvline(0, color="0.3", linewidth=0.8)
        axes.set_xlim(-1.05, 1.0 + max(0.0, *(s.energy / scale for s in self.solutions)))
        axes.set_xticks([-1, -0.75, -0.5, -0.25, 0])
        axes.set_xlabel("energy, as a share of the largest", loc="left")
        axes.set_title(self._headline(), fontsize="medium", loc="left")
        clean_axes(axes, grid="x")
        return axes

    def plot_propensities(self, ax: Axes | None = None) -> Axes:
        """Draw the propensities as a matrix, in the order of the deepest minimum.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        return self.case.plot(self.solutions[0].structure, ax)

    def _headline(self) -> str:
        many = f"{len(self.minima)} local minim{'um' if len(self.minima) == 1 else 'a'}"
        free = f"{len(self.best.blocks)} coalitions without two camps"
        return f"{self.case.title}: {many} of {self.minima.configurations}, {free}"

    def __repr__(self) -> str:
        width = max(len(s.concept) for s in self.solutions)
        verdicts = [_verdict(s) for s in self.solutions]
        wide = max(map(len, verdicts))
        rows = [
            f"{s.concept:<{width}}  {verdict:<{wide}}  {_written(s.structure)}"
            for s, verdict in zip(self.solutions, verdicts, strict=True)
        ]
        return "\n".join([self._headline(), *rows])


def compare(case: Case) -> Comparison:
    """Put the local minima of a landscape beside the partitions of rival solution concepts, and beside history.

    Two rooms against any number: the energy is that of an additively separable hedonic game whose players are kept in
    two coalitions. A local minimum is Nash stable there; in the game without that restriction a state that is at odds
    with both camps leaves. With transfers, the partition of lowest energy is the best structure, and the payoffs of
    the program that proves it say whether it could hold.

    Parameters
    ----------
    case : Case
        Up to 22 states.

    Returns
    -------
    Comparison

    Raises
    ------
    TooLargeError
        More states.

    Notes
    -----
    The core of the hedonic game is decided by integer programming for up to 16 states; beyond, it is sought along
    paths of blocking coalitions from the best partition, from everybody alone and from all together. The core of the
    game with transfers asks whether all states could stay together: not where any two camps have negative energy. A
    game of the positive propensities alone would be convex and keep everybody together whatever the rest says, so it
    is not among the rivals.

    The physics has been questioned [2]_ [3]_: most of what was said of the landscape does not follow from its energy,
    and where states look ahead there may be cycles or a rest that is not best [4]_.

    References
    ----------
    .. [1] R. Axelrod, D. S. Bennett (1993), A landscape theory of aggregation, British Journal of Political Science
           23, 211-233.
    .. [2] S. Galam (1996), Fragmentation versus stability in bimodal coalitions, Physica A 230, 174-188.
    .. [3] S. Galam (1998), Comment on 'A landscape theory of aggregation', British Journal of Political Science 28,
           411-412.
    .. [4] G. Vinogradova, S. Galam (2013), Rational instability in the natural coalition forming, Physica A 392,
           6025-6040.
    .. [5] A. Bogomolnaia, M. O. Jackson (2002), The stability of hedonic coalition structures, Games and Economic
           Behavior 38, 201-230.
    .. [6] X. Deng, C. H. Papadimitriou (1994), On the complexity of cooperative solution concepts, Mathematics of
           Operations Research 19, 257-266.

    Examples
    --------
    >>> from models.history import own_case
    >>> hostile = own_case("hostile", {"A": 3, "B": 2, "C": 1}, [[0, -1, -1], [-1, 0, -1], [-1, -1, 0]])
    >>> compare(hostile)
    hostile: 1 local minimum of 4, 3 coalitions without two camps
    local minimum 1          basin 100%, 2 would leave  A | B C
    lowest energy            Nash, individual, core     A | B | C
    best replies from alone  Nash, individual, core     A | B | C
    core from alone          Nash, individual, core     A | B | C
    """
    hedonic = case.hedonic()
    minima = case.landscape().minima()
    best = optimal_structure(case.game())
    states = case.states
    found: list[tuple[str, Partition, float]] = [
        (f"local minimum {k}", tuple(camp for camp in pair if camp), basin)
        for k, (pair, basin) in enumerate(zip(minima.camps, minima.basins, strict=True), 1)
    ][:MOST_MINIMA]
    found.append(("lowest energy", best.blocks, nan))
    replies = improvement_path(hedonic)
    if replies.ends == "stable":
        found.append(("best replies from alone", replies.structures[-1], nan))
    stable, core_found = _in_core(hedonic, best.blocks)
    if stable is not None:
        found.append(stable)
    for title, printed in case.published.items():
        found.append((title, line_up(printed, states), nan))
    if case.actual:
        found.append(("as it was", line_up(case.actual, states), nan))
    calm = {frozenset(camp for camp in pair if camp) for pair in minima.camps}
    solutions = tuple(
        Solution(
            concept=concept,
            structure=structure,
            energy=case.energy(structure),
            basin=basin,
            two_camps=frozenset(structure) in calm,
            **{name: bool(is_stable(hedonic, structure, notion)) for name, notion in NOTIONS.items()},
            unwilling=_unwilling(hedonic, structure),
            agreement=agreement(structure, case.actual),
        )
        for concept, structure, basin in found
    )
    return Comparison(case=case, minima=minima, best=best, solutions=solutions, core_found=core_found)


def _unwilling(game: HedonicGame, structure: Partition) -> tuple[Any, ...]:
    mine = {state: game.utility(state, block) for block in structure for state in block}
    return tuple(state for state in game.players if mine[state] < -game.tolerance)


def _in_core(game: HedonicGame, best: Partition) -> tuple[tuple[str, Partition, float] | None, bool | None]:
    """Find a partition in the core, from everybody alone if that leads to one."""
    alone, together = tuple((state,) for state in game.players), (game.players,)
    for start, words in ((alone, "core from alone"), (best, "core"), (together, "core")):
        path = improvement_path(game, start, "core", most=200)
        if path.ends == "stable":
            return (words, path.structures[-1], nan), True
    if game.n > _DECIDED:
        return None, None
    decided = find_stable_partition(game, "core")
    return (None, False) if decided is None else (("core", decided, nan), True)


def line_up(camps: Mapping[Any, str], states: tuple[Any, ...]) -> Partition:
    """Give the camps, then everybody else alone.

    Parameters
    ----------
    camps : mapping from state to str
    states : tuple of labels

    Returns
    -------
    tuple of coalitions
    """
    names = dict.fromkeys(camps[state] for state in states if state in camps)
    sides = tuple(tuple(s for s in states if camps.get(s) == name) for name in names)
    return sides + tuple((s,) for s in states if s not in camps)


def _verdict(solution: Solution) -> str:
    held = [
        word
        for word, yes in (("Nash", solution.nash), ("individual", solution.individual), ("core", solution.core))
        if yes
    ]
    parts = [f"basin {solution.basin:.0%}"] if isfinite(solution.basin) else []
    if solution.agreement.known and solution.concept != "as it was":
        wrong, rand = solution.agreement.wrong, solution.agreement.adjusted_rand
        parts.append(f"Rand {rand:.2f}" if wrong is None else f"{wrong} of {solution.agreement.known} wrong")
    unwilling = [f"{len(solution.unwilling)} would leave"] if solution.unwilling else []
    return ", ".join([*parts, *held, *unwilling])


def _written(structure: Partition) -> str:
    return " | ".join(" ".join(map(str, block)) for block in structure)
