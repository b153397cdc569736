"""What is known before the data: a normal prior, and coefficients that are held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.calibration.sets import nearest
from coalitions.errors import ChoiceError

Floats = NDArray[np.float64]


class Prior(NamedTuple):
    """Hold a checked prior over K terms.

    Attributes
    ----------
    mean : array (K,)
        m; 0 where nothing was said.
    precision : array (K, K)
        L, symmetric with no negative eigenvalue.
    fixed : dict
        Coefficients held at a value.
    stated : frozenset of str
        Terms whose mean was said outright, and is no default.
    """

    mean: Floats
    precision: Floats
    fixed: dict[str, float]
    stated: frozenset[str]


def checked_prior(
    names: tuple[str, ...],
    mean: Mapping[str, float] | ArrayLike | None,
    precision: Mapping[str, float] | ArrayLike,
    fixed: Mapping[str, float] | None,
) -> Prior:
    """Read a prior in any of the forms `fit` takes.

    Parameters
    ----------
    names : tuple of str
        The K terms.
    mean : mapping, array (K,), number or None
        0 for terms that a mapping leaves out.
    precision : mapping, array (K,) or (K, K), or number
        1 for terms that a mapping leaves out.
    fixed : mapping or None
        Names to values.

    Returns
    -------
    Prior

    Raises
    ------
    ChoiceError
        An unknown name, a wrong shape, a number that is not finite, a precision that is none.

    Examples
    --------
    >>> checked_prior(("reach", "cost"), {"cost": -1}, 4.0, None).mean
    array([ 0., -1.])
    """
    if mean is None:
        stated = frozenset[str]()
    else:
        stated = frozenset(mean if isinstance(mean, Mapping) else names)
    held = dict(fixed or {})
    _check_known(held, names, "fixed")
    for name, value in held.items():
        if not np.isfinite(value):
            raise ChoiceError(f"fixed value of {name!r} is {value}; it must be finite")
    return Prior(
        mean=checked_vector(0.0 if mean is None else mean, names, "prior_mean", default=0.0),
        precision=_precision(precision, names),
        fixed={name: float(value) for name, value in held.items()},
        stated=stated,
    )


def checked_vector(
    given: Mapping[str, float] | ArrayLike, names: tuple[str, ...], what: str, default: float | None = None
) -> Floats:
    """Read one finite number a term.

    Parameters
    ----------
    given : mapping, array (K,) or number
        A mapping may leave terms out, and a number stands for all, only where there is a default.
    names : tuple of str
        The K terms.
    what : str
        How messages call it.
    default : float, optional
        For terms a mapping leaves out.

    Returns
    -------
    array (K,)

    Raises
    ------
    ChoiceError
        An unknown or missing name, a wrong shape, a number that is not finite.

    Examples
    --------
    >>> checked_vector({"cost": -1}, ("reach", "cost"), "coefficients", default=0)
    array([ 0., -1.])
    """
    if isinstance(given, Mapping):
        _check_known(given, names, what)
        missing = [name for name in names if name not in given]
        if missing and default is None:
            raise ChoiceError(f"{what} leave out {missing[0]!r}")
        values = np.array([given.get(name, default) for name in names], dtype=np.float64)
    else:
        values = np.array(given, dtype=np.float64)
        if values.ndim == 0 and default is not None:
            values = np.full(len(names), float(values))
    if values.shape != (len(names),):
        raise ChoiceError(f"{what} has shape {values.shape}; one number for each of {', '.join(names)} is needed")
    for name, value in zip(names, values, strict=True):
        if not np.isfinite(value):
            raise ChoiceError(f"{what} of {name!r} is {value}; it must be finite")
    return values


def prior_variance(precision: Floats) -> Floats:
    """Give the variance of each coefficient under a prior alone.

    Parameters
    ----------
    precision : array (K, K)
        May be singular.

    Returns
    -------
    array (K,)
        Infinite where the prior leaves the coefficient open.

    Examples
    --------
    >>> prior_variance(np.diag([4.0, 0.0]))
    array([0.25,  inf])
    """
    inverse = np.linalg.pinv(precision, hermitian=True)
    reach = precision @ inverse
    closed = np.abs(reach - np.eye(len(precision))).max(axis=0, initial=0.0) < 1e-8
    return np.where(closed, np.diag(inverse), np.inf)


def _precision(given: Mapping[str, float] | ArrayLike, names: tuple[str, ...]) -> Floats:
    if isinstance(given, Mapping) or np.ndim(given) != 2:
        diagonal = checked_vector(given, names, "prior_precision", default=1.0)
        for name, value in zip(names, diagonal, strict=True):
            if value < 0:
                raise ChoiceError(f"prior_precision of {name!r} is {value}; it must not be negative")
        return np.diag(diagonal)
    matrix = np.array(given, dtype=np.float64)
    if matrix.shape != (len(names),) * 2 or not np.isfinite(matrix).all():
        raise ChoiceError(f"prior_precision has shape {matrix.shape}; {(len(names),) * 2}, all finite, is needed")
    size = np.abs(matrix).max()
    if np.abs(matrix - matrix.T).max() > 1e-10 * size or np.linalg.eigvalsh(matrix)[0] < -1e-10 * size:
        raise ChoiceError("prior_precision is not a precision: it must be symmetric, with no negative eigenvalue")
    return (matrix + matrix.T) / 2


def _check_known(given: Mapping[str, float], names: tuple[str, ...], what: str) -> None:
    for name in given:
        if name not in names:
            raise ChoiceError(f"{what} names {name!r}, which is not a term{nearest(name, names)}")
