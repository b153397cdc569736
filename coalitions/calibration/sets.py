"""Choice sets end to end in flat arrays: what the choice model reads."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.errors import ChoiceError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ChoiceSets:
    """Hold choice sets end to end: set s is rows ``offsets[s]`` to ``offsets[s + 1]``.

    Parameters
    ----------
    names : sequence of str
        The K terms.
    features : array (rows, K)
        Terms of every alternative, in the unit of each term.
    offsets : array (sets + 1,)
        Where each set begins; every set has two alternatives or more.
    chosen : array (sets,)
        Index of the observed alternative inside its set.
    correction : array (rows,)
        Added to the utility with coefficient one: the log of the chance (up to a factor that is common to the
        set) that this set would have been drawn had this alternative been observed. Zero for completion sets.
    cluster : array (sets,)
        Index into ``labels``: sets of one cluster share their errors.
    labels : sequence of hashable
        Names of the clusters.
    weight : array (sets,)
        Positive; how many times a set counts.

    Raises
    ------
    ChoiceError
        Lengths disagree, a number is not finite, a set has one alternative, a chosen row lies outside its
        set.

    Notes
    -----
    The arrays are read-only; those that come in writeable are copied.

    Examples
    --------
    >>> sets = ChoiceSets(names=["price"], features=[[3.0], [1.0], [2.0], [5.0], [4.0]], offsets=[0, 3, 5],
    ...                   chosen=[1, 1], correction=np.zeros(5), cluster=[0, 1],
    ...                   labels=["ann", "bob"], weight=[1, 1])
    >>> sets
    2 choice sets of 2 clusters, 2 to 3 alternatives each; 1 term: price
    """

    names: tuple[str, ...]
    features: NDArray[np.float64]
    offsets: NDArray[np.intp]
    chosen: NDArray[np.intp]
    correction: NDArray[np.float64]
    cluster: NDArray[np.intp]
    labels: tuple[Hashable, ...]
    weight: NDArray[np.float64]

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "names", checked_names(self.names))
        put(self, "labels", tuple(self.labels))
        for name in ("features", "correction", "weight"):
            put(self, name, _read_only(getattr(self, name), np.float64, name))
        for name in ("offsets", "chosen", "cluster"):
            put(self, name, _read_only(getattr(self, name), np.intp, name))
        _check_shapes(self)
        _check_values(self)

    def __len__(self) -> int:
        return int(self.chosen.size)

    def __repr__(self) -> str:
        sizes = self.sizes
        span = f"{sizes.min()} to {sizes.max()}" if len(self) else "no"
        terms = "1 term" if len(self.names) == 1 else f"{len(self.names)} terms"
        return (
            f"{len(self)} choice sets of {len(self.labels)} clusters, {span} alternatives each; "
            f"{terms}: {', '.join(self.names)}"
        )

    @property
    def sizes(self) -> NDArray[np.intp]:
        """Number of alternatives of each set, (sets,)."""
        return np.diff(self.offsets)

    def select(self, clusters: Iterable[Hashable]) -> ChoiceSets:
        """Keep the sets of the named clusters, in their old order.

        Parameters
        ----------
        clusters : iterable of labels
            Each once; a bootstrap that repeats clusters changes ``weight`` instead.

        Returns
        -------
        ChoiceSets

        Raises
        ------
        ChoiceError
            A label is unknown or comes twice.

        Examples
        --------
        >>> from coalitions.calibration import completion_sets
        >>> total = lambda members, context: members.sum(axis=1)[:, None]
        >>> sets = completion_sets([("a", (0, 1)), ("b", (1, 2))], 4, total, ["sum"])
        >>> sets.select(["b"]).labels
        ('b',)
        """
        wanted = tuple(clusters)
        for label in wanted:
            if label not in self.labels:
                raise ChoiceError(f"no cluster {label!r}{nearest(label, self.labels)}")
        if len(set(wanted)) < len(wanted):
            twice = next(label for label in wanted if wanted.count(label) > 1)
            raise ChoiceError(f"cluster {twice!r} is selected twice; raise its weight instead")
        keep = np.isin(self.cluster, [self.labels.index(label) for label in wanted])
        rows = np.repeat(keep, self.sizes)
        labels = tuple(label for label in self.labels if label in wanted)
        new_index = np.array([labels.index(a) if a in wanted else -1 for a in self.labels], dtype=np.intp)
        return ChoiceSets(
            names=self.names,
            features=self.features[rows],
            offsets=np.concatenate([[0], np.cumsum(self.sizes[keep])]),
            chosen=self.chosen[keep],
            correction=self.correction[rows],
            cluster=new_index[self.cluster[keep]],
            labels=labels,
            weight=self.weight[keep],
        )

    @staticmethod
    def concat(parts: Iterable[ChoiceSets]) -> ChoiceSets:
        """Join choice sets over the same terms; clusters of one label become one.

        Parameters
        ----------
        parts : iterable of ChoiceSets
            For example one for each theatre with a pool of its own.

        Returns
        -------
        ChoiceSets

        Raises
        ------
        ChoiceError
            There is no part, or the terms differ.

        Examples
        --------
        >>> from coalitions.calibration import completion_sets
        >>> one = completion_sets([("a", (0, 1))], 4, lambda m, _: m.sum(axis=1)[:, None], ["sum"])
        >>> two = completion_sets([("b", (0, 2))], 9, lambda m, _: m.sum(axis=1)[:, None], ["sum"])
        >>> ChoiceSets.concat([one, two])
        4 choice sets of 2 clusters, 3 to 8 alternatives each; 1 term: sum
        """
        sets = tuple(parts)
        if not sets:
            raise ChoiceError("nothing to join: give at least one ChoiceSets")
        for other in sets[1:]:
            if other.names != sets[0].names:
                raise ChoiceError(f"terms differ: {sets[0].names} and {other.names}")
        labels = tuple(dict.fromkeys(label for part in sets for label in part.labels))
        index = {label: number for number, label in enumerate(labels)}
        maps = [np.array([index[label] for label in part.labels], dtype=np.intp) for part in sets]
        return ChoiceSets(
            names=sets[0].names,
            features=np.concatenate([part.features for part in sets]),
            offsets=np.concatenate([[0], np.cumsum(np.concatenate([part.sizes for part in sets]))]),
            chosen=np.concatenate([part.chosen for part in sets]),
            correction=np.concatenate([part.correction for part in sets]),
            cluster=np.concatenate([m[part.cluster] for m, part in zip(maps, sets, strict=True)]),
            labels=labels,
            weight=np.concatenate([part.weight for part in sets]),
        )

    def to_frame(self) -> pd.DataFrame:
        """Give one row an alternative, ready for another program (``clogit`` in R takes it as it is).

        Returns
        -------
        pandas.DataFrame
            Columns set, cluster, chosen, weight, correction and one column a term.
        """
        import pandas as pd

        chosen = np.zeros(self.correction.size, dtype=bool)
        chosen[self.offsets[:-1] + self.chosen] = True
        head = pd.DataFrame(
            {
                "set": np.repeat(np.arange(len(self)), self.sizes),
                "cluster": [self.labels[i] for i in np.repeat(self.cluster, self.sizes)],
                "chosen": chosen,
                "weight": np.repeat(self.weight, self.sizes),
                "correction": self.correction,
            }
        )
        return pd.concat([head, pd.DataFrame(self.features, columns=list(self.names))], axis=1)


def checked_names(names: Sequence[str]) -> tuple[str, ...]:
    """Read the names of the terms: at least one, none twice.

    Parameters
    ----------
    names : sequence of str
        The terms.

    Returns
    -------
    tuple of str

    Raises
    ------
    ChoiceError
        There is none, or one comes twice.
    """
    terms = (names,) if isinstance(names, str) else tuple(names)
    if not terms:
        raise ChoiceError("no terms: at least one name is needed")
    twice = [name for name in terms if terms.count(name) > 1]
    if twice:
        raise ChoiceError(f"term {twice[0]!r} comes twice")
    return terms


def nearest(name: object, known: Iterable[object]) -> str:
    """Say which known name is closest, to end a message about an unknown one.

    Parameters
    ----------
    name : object
        What was asked for.
    known : iterable
        What there is.

    Returns
    -------
    str
        Starts with a semicolon; empty where nothing is known.

    Examples
    --------
    >>> nearest("afinity", ["affinity", "distance"])
    "; did you mean 'affinity'?"
    """
    labels = [str(label) for label in known]
    close = difflib.get_close_matches(str(name), labels, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there are {', '.join(labels[:12])}" if labels else ""


def _read_only(values: ArrayLike, dtype: type[np.generic], name: str) -> NDArray[Any]:
    raw = np.asarray(values)
    if raw.dtype.kind not in "buif" or (dtype is np.intp and raw.size and raw.dtype.kind == "f"):
        raise ChoiceError(f"{name} must hold {'whole ' if dtype is np.intp else ''}numbers, not {raw.dtype}")
    array = raw.astype(dtype, copy=raw.flags.writeable)
    array.flags.writeable = False
    return array


def _check_shapes(sets: ChoiceSets) -> None:
    count, rows = sets.chosen.size, len(sets.features)
    expected = {
        "features": (rows, len(sets.names)),
        "offsets": (count + 1,),
        "chosen": (count,),
        "correction": (rows,),
        "cluster": (count,),
        "weight": (count,),
    }
    for name, shape in expected.items():
        if getattr(sets, name).shape != shape:
            raise ChoiceError(f"{name} has shape {getattr(sets, name).shape}; {shape} is needed")
    if sets.offsets[0] != 0 or sets.offsets[-1] != rows:
        raise ChoiceError(f"offsets run from {sets.offsets[0]} to {sets.offsets[-1]}; they must run from 0 to {rows}")


def _check_values(sets: ChoiceSets) -> None:
    def where(number: int) -> str:
        return f"set {number} (cluster {sets.labels[sets.cluster[number]]!r})"

    stray = np.flatnonzero((sets.cluster < 0) | (sets.cluster >= len(sets.labels)))
    if stray.size:
        raise ChoiceError(f"set {stray[0]} has cluster {sets.cluster[stray[0]]}; there are {len(sets.labels)} labels")
    short = np.flatnonzero(sets.sizes < 2)
    if short.size:
        size = sets.sizes[short[0]]
        raise ChoiceError(f"{where(int(short[0]))} has {size} alternative(s); a choice needs at least 2")
    out = np.flatnonzero((sets.chosen < 0) | (sets.chosen >= sets.sizes))
    if out.size:
        s = int(out[0])
        raise ChoiceError(f"{where(s)}: chosen is {sets.chosen[s]}, outside its {sets.sizes[s]} alternatives")
    idle = np.flatnonzero(~(np.isfinite(sets.weight) & (sets.weight > 0)))
    if idle.size:
        raise ChoiceError(f"{where(int(idle[0]))} has weight {sets.weight[idle[0]]}; it must be positive")
    for name, table in (("term", sets.features), ("correction", sets.correction[:, None])):
        if np.isfinite(table).all():
            continue
        row, column = np.argwhere(~np.isfinite(table))[0]
        s = int(np.searchsorted(sets.offsets, row, side="right")) - 1
        what = f"term {sets.names[column]!r}" if name == "term" else "correction"
        raise ChoiceError(f"{what} is {table[row, column]} in {where(s)}, alternative {row - sets.offsets[s]}")
