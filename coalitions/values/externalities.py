"""Values of games with externalities: say what the others do, then pay Shapley's mean marginal contribution."""

from __future__ import annotations

from dataclasses import replace

from coalitions.allocation import Allocation
from coalitions.families.partition import PartitionFunctionGame, myerson_partition_value
from coalitions.values.shapley import shapley_value

__all__ = ["average_value", "externality_free_value", "mcquillin_value", "myerson_partition_value"]


def externality_free_value(game: PartitionFunctionGame) -> Allocation:
    """Pay the Shapley value of the game in which everybody outside a coalition stands alone.

    Parameters
    ----------
    game : PartitionFunctionGame

    Returns
    -------
    Allocation
        Sums to the worth of all players together.

    References
    ----------
    .. [1] G. de Clippel, R. Serrano (2008), Marginal contributions and externalities in the value, Econometrica 76,
           1413-1436.

    Examples
    --------
    >>> cartel = PartitionFunctionGame.from_function("AB", lambda block, blocks: len(block) / len(blocks))
    >>> externality_free_value(cartel)["A"]
    1.0
    """
    return replace(shapley_value(game.externality_free()), solution="externality-free value")


def mcquillin_value(game: PartitionFunctionGame) -> Allocation:
    """Pay the Shapley value of the game in which everybody outside a coalition stands together.

    Parameters
    ----------
    game : PartitionFunctionGame

    Returns
    -------
    Allocation
        Sums to the worth of all players together.

    References
    ----------
    .. [1] B. McQuillin (2009), The extended and generalized Shapley value: simultaneous consideration of coalitional
           externalities and coalitional structure, Journal of Economic Theory 144, 696-721.

    Examples
    --------
    >>> cartel = PartitionFunctionGame.from_function("AB", lambda block, blocks: len(block) / len(blocks))
    >>> mcquillin_value(cartel)["A"]
    1.0
    """
    return replace(shapley_value(game.mcquillin()), solution="McQuillin value")


def average_value(game: PartitionFunctionGame) -> Allocation:
    """Pay the Shapley value of the game in which a coalition gets its average worth over what the others may do.

    The partition of the others is drawn as customers choose tables in a Chinese restaurant, so that null players get
    nothing.

    Parameters
    ----------
    game : PartitionFunctionGame

    Returns
    -------
    Allocation
        Sums to the worth of all players together.

    References
    ----------
    .. [1] I. Macho-Stadler, D. Perez-Castrillo, D. Wettstein (2007), Sharing the surplus: an extension of the Shapley
           value for environments with externalities, Journal of Economic Theory 135, 339-356.

    Examples
    --------
    >>> cartel = PartitionFunctionGame.from_function("AB", lambda block, blocks: len(block) / len(blocks))
    >>> average_value(cartel)["A"]
    1.0
    """
    return replace(shapley_value(game.average()), solution="average value")
