"""What choice sets cannot tell: constant terms, tied terms, and data that no finite coefficients fit best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration.fitted import Fit
from coalitions.calibration.likelihood import magnitude_of
from coalitions.calibration.prior import Prior
from coalitions.errors import ChoiceError

Floats = NDArray[np.float64]


def check_constant(names: Sequence[str], features: Floats, contrasts: Floats, prior: Prior) -> None:
    """Refuse a term that is the same for all alternatives of every set, unless it is held or its prior was
    stated.

    A default prior mean of 0 is a convenience, no statement: with it the term would silently be worth
    nothing.

    Parameters
    ----------
    names : sequence of str
        The K terms.
    features, contrasts : array (rows, K)
        Alternatives as they are, and minus the chosen one of their set.
    prior : Prior
        As `checked_prior` gives it.

    Raises
    ------
    ChoiceError
        Names the term.
    """
    constant = np.abs(contrasts).max(axis=0) <= 1e-12 * np.abs(features).max(axis=0)
    for k, name in enumerate(names):
        informed = name in prior.stated and prior.precision[k, k] > 0
        if constant[k] and name not in prior.fixed and not informed:
            raise ChoiceError(
                f"term {name!r} is not identified: it is the same for all alternatives of every set. "
                f"Hold it with fixed={{{name!r}: value}}, state its prior_mean with a precision above 0, "
                "or add size sets if it varies with size"
            )


def check_enough(clusters: int, names: Sequence[str], precision: Floats) -> None:
    """Refuse fewer clusters than they would have coefficients to tell all by themselves, plus one.

    Parameters
    ----------
    clusters : int
        G.
    names : sequence of str
        The free terms.
    precision : array (K, K)
        Of the prior.

    Raises
    ------
    ChoiceError
        Too few groups.
    """
    reach = np.abs(precision).max(axis=1, initial=0.0)
    open_terms = [name for name, closed in zip(names, reach > 0, strict=True) if not closed]
    if clusters <= len(open_terms):
        raise ChoiceError(
            f"{clusters} clusters are too few groups for {len(open_terms)} coefficients without a prior "
            f"({', '.join(open_terms[:6])}{', ...' if len(open_terms) > 6 else ''}): observe more, hold some with "
            "fixed=, or give a prior_precision above 0"
        )


def check_tied(names: Sequence[str], information: Floats) -> None:
    """Refuse terms of which some sum is the same for all alternatives of every set.

    Parameters
    ----------
    names : sequence of str
        The free terms.
    information : array (K, K)
        With the prior's, at any one point.

    Raises
    ------
    ChoiceError
        Names the sum.
    """
    if not names:
        return
    scale = np.sqrt(np.diag(information))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    if values[0] < 1e-11:
        raise ChoiceError(
            f"not identified: {_combination(vectors[:, 0], scale, names)} is the same for all alternatives "
            "of every set. Drop or hold one of these terms (fixed=), or give them a prior_precision"
        )


def looks_separated(information: Floats, at_null: Floats) -> bool:
    """Tell whether a direction lost nearly all its information, as it does on the way to infinity.

    Parameters
    ----------
    information, at_null : array (K, K)
        With the prior's, where the fit ended and with all coefficients 0.

    Returns
    -------
    bool
        True is a reason to call `check_separated`, no verdict.
    """
    if not np.isfinite(information).all():
        return True
    root = np.linalg.inv(np.linalg.cholesky(at_null))
    return bool(np.linalg.eigvalsh(root @ information @ root.T)[0] < 1e-6)


def check_separated(names: Sequence[str], contrasts: Floats, precision: Floats) -> None:
    """Refuse data for which the likelihood rises for ever in a direction that the prior leaves open.

    Such a direction never favours an alternative over the chosen one, and sometimes the chosen one: a linear
    program.

    Parameters
    ----------
    names : sequence of str
        The free terms.
    contrasts : array (rows, K)
        Alternatives minus the chosen one of their set.
    precision : array (K, K)
        Of the prior.

    Raises
    ------
    ChoiceError
        Names the direction.

    References
    ----------
    .. [1] A. Albert, J. A. Anderson (1984), On the existence of maximum likelihood estimates in logistic
       regression models, Biometrika 71, 1-10.
    """
    from scipy.optimize import linprog

    scale = np.abs(contrasts).max(axis=0)
    scale[scale == 0] = 1.0
    rows = contrasts / scale
    closed = precision / scale
    # a weak prior is a prior: rows of size one, or the tolerance of the solver would not see it
    reach = np.abs(closed).max(axis=1)
    closed = closed[reach > 0] / reach[reach > 0, None]
    found = linprog(
        rows.mean(axis=0),
        A_ub=rows,
        b_ub=np.zeros(len(rows)),
        A_eq=closed,
        b_eq=np.zeros(len(closed)),
        bounds=(-1, 1),
    )
    if found.status == 0 and (rows @ found.x).min() < -1e-4:
        raise ChoiceError(
            f"the data separate: along {_combination(found.x, scale, names)} no alternative ever beats "
            "the chosen one, so the likelihood rises for ever. Give a prior_precision above 0, or drop or "
            "hold a term"
        )


def overstatement(fitted: Fit) -> float:
    """Say how often over a fit counts what its clusters know once: 1 over the magnitude it should have had.

    Parameters
    ----------
    fitted : Fit

    Returns
    -------
    float
        tr(A^-1 J) / tr(A^-1 H), A the curvature, H the information of the data, J the clustered variance of the
        score; near 1 where the magnitude was estimated.
    """
    free = [k for k, name in enumerate(fitted.names) if name not in fitted.fixed]
    block = np.ix_(free, free)
    information, precision = fitted.information[block], fitted.prior_precision[block]
    curvature = information + precision
    # the covariance is A^-1 (J + L) A^-1
    noise = curvature @ fitted.covariance[block] @ curvature - precision
    return 1 / magnitude_of(curvature, information, noise)


def _combination(scaled: Floats, scale: Floats, names: Sequence[str]) -> str:
    """Write a direction, given in units of 1 / scale, as a sum of terms with the largest factor 1."""
    part = np.abs(scaled) > 1e-4 * np.abs(scaled).max()
    factors = np.where(part, scaled / scale, 0.0)
    factors /= np.abs(factors).max()
    return " ".join(f"{factor:+.3g} {name!r}" for factor, name in zip(factors, names, strict=True) if factor)
