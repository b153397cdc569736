"""A case of states that choose their camps: sizes, signed factors, and the games they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product
from math import isfinite
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions import CoalitionError, Game, HedonicGame, Landscape, WorthError
from coalitions.coalition import as_partition, as_players, subset_sums, unknown_label
from models.panel import nearest

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Case", "Fact", "own_case"]


class Fact(NamedTuple):
    """A conflict or an alliance between states, with its dates.

    Attributes
    ----------
    factor : str
    pairs : tuple of pairs of labels
        The states it holds between.
    since, until : str
        ISO dates; ``until`` is empty where it went on.
    remark : str
    """

    factor: str
    pairs: tuple[tuple[str, str], ...]
    since: str
    until: str
    remark: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """States that choose their camps: how large each is, and what draws each pair together or apart.

    Attributes
    ----------
    name, title : str
    states : tuple of labels
    sizes : mapping from state to number
        Positive.
    unit : str
        Of the sizes.
    factors : mapping from str to ndarray, shape (n, n)
        Symmetric and signed: positive where a factor draws two states together.
    weights : mapping from str to number
        Of every factor, 0 or more.
    actual : mapping from state to str
        The camp each state was in; those that took no side are left out.
    published : mapping from str to mapping from state to str
        Line-ups printed elsewhere, such as a prediction.
    facts : tuple of Fact
        What the factors were made of.
    sources : tuple of str

    Raises
    ------
    CoalitionError
        Sizes, camps or factors that do not fit the states.
    WorthError
        A size that is not positive, propensities that are not symmetric or finite, a weight that is negative.
    ValueError
        A weight of an unknown factor, or a factor without one.

    Notes
    -----
    ``dataclasses.replace(case, weights=...)`` makes a variant and checks it as well.

    Examples
    --------
    >>> from models.history import case
    >>> before = case("europe 1936")
    >>> before.propensity("DEU", "FRA")
    -3
    >>> before.landscape()
    Landscape of 17 actors
    """

    name: str
    title: str
    states: tuple[Any, ...]
    sizes: Mapping[str, Any]
    unit: str
    factors: Mapping[str, NDArray[Any]] = field(repr=False)
    weights: Mapping[str, Any]
    actual: Mapping[str, str] = field(default_factory=dict, repr=False)
    published: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    facts: tuple[Fact, ...] = field(default=(), repr=False)
    sources: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Check and copy what was given; nothing the caller holds can change the case later."""
        states = as_players(self.states)
        factors = {name: _checked_factor(name, matrix, len(states)) for name, matrix in self.factors.items()}
        for camps in (self.actual, *self.published.values()):
            for state in camps:
                if state not in states:
                    raise unknown_label(state, states)
        checked = {
            "states": states,
            "sizes": _checked_sizes(self.sizes, states),
            "factors": factors,
            "weights": _checked_weights(self.weights, factors),
            "actual": dict(self.actual),
            "published": {title: dict(camps) for title, camps in self.published.items()},
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        self.landscape()  # refuses factors that are not finite or not symmetric

    @property
    def propensities(self) -> NDArray[Any]:
        """What each pair is to each other, shape (n, n): the weighted sum of the factors."""
        total: Any = sum(weight * self.factors[name] for name, weight in self.weights.items())
        return np.asarray(total)

    @property
    def camps(self) -> tuple[tuple[Any, ...], ...]:
        """Those who took a side, camp by camp."""
        names = dict.fromkeys(self.actual[state] for state in self.states if state in self.actual)
        return tuple(tuple(s for s in self.states if self.actual.get(s) == name) for name in names)

    def propensity(self, one: str, other: str) -> Any:
        """Give the propensity of a pair.

        Parameters
        ----------
        one, other : str

        Returns
        -------
        number
            Above 0 where the two are drawn together; 0 of a state to itself.

        Raises
        ------
        CoalitionError
            A state that is not in the case.
        """
        value = self.propensities[self._index(one), self._index(other)]
        return value.item() if isinstance(value, np.generic) else value

    def landscape(self) -> Landscape:
        """Make the landscape: two camps, and the energy of every way to divide the states between them.

        Returns
        -------
        coalitions.Landscape
            Exact where sizes and weights are whole numbers or Fractions.
        """
        sizes = [self.sizes[state] for state in self.states]
        return Landscape(self.states, sizes, self.propensities.tolist())

    def hedonic(self) -> HedonicGame:
        """Make the hedonic game: any number of coalitions, and a state may stay alone.

        u_i(S) = sum over the others j in S of s_j p_ij, which is what frustration counts in the landscape.

        Returns
        -------
        coalitions.HedonicGame

        Notes
        -----
        s_i s_j p_ij is the same to i and j, so the sum of s_i u_i over all states rises with every move of a single
        state that pays: partitions where it is largest are Nash stable.
        """
        sizes = np.array([float(self.sizes[state]) for state in self.states])
        return HedonicGame.additive(self.states, self.propensities.astype(np.float64) * sizes)

    def game(self) -> Game:
        """Make the game with transfers: a coalition is worth the sum of s_i s_j p_ij over its pairs.

        Returns
        -------
        coalitions.Game

        Notes
        -----
        The core is empty exactly where some division into two camps has negative energy: the two camps then are worth
        more than all states together (Deng and Papadimitriou 1994).
        """
        sizes = np.array([float(self.sizes[state]) for state in self.states])
        coupled = self.propensities.astype(np.float64) * np.multiply.outer(sizes, sizes)
        worths = np.zeros(1 << len(self.states))
        for i in range(len(self.states)):
            worths[1 << i : 2 << i] = worths[: 1 << i] + subset_sums(coupled[i, :i])
        return Game(self.states, worths)

    def energy(self, structure: Iterable[Iterable[str]]) -> float:
        """Give the energy of a partition into any number of coalitions.

        Parameters
        ----------
        structure : iterable of coalitions

        Returns
        -------
        float
            Sum of s_i s_j p_ij over ordered pairs that stand apart, as in the landscape; in the square of the unit of
            the sizes.

        Raises
        ------
        CoalitionError
            A state in no coalition or in two.
        """
        home = {state: k for k, block in enumerate(self._blocks(structure)) for state in block}
        label = np.array([home[state] for state in self.states])
        sizes = np.array([float(self.sizes[state]) for state in self.states])
        apart = label[:, None] != label[None, :]
        return float((self.propensities * np.multiply.outer(sizes, sizes))[apart].sum())

    def pulls(self, state: str) -> pd.DataFrame:
        """Show what draws a state to each of the others, the strongest pull first.

        Parameters
        ----------
        state : str

        Returns
        -------
        pandas.DataFrame
            Columns ``state``, ``camp`` (as it was; empty for none), one a factor, ``propensity``, ``pull`` (size of
            the other times propensity).

        Raises
        ------
        CoalitionError
            A state that is not in the case.
        """
        import pandas as pd

        i = self._index(state)
        others = [j for j in range(len(self.states)) if j != i]
        total = self.propensities
        names = [self.states[j] for j in others]
        columns: dict[str, Any] = {"state": names, "camp": [self.actual.get(name, "") for name in names]}
        columns |= {name: [matrix[i, j] for j in others] for name, matrix in self.factors.items()}
        columns["propensity"] = [total[i, j] for j in others]
        columns["pull"] = [self.sizes[name] * total[i, j] for name, j in zip(names, others, strict=True)]
        return pd.DataFrame(columns).sort_values("pull", ascending=False, kind="stable", ignore_index=True)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a pair: every factor, the propensity, and the facts behind it.

        Returns
        -------
        pandas.DataFrame
            Columns ``one``, ``other``, one a factor, ``propensity``, ``remarks``.
        """
        import pandas as pd

        remarks: dict[frozenset[str], list[str]] = {}
        for fact in self.facts:
            for pair in fact.pairs:
                remarks.setdefault(frozenset(pair), []).append(f"{fact.factor}: {fact.remark}")
        total = self.propensities
        rows = []
        for i, j in combinations(range(len(self.states)), 2):
            pair = self.states[i], self.states[j]
            said = "; ".join(remarks.get(frozenset(pair), ()))
            rows.append((*pair, *(matrix[i, j] for matrix in self.factors.values()), total[i, j], said))
        return pd.DataFrame(rows, columns=["one", "other", *self.factors, "propensity", "remarks"])

    def plot(self, structure: Iterable[Iterable[str]] | None = None, ax: Axes | None = None) -> Axes:
        """Draw the propensities as a matrix, coalition by coalition.

        Parameters
        ----------
        structure : iterable of coalitions, optional
            By default the camps as they were, those without one last.
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
            Blue draws together, red apart; lines part the coalitions; the names wear the colours of the camps.

        Raises
        ------
        CoalitionError
            A state in no coalition or in two.
        """
        import matplotlib.pyplot as plt
        from matplotlib.colors import LinearSegmentedColormap

        from coalitions.report.style import BLUE, INK, ORANGE, QUIET, VERMILION
        from models.camps_compared import line_up

        blocks = line_up(self.actual, self.states) if structure is None else self._blocks(structure)
        order = [self.states.index(state) for block in blocks for state in block]
        shown = self.propensities[np.ix_(order, order)].astype(np.float64)
        largest = float(np.abs(shown).max()) or 1.0
        n = len(order)
        axes = ax if ax is not None else plt.subplots(figsize=(0.28 * n + 1.6, 0.28 * n + 1.2))[1]
        shades = LinearSegmentedColormap.from_list("propensity", [VERMILION, "white", BLUE])
        image = axes.imshow(np.ma.masked_array(shown, np.eye(n, dtype=bool)), cmap=shades, vmin=-largest, vmax=largest)
        axes.set_xticks(range(n), [self.states[i] for i in order], rotation=90, fontsize=7)
        axes.set_yticks(range(n), [self.states[i] for i in order], fontsize=7)
        sides = list(dict.fromkeys(self.actual[state] for state in self.states if state in self.actual))
        for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
            for label in labels:
                side = self.actual.get(label.get_text())
                label.set_color(QUIET if side is None else (BLUE, ORANGE, INK)[min(sides.index(side), 2)])
        edge = -0.5
        for block in blocks[:-1]:
            edge += len(block)
            axes.axhline(edge, color=INK, linewidth=1)
            axes.axvline(edge, color=INK, linewidth=1)
        axes.tick_params(length=0)
        axes.figure.colorbar(image, ax=axes, shrink=0.7, label="propensity")
        axes.set_title(self.title, fontsize="medium", loc="left")
        return axes

    def _blocks(self, structure: Iterable[Iterable[str]]) -> tuple[tuple[str, ...], ...]:
        """The coalitions of a partition, without a camp that nobody joined."""
        blocks = tuple(block for block in map(tuple, structure) if block)
        as_partition(blocks, self.states)
        return blocks

    def _index(self, state: str) -> int:
        if state not in self.states:
            raise unknown_label(state, self.states)
        return self.states.index(state)


def own_case(
    title: str,
    sizes: Mapping[str, Any],
    propensities: ArrayLike,
    *,
    neutral: Any = 0,
    actual: Mapping[str, str] | None = None,
    sources: Iterable[str] = (),
) -> Case:
    """Build a case from arrays, as published tables of propensities come.

    Parameters
    ----------
    title : str
    sizes : mapping from state to number
        In the order of the rows.
    propensities : array_like, shape (n, n)
        Symmetric; the diagonal is not read and may be missing.
    neutral : number
        The entry of a pair that is neither drawn together nor apart, such as 3 on a scale from 1 to 5.
    actual : mapping from state to str, optional
        The camp each state was in.
    sources : iterable of str

    Returns
    -------
    Case
        With one factor, ``'given'``.

    Raises
    ------
    CoalitionError
        A table of another shape.
    WorthError
        A size that is not positive, an entry that is missing, not finite or not symmetric.

    References
    ----------
    .. [1] R. Axelrod, A. Furnas (2016), Landscape Theory, data files of February 2016: 11 actors in Syria on a scale
           from 1 to 5, by the authors' own estimates.

    Examples
    --------
    >>> triangle = own_case("three", {"A": 2, "B": 1, "C": 1}, [[None, 5, 1], [5, None, 2], [1, 2, None]], neutral=3)
    >>> triangle.landscape().minima()
    1 local minimum of 4 configurations of 3 actors
     -10  A B | C  basin 100.0%
    """
    table = np.array(propensities, object)
    states = as_players(sizes)
    if table.shape != (len(states), len(states)):
        raise CoalitionError(f"propensities have shape {table.shape}; {len(states)} states need {(len(states),) * 2}")
    for i, j in product(range(len(states)), repeat=2):
        if i == j:
            table[i, j] = neutral
        elif not isinstance(table[i, j], Real) or not isfinite(table[i, j]):
            raise WorthError(f"propensity of {states[i]!r} to {states[j]!r} is {table[i, j]!r}; it must be a number")
    return Case(
        name=title,
        title=title,
        states=states,
        sizes=sizes,
        unit="as given",
        factors={"given": table - neutral},
        weights={"given": 1},
        actual=actual or {},
        sources=tuple(sources),
    )


def _refuse_unknown(weights: Mapping[str, Any], factors: Iterable[str]) -> None:
    known = tuple(factors)
    for name in weights:
        if name not in known:
            hint = nearest(str(name), known) or f"; known: {', '.join(known)}"
            raise ValueError(f"no factor {name!r} to weigh{hint}")


def _checked_weights(given: Mapping[str, Any], factors: Mapping[str, Any]) -> dict[str, Any]:
    _refuse_unknown(given, factors)
    for name in factors:
        if name not in given:
            raise ValueError(f"factor {name!r} has no weight")
        weight = given[name]
        if not isinstance(weight, Real) or not isfinite(weight) or weight < 0:
            raise WorthError(f"weight of {name!r} is {weight!r}; it must be a finite number, 0 or more")
    return {name: given[name] for name in factors}


def _checked_factor(name: str, given: ArrayLike, n: int) -> NDArray[Any]:
    matrix = np.array(given)
    if matrix.shape != (n, n):
        raise CoalitionError(f"factor {name!r} has shape {matrix.shape}; {n} states need ({n}, {n})")
    matrix.flags.writeable = False
    return matrix


def _checked_sizes(given: Mapping[str, Any], states: tuple[Any, ...]) -> dict[str, Any]:
    for state in given:
        if state not in states:
            raise unknown_label(state, states)
    if missing := [state for state in states if state not in given]:
        raise CoalitionError(f"no size for {', '.join(map(str, missing))}")
    for state in states:
        size = given[state]
        if not isinstance(size, Real) or not isfinite(size) or size <= 0:
            raise WorthError(f"size of {state!r} is {size!r}; it must be a finite number above 0")
    return {state: given[state] for state in states}
