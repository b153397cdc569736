"""Games of which only some worths are known: what superadditivity says about the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from coalitions.coalition import Label, as_players, labels_of, mask_of
from coalitions.errors import WorthError
from coalitions.families.given import as_number, mentioned, number_array, refuse_mixture, require_table
from coalitions.game import Game
from coalitions.tolerance import RELATIVE


def superadditive_bounds(
    worths: Mapping[Any, Any], *, players: Iterable[Label] | None = None
) -> tuple[Game, Game | None]:
    """Find the least and the greatest worth that each coalition can have if joining never loses.

    least(S) = max over partitions of S into coalitions of known worth of the sum of their worths;
    greatest(S) = min over coalitions T of known worth that hold S of v(T) - least(T without S).

    Parameters
    ----------
    worths : mapping
        From a label or an iterable of labels to a number: the worths that are known, those of the single players
        among them.
    players : iterable of labels, optional
        In the order of first mention by default.

    Returns
    -------
    tuple of Game and (Game or None)
        The least worths, themselves a superadditive game, and the greatest; None where v(N) is not known, for then
        nothing bounds the others. Known worths stand in both.

    Raises
    ------
    WorthError
        A single player without a worth, two worths for a coalition, a worth that is no finite number; or a known
        worth that falls short of what its parts make, so that no superadditive game has these worths.

    Notes
    -----
    2**n times the number of worths known.

    References
    ----------
    .. [1] S. Masuya, M. Inuiguchi (2016), A fundamental study for partially defined cooperative games, Fuzzy
           Optimization and Decision Making 15, 281-306.

    Examples
    --------
    >>> least, greatest = superadditive_bounds({"A": 0, "B": 0, "C": 0, ("A", "B"): 4, ("A", "B", "C"): 10})
    >>> least["A", "C"], greatest["A", "C"]
    (0.0, 10.0)
    >>> least["A", "B"], greatest["B"]
    (4.0, 0.0)
    """
    order = as_players(mentioned(worths) if players is None else players)
    n = len(order)
    require_table(n, "name fewer players: a bound is found for every coalition", bytes_each=64)
    known: dict[int, Any] = {}
    for coalition, worth in worths.items():
        mask = mask_of(coalition, order)
        if mask in known:
            raise WorthError(f"two worths for {labels_of(mask, order)}: {known[mask]} and {worth}")
        known[mask] = as_number(worth, f"worth of {labels_of(mask, order)}")
    if known.pop(0, 0) != 0:
        raise WorthError("the empty coalition is worth 0")
    refuse_mixture(known.values())
    for i, player in enumerate(order):
        if 1 << i not in known:
            raise WorthError(f"no worth for {(player,)}: without it nothing is known of the coalitions it joins")
    least = _least(known, n)
    exact = not any(isinstance(worth, float) for worth in known.values())
    slack = 0 if exact else RELATIVE * max(map(abs, known.values()))
    for mask, worth in known.items():
        if least[mask] - worth > slack:
            raise WorthError(
                f"worth of {labels_of(mask, order)} is {worth}, less than the {least[mask]} its parts make: "
                "no superadditive game has these worths"
            )
        least[mask] = worth
    low = Game(order, number_array(least), copy=False)
    everyone = (1 << n) - 1
    if everyone not in known:
        return low, None
    greatest = list(least)
    for mask in range(1, everyone):
        if mask not in known:
            greatest[mask] = min(worth - least[whole ^ mask] for whole, worth in known.items() if whole & mask == mask)
    return low, Game(order, number_array(greatest), copy=False)


def _least(known: Mapping[int, Any], n: int) -> list[Any]:
    """Sum the best partition of every coalition into known ones; each is looked for at its last player's block."""
    ending: list[list[tuple[int, Any]]] = [[] for _ in range(n)]
    for mask, worth in known.items():
        ending[mask.bit_length() - 1].append((mask, worth))
    least: list[Any] = [0] * (1 << n)
    for mask in range(1, 1 << n):
        blocks = ending[mask.bit_length() - 1]
        least[mask] = max(worth + least[mask ^ block] for block, worth in blocks if block & mask == block)
    return least
