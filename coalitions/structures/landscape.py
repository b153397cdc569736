"""Two camps and their energy: landscape theory, with all its local minima and their basins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.coalition import Label, as_players, labels_of, mask_of, members_of, subset_sums
from coalitions.errors import CoalitionError, TooLargeError, WorthError
from coalitions.memory import require_memory
from coalitions.result import Result
from coalitions.tolerance import RELATIVE
from coalitions.worths import FLOAT_INTEGERS, integer_worths

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MAX_ACTORS = 28


@dataclass(frozen=True, eq=False, init=False, repr=False)
class Landscape:
    """Actors who choose between two camps, drawn to some and repelled by others.

    An actor's frustration is what it loses by standing apart from those it is drawn to, and the energy of a
    configuration weighs it with the actors' sizes:

        F_i = sum over j in the other camp of s_j p_ij,   E = sum over i of s_i F_i.

    Where propensities are symmetric, whoever changes camp to be less frustrated lowers the energy; so alignments slide
    down to local minima.

    Parameters
    ----------
    players : iterable of n labels
    sizes : array_like of n numbers
        s_i > 0: the weight of each actor.
    propensities : array_like, shape (n, n)
        p_ij = p_ji: positive between actors who are drawn together; the diagonal does not count. Integers and
        Fractions keep energies exact.

    Attributes
    ----------
    players : tuple of labels
    sizes : ndarray, shape (n,)
    propensities : ndarray, shape (n, n)
        With zeros on the diagonal.

    Raises
    ------
    CoalitionError
        Players that are there twice, or too many or too few sizes.
    WorthError
        A size that is not positive, a propensity that is not finite or not symmetric; the message names the actors.

    References
    ----------
    .. [1] R. Axelrod, D. S. Bennett (1993), A landscape theory of aggregation, British Journal of Political Science
           23, 211-233.

    Examples
    --------
    >>> rivals = [[0, -1, -1, 0], [-1, 0, -1, -1], [-1, -1, 0, 0], [0, -1, 0, 0]]
    >>> Landscape("ABCD", [3, 2, 2, 1], rivals).minima()
    2 local minima of 8 configurations of 4 actors
     -28  A D | B C  basin 87.5%
     -24  A B | C D  basin 12.5%
    """

    players: tuple[Label, ...]
    sizes: NDArray[Any]
    propensities: NDArray[Any]

    def __init__(self, players: Iterable[Label], sizes: ArrayLike, propensities: ArrayLike) -> None:
        order = as_players(players)
        n = len(order)
        weights, drawn = _numbers(sizes, (n,), "sizes"), _numbers(propensities, (n, n), "propensities").copy()
        if weights.dtype != drawn.dtype:  # exact numbers beside floats are floats
            weights, drawn = weights.astype(np.float64), drawn.astype(np.float64)
        for i in range(n):
            if not weights[i] > 0:
                raise WorthError(f"size of {order[i]!r} is {weights[i]}; it must be positive")
            drawn[i, i] = 0
        if (drawn != drawn.T).any():
            i, j = np.argwhere(drawn != drawn.T)[0].tolist()
            raise WorthError(
                f"propensity of {order[i]!r} to {order[j]!r} is {drawn[i, j]} and the other way {drawn[j, i]}; "
                "energies need them equal"
            )
        for array in (weights, drawn):
            array.flags.writeable = False
        object.__setattr__(self, "players", order)
        object.__setattr__(self, "sizes", weights)
        object.__setattr__(self, "propensities", drawn)

    @property
    def n(self) -> int:
        """The number of actors."""
        return len(self.players)

    def __repr__(self) -> str:
        return f"Landscape of {self.n} actor{'s' * (self.n > 1)}"

    def _couplings(self) -> NDArray[Any]:
        """Give s_i s_j p_ij, which counts twice for each pair that stands apart."""
        coupled: NDArray[Any] = self.propensities * np.multiply.outer(self.sizes, self.sizes)
        return coupled

    def energy(self, camp: Any) -> Any:
        """Give the energy of a configuration.

        Parameters
        ----------
        camp : iterable of labels
            One of the two camps; the other holds everybody else.

        Returns
        -------
        number
            In size times size times propensity; each pair counts twice, as in the original.
        """
        side = self._side(camp)
        total = self._couplings()[side][:, ~side].sum()
        return _plain(2 * total)

    def frustration(self, camp: Any) -> dict[Label, Any]:
        """Give how frustrated each actor is, and so who would like to change camp.

        Parameters
        ----------
        camp : iterable of labels
            One of the two camps.

        Returns
        -------
        dict from label to number
            F_i, in size times propensity; an actor with F_i above half the sum over all others would rather move.
        """
        side = self._side(camp)
        apart = side[:, None] != side[None, :]
        found = (self.propensities * apart * self.sizes).sum(axis=1)
        return {player: _plain(value) for player, value in zip(self.players, found, strict=True)}

    def energies(self) -> NDArray[Any]:
        """Give the energy of every configuration.

        Returns
        -------
        ndarray, shape (2**(n - 1),)
            Entry c: the actors whose bits are set in c, none of them the last one, against the others.

        Raises
        ------
        TooLargeError
            More than 28 actors, or less memory than 2**(n - 1) numbers.

        Notes
        -----
        Doubling: one addition a configuration.
        """
        table, unit = self._table()
        if unit is None:
            return table
        return np.array([self._energy_of(entry, unit) for entry in table.tolist()], object)

    def _table(self) -> tuple[NDArray[Any], int | None]:
        """Give every energy, times a whole number where they are exact, in floats where these lose nothing."""
        if self.n > _MAX_ACTORS:
            raise TooLargeError(
                f"{self.n} actors have 2**{self.n - 1} configurations; energies are listed for up to {_MAX_ACTORS}. "
                "Follow paths instead: descent(camp)"
            )
        require_memory(40 << self.n - 1, f"the energies of {self.n} actors", "use fewer actors, or descent(camp)")
        couplings, unit = self._couplings(), None
        if couplings.dtype == object:
            scaled = integer_worths(couplings.ravel())
            assert scaled is not None  # all of them are rational
            numerators, unit = scaled
            small = 2 * sum(map(abs, numerators)) < FLOAT_INTEGERS
            couplings = np.array(numerators, np.float64 if small else object).reshape(couplings.shape)
        table = np.zeros(1 << (self.n - 1), couplings.dtype)
        for i in range(self.n - 1):
            table[1 << i : 2 << i] = table[: 1 << i] + (2 * couplings[i].sum() - 4 * subset_sums(couplings[i, :i]))
        return table, unit

    def minima(self) -> Minima:
        """Find every configuration that no single actor would leave, and where all others slide to.

        Returns
        -------
        Minima
            Lowest energy first. The basin of a minimum is the share of all configurations from which steepest descent
            (the move that lowers the energy most; of equal ones the earliest actor's) ends in it.

        Raises
        ------
        TooLargeError
            As for ``energies``.

        Notes
        -----
        O(n 2**(n - 1)) time, 40 bytes a configuration. Energies closer than the tolerance, relative to the
        largest, count as equal, and an actor who gains nothing stays.

        References
        ----------
        .. [1] R. Axelrod, D. S. Bennett (1993), A landscape theory of aggregation, British Journal of Political
               Science 23, 211-233.
        """
        energies, unit = self._table()
        tolerance = 0.0 if unit else RELATIVE * float(np.abs(energies).max())
        onward = _steepest(energies, self.n, tolerance)
        stable = np.flatnonzero(onward == np.arange(len(energies)))
        while True:  # every step doubles the length of the path that has been followed
            further = onward[onward]
            if (further == onward).all():
                break
            onward = further
        basins = np.bincount(np.searchsorted(stable, onward), minlength=len(stable)) / len(energies)
        order = np.argsort(energies[stable], kind="stable")
        camps = [self._camps(int(stable[k])) for k in order]
        return Minima(
            players=self.players,
            camps=tuple(camps),
            energies=tuple(self._energy_of(energies[stable[k]], unit) for k in order),
            basins=tuple(basins[order].tolist()),
            configurations=len(energies),
            tolerance=tolerance,
        )

    def _energy_of(self, entry: Any, unit: int | None) -> Any:
        if unit is None:
            return float(entry)
        exact = Fraction(int(entry), unit)
        return exact if exact.denominator > 1 else int(exact)

    def descent(self, camp: Any) -> tuple[tuple[tuple[Label, ...], tuple[Label, ...]], ...]:
        """Follow steepest descent from a configuration to the local minimum below it.

        Parameters
        ----------
        camp : iterable of labels
            One of the two camps to begin with.

        Returns
        -------
        tuple of pairs of camps
            Configuration by configuration, the first as given; any number of actors.
        """
        side = self._side(camp)
        couplings = self._couplings()
        exact = couplings.dtype == object
        tolerance = 0 if exact else RELATIVE * float(np.abs(couplings).sum() or 1.0)
        path = [self._pair(side)]
        while True:
            apart = side[:, None] != side[None, :]
            gains = (couplings * np.where(apart, 1, -1)).sum(axis=1) * 2  # how much lower a move of each would lead
            mover = int(np.argmax(gains))
            if not gains[mover] > tolerance:
                return tuple(path)
            side[mover] = ~side[mover]
            path.append(self._pair(side))

    def _side(self, camp: Any) -> NDArray[np.bool_]:
        side = np.zeros(self.n, np.bool_)
        side[members_of(mask_of(camp, self.players))] = True
        return side

    def _pair(self, side: NDArray[np.bool_]) -> tuple[tuple[Label, ...], tuple[Label, ...]]:
        return self._camps(sum(1 << i for i in np.flatnonzero(side).tolist()))

    def _camps(self, mask: int) -> tuple[tuple[Label, ...], tuple[Label, ...]]:
        """Give both camps, the first actor's first."""
        other = (1 << self.n) - 1 ^ mask
        first, second = (mask, other) if mask & 1 else (other, mask)
        return labels_of(first, self.players), labels_of(second, self.players)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Minima(Result):
    """The local minima of a landscape.

    Attributes
    ----------
    players : tuple of labels
    camps : tuple of pairs of tuples of labels
        Lowest energy first; the camp of the first actor comes first, and the other may be empty.
    energies : tuple of numbers
    basins : tuple of float
        The share of all configurations that slide into each; they sum to 1.
    configurations : int
        2**(n - 1).
    tolerance : float
    """

    players: tuple[Label, ...]
    camps: tuple[tuple[tuple[Label, ...], tuple[Label, ...]], ...]
    energies: tuple[Any, ...]
    basins: tuple[float, ...]
    configurations: int
    tolerance: float

    _concept = "landscape"

    def __len__(self) -> int:
        return len(self.camps)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a minimum.

        Returns
        -------
        pandas.DataFrame
            Columns ``camp``, ``other_camp`` (tuples of labels), ``energy``, ``basin``.
        """
        import pandas as pd

        columns = {
            "camp": [first for first, _ in self.camps],
            "other_camp": [second for _, second in self.camps],
            "energy": self.energies,
            "basin": self.basins,
        }
        return pd.DataFrame(columns)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the energy of each minimum against the size of its basin.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        axes = ax if ax is not None else plt.subplots(figsize=(6, 3.5))[1]
        energies = np.array([float(energy) for energy in self.energies])
        axes.scatter(energies, self.basins, zorder=3)
        for rank, (energy, basin) in enumerate(zip(energies, self.basins, strict=True), 1):
            axes.annotate(str(rank), (energy, basin), textcoords="offset points", xytext=(5, 4))
        axes.set_xlabel("energy (size x size x propensity)")
        axes.set_ylabel("basin (share of configurations)")
        axes.set_ylim(0, 1.05)
        axes.set_title(self._headline())
        return axes

    def _headline(self) -> str:
        return (
            f"{len(self)} local minim{'um' if len(self) == 1 else 'a'} of {self.configurations} "
            f"configurations of {len(self.players)} actors"
        )

    def __repr__(self) -> str:
        energies = [f"{energy:g}" if isinstance(energy, float) else str(energy) for energy in self.energies]
        width = max(map(len, energies))
        names = [" | ".join(" ".join(map(str, camp)) for camp in pair).strip() for pair in self.camps]
        rows = [
            f"{energy:>{width + 1}}  {name}  basin {basin:.1%}"
            for energy, name, basin in zip(energies, names, self.basins, strict=True)
        ]
        return "\n".join([self._headline(), *rows[:20], *(["..."] if len(rows) > 20 else [])])


def _steepest(energies: NDArray[Any], n: int, tolerance: float) -> NDArray[np.int32]:
    """Give for each configuration the one that its best move leads to; itself where no move lowers the energy."""
    onward = np.arange(len(energies), dtype=np.int32)
    if energies.dtype != object:
        from coalitions._kernels import steepest_moves

        steepest_moves(energies, n, tolerance, onward)
        return onward
    here = onward.copy()
    lowest = energies.copy()
    for i in range(n):
        shape: tuple[int, ...] = (-1,)
        if i < n - 1:  # the neighbour across bit i: the two halves of every block change places
            shape = (-1, 2, 1 << i)
            reached, there = energies.reshape(shape)[:, ::-1], here.reshape(shape)[:, ::-1]
        else:  # the last actor's move, seen from the other camp
            reached, there = energies[::-1], here[::-1]
        best, way = lowest.reshape(shape), onward.reshape(shape)
        better = reached < best
        np.copyto(way, there, where=better)
        np.copyto(best, reached, where=better)
    return onward


def _numbers(given: ArrayLike, shape: tuple[int, ...], what: str) -> NDArray[Any]:
    """Read an array of floats, or of exact numbers where all of them are."""
    array = np.asarray(given)
    if array.shape != shape:
        raise CoalitionError(f"{what} have shape {array.shape}; {shape[0]} actors need {shape}")
    if array.dtype.kind in "iu" or (array.dtype == object and all(isinstance(x, Rational) for x in array.flat)):
        return np.array(array.tolist(), object)
    floats = array.astype(np.float64)
    if not np.isfinite(floats).all():
        raise WorthError(f"{what} hold {floats[~np.isfinite(floats)][0]}; they must be finite")
    return floats


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
