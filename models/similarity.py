"""How alike two states' foreign policies are: portfolios of alliances, and votes.

Portfolios are compared by tau-b (Bueno de Mesquita 1975) and by S (Signorino and Ritter 1999), votes also by the
chance-corrected kappa and pi that Häge (2011) recommends: two states that agree on nearly everything with everyone
agree by chance. ``models.dyads`` makes the portfolios.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.result import Result
from models.dyads import HIGHEST, pair_of

if TYPE_CHECKING:
    import pandas as pd

    from models.releases import Release

__all__ = ["VoteSimilarity", "kendall_tau_b", "signorino_ritter", "vote_similarity"]

FEWEST_VOTES = 10


def signorino_ritter(
    portfolios: ArrayLike, weights: ArrayLike | None = None, *, highest: float = HIGHEST
) -> NDArray[np.float64]:
    """Compare portfolios by the distance between them: S of Signorino and Ritter.

    S_ij = 1 - 2 sum_k w_k |p_ik - p_jk| / (highest sum_k w_k): 1 for the same portfolio, -1 for opposite ones.

    Parameters
    ----------
    portfolios : array of shape (n, m)
        Commitments from 0 to ``highest``.
    weights : array of shape (m,), optional
        What each commitment counts, such as the capabilities of the state it is towards. Equal by default, and then
        the states with which nobody has a tie decide.
    highest : float
        The strongest commitment there is.

    Returns
    -------
    ndarray of shape (n, n)

    Raises
    ------
    ValueError
        A commitment is outside 0 to ``highest``, or a weight is negative, or all are zero.

    References
    ----------
    .. [1] C. S. Signorino and J. M. Ritter (1999), Tau-b or not tau-b: measuring the similarity of foreign policy
       positions, International Studies Quarterly 43, 115-144.

    Examples
    --------
    Germany and Russia in 1914 towards the twenty states of Europe (Table 6 there):

    >>> germany = [3, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 3] + [0] * 8
    >>> russia = [0, 3, 1, 3, 0, 1] + [0] * 14
    >>> float(signorino_ritter([germany, russia])[0, 1].round(2))
    0.4
    """
    values = _matrix(portfolios)
    if not highest > 0:
        raise ValueError(f"highest is {highest}; the strongest commitment must be above 0")
    if (values < 0).any() or (values > highest).any():
        row, column = np.argwhere((values < 0) | (values > highest))[0]
        raise ValueError(f"portfolio {row} has {values[row, column]:g} towards {column}; give 0 to {highest:g}")
    share = np.ones(values.shape[1]) if weights is None else np.asarray(weights, dtype=float)
    if share.shape != (values.shape[1],):
        raise ValueError(f"weights have shape {share.shape}; give one for each of the {values.shape[1]} columns")
    if not np.isfinite(share).all() or (share < 0).any() or not share.sum() > 0:
        raise ValueError("weights must be finite and not negative, and one above zero")
    distance = np.stack([np.abs(values - row) @ share for row in values])
    similarity: NDArray[np.float64] = 1 - 2 * distance / (highest * share.sum())
    return similarity


def kendall_tau_b(portfolios: ArrayLike) -> NDArray[np.float64]:
    """Compare portfolios by the order of their commitments: Kendall's tau-b.

    tau_ij = (C - D) / sqrt((T - T_i) (T - T_j)) over the T pairs of columns: C ordered alike, D ordered the other way
    round, T_i tied for state i. It measures association, not likeness: two states without any ally are undefined,
    and states that share most of having no tie get nearly nothing for it.

    Parameters
    ----------
    portfolios : array of shape (n, m)
        Commitments; only their order counts.

    Returns
    -------
    ndarray of shape (n, n)
        From -1 to 1; nan where a portfolio has the same commitment to all.

    Raises
    ------
    ValueError
        It is not a finite table with two columns or more.

    Notes
    -----
    Time O(n^2 (m + r^2)) for r ranks.

    References
    ----------
    .. [1] B. Bueno de Mesquita (1975), Measuring systemic polarity, Journal of Conflict Resolution 19, 187-216.
    .. [2] M. G. Kendall (1938), A new measure of rank correlation, Biometrika 30, 81-93.

    Examples
    --------
    >>> germany = [3, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 3] + [0] * 8
    >>> russia = [0, 3, 1, 3, 0, 1] + [0] * 14
    >>> float(kendall_tau_b([germany, russia])[0, 1].round(2))
    0.03
    """
    values = _matrix(portfolios)
    if values.shape[1] < 2:
        raise ValueError("portfolios have one column; an order needs two")
    ranks, codes = np.unique(values, return_inverse=True)
    joint = _joint(codes.reshape(values.shape), len(ranks))
    pairs = values.shape[1] * (values.shape[1] - 1) / 2
    # The cells below and to the right of a cell are ordered like it, those below and to the left against it.
    below = joint[::-1].cumsum(axis=0)[::-1]
    later = np.zeros_like(joint)
    earlier = np.zeros_like(joint)
    later[:-1, :-1] = below[1:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    earlier[:-1, 1:] = below[1:].cumsum(axis=1)[:, :-1]
    excess = (joint * (later - earlier)).sum(axis=(0, 1))
    counts = np.stack([(values == rank).sum(axis=1) for rank in ranks], axis=1)
    free = pairs - (counts * (counts - 1) / 2).sum(axis=1)
    scale = np.sqrt(np.outer(free, free))
    tau: NDArray[np.float64] = np.divide(excess, scale, out=np.full_like(scale, np.nan), where=scale > 0)
    return tau


@dataclass(frozen=True, eq=False, repr=False)
class VoteSimilarity(Result):
    """How alike states voted; matrices of shape (n, n) in the order of ``states``.

    Attributes
    ----------
    states : tuple of str
    year : int
    n : int ndarray
        Roll calls in which both took part.
    agree : ndarray
        1 - mean distance / 2, with yes 0, abstain 1, no 2: from 0 to 1.
    same : ndarray
        Share of identical votes.
    kappa, pi : ndarray
        ``agree`` corrected for chance, from the two states' own mixes of votes (Cohen) or from their common one
        (Scott): 1 for the same votes, 0 for what chance would give. nan where chance leaves nothing to correct.

    All but ``n`` are nan on pairs with fewer roll calls than asked for.
    """

    states: tuple[str, ...]
    year: int
    n: NDArray[np.int64] = field(repr=False)
    agree: NDArray[np.float64] = field(repr=False)
    same: NDArray[np.float64] = field(repr=False)
    kappa: NDArray[np.float64] = field(repr=False)
    pi: NDArray[np.float64] = field(repr=False)

    @property
    def s(self) -> NDArray[np.float64]:
        """S of Signorino and Ritter on votes: 2 agree - 1."""
        return 2 * self.agree - 1

    def to_frame(self) -> pd.DataFrame:
        """Give a row a pair."""
        import pandas as pd

        a, b = np.triu_indices(len(self.states), k=1)
        names = np.array(self.states, dtype=object)
        columns = {name: getattr(self, name)[a, b] for name in ("n", "agree", "same", "kappa", "pi")}
        return pd.DataFrame({"year": self.year, "a": names[a], "b": names[b], **columns})

    def cite(self) -> tuple[str, ...]:
        """Name the sources of the measures."""
        return ("F. M. Häge (2011), Choice or circumstance? Political Analysis 19, 287-305.",)

    def __repr__(self) -> str:
        return f"{self._headline()}\n{self.to_frame().round(3).to_string(index=False, max_rows=10)}"

    def _headline(self) -> str:
        compared = int(np.isfinite(self.agree[np.triu_indices(len(self.states), k=1)]).sum())
        return (
            f"votes of {len(self.states)} states in the UN General Assembly in {self.year}: {compared} pairs compared"
        )


def vote_similarity(
    release: Release, states: Iterable[str], year: int, *, fewest: int = FEWEST_VOTES
) -> VoteSimilarity:
    """Compare the votes of states in the UN General Assembly.

    With D_ij the mean distance of two states' votes and E_ij the mean expected by chance, kappa and pi are
    1 - D_ij / E_ij.

    Parameters
    ----------
    release : Release
        Of ``read_un_votes``.
    states : iterable of str
        ISO codes, n of them.
    year : int
    fewest : int
        Roll calls in common below which a pair is not compared.

    Returns
    -------
    VoteSimilarity

    Raises
    ------
    ValueError
        The release holds no roll calls, none of the year, a state is not among those read, or ``fewest`` is below 1.

    Notes
    -----
    Time O(n^2 m) in nine matrix products for m roll calls.

    References
    ----------
    .. [1] F. M. Häge (2011), Choice or circumstance? Adjusting measures of foreign policy similarity for chance
       agreement, Political Analysis 19, 287-305.
    .. [2] J. Cohen (1968), Weighted kappa, Psychological Bulletin 70, 213-220.
    .. [3] W. A. Scott (1955), Reliability of content analysis, Public Opinion Quarterly 19, 321-325.

    Examples
    --------
    >>> from io import StringIO
    >>> from models.releases import read_un_votes
    >>> rows = [f"{call},{state},2001-12-01,{vote}" for state, votes in {2: "1133", 200: "1123"}.items()
    ...         for call, vote in enumerate(votes)]
    >>> votes = read_un_votes(StringIO("rcid,ccode,date,vote\\n" + "\\n".join(rows)))
    >>> float(vote_similarity(votes, ["GBR", "USA"], 2001, fewest=4).agree[0, 1])
    0.875
    """
    if fewest < 1:
        raise ValueError(f"fewest is {fewest}; two states without a common roll call cannot be compared")
    codes = pair_of(release, states)
    frame = release.frame
    if not {"rollcall", "vote"} <= set(frame.columns):
        raise ValueError(f"{release.title} holds no roll calls; give what read_un_votes read")
    rows = frame[(frame["year"] == year) & frame["iso3"].isin(codes)]
    if rows.empty:
        raise ValueError(f"{release.source} has no vote of these states in {year}")
    calls = {name: k for k, name in enumerate(dict.fromkeys(rows["rollcall"]))}
    at = {code: k for k, code in enumerate(codes)}
    cast = np.full((len(codes), len(calls)), -1)
    cast[[at[code] for code in rows["iso3"]], [calls[name] for name in rows["rollcall"]]] = rows["vote"] - 1
    joint = _joint(cast, 3)
    n = joint.sum(axis=(0, 1))
    enough = n >= fewest
    shares = np.divide(joint, n, out=np.full_like(joint, np.nan), where=enough)
    mine, theirs = shares.sum(axis=1), shares.sum(axis=0)
    common = (mine + theirs) / 2
    away = np.abs(np.subtract.outer(np.arange(3), np.arange(3)))
    distance = np.einsum("ab,abij->ij", away, shares)
    by_own = np.einsum("ab,aij,bij->ij", away, mine, theirs)
    by_common = np.einsum("ab,aij,bij->ij", away, common, common)
    return VoteSimilarity(
        states=codes,
        year=year,
        n=np.rint(n).astype(np.int64),
        agree=1 - distance / 2,
        same=np.einsum("aaij->ij", shares),
        kappa=_corrected(distance, by_own),
        pi=_corrected(distance, by_common),
    )


def _corrected(distance: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio = np.divide(distance, expected, out=np.full_like(distance, np.nan), where=expected > 0)
    return 1 - ratio


def _joint(codes: NDArray[Any], kinds: int) -> NDArray[np.float64]:
    """Count, for every pair of rows, in how many columns the one has code a and the other code b: (a, b, i, j)."""
    flags = [(codes == kind).astype(float) for kind in range(kinds)]
    return np.stack([np.stack([a @ b.T for b in flags]) for a in flags])


def _matrix(values: ArrayLike) -> NDArray[np.float64]:
    table = np.asarray(values, dtype=float)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise ValueError(f"portfolios of shape {table.shape} must be a finite table, a row a state")
    return table
