"""What a fit returns: coefficients with errors that a table, a figure or a simulation can use."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration.sets import nearest
from coalitions.errors import ChoiceError

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Fit:
    """Hold fitted coefficients; ``fit["affinity"]`` is one of them.

    Attributes
    ----------
    names : tuple of str
        The K terms.
    coefficients : array (K,)
        In units of choice noise per unit of the term.
    covariance : array (K, K)
        Clustered sandwich; zero rows for fixed terms.
    moved : array (K,)
        How far the data narrowed each coefficient: 1 - (variance by curvature) / (variance of the prior),
        which for one term is the data's share of its precision. 0: it is the prior; 1: there was no prior to
        speak of. Overlapping sets count as if apart, so this is an upper figure.
    fixed : tuple of str
        Terms held at a value.
    log_likelihood, null_log_likelihood : float
        Weighted sums in nats, at the coefficients and with all coefficients 0. Sets overlap, so differences
        of these are no likelihood ratio tests.
    clusters, sets : int
        G, and the number of choice sets.
    converged : bool
        Whether the maximum was reached.
    iterations : int
        Newton steps taken.
    gradient_norm : float
        Euclidean norm of the gradient over the free terms.
    prior_mean : array (K,)
        In the units of the coefficients.
    prior_precision : array (K, K)
        Of the free terms; zero rows for fixed ones.
    information : array (K, K)
        What the data add to it, times the magnitude; zero rows for fixed terms.
    magnitude : float
        Factor of the log likelihood in the fit.
    objective : float
        What was maximised: magnitude times log likelihood, minus half the quadratic form of the prior.
    freedom : int, optional
        Degrees of freedom where they are not clusters minus fitted coefficients.
    """

    names: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    moved: Floats
    fixed: tuple[str, ...]
    log_likelihood: float
    null_log_likelihood: float
    clusters: int
    sets: int
    converged: bool
    iterations: int
    gradient_norm: float
    prior_mean: Floats
    prior_precision: Floats
    information: Floats
    magnitude: float
    objective: float
    freedom: int | None = None

    def __post_init__(self) -> None:
        for name in ("coefficients", "covariance", "moved", "prior_mean", "prior_precision", "information"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __getitem__(self, name: str) -> float:
        if name not in self.names:
            raise ChoiceError(f"no term {name!r}{nearest(name, self.names)}")
        return float(self.coefficients[self.names.index(name)])

    def as_dict(self) -> dict[str, float]:
        """Give the coefficients by name.

        Returns
        -------
        dict
            Name to coefficient, in the order of the terms.
        """
        return {name: float(value) for name, value in zip(self.names, self.coefficients, strict=True)}

    @property
    def standard_errors(self) -> Floats:
        """Square roots of the diagonal of the covariance, (K,); 0 for fixed terms."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    @property
    def degrees_of_freedom(self) -> int:
        """Clusters minus fitted coefficients; in a hierarchy, of a region and of what it borrows."""
        if self.freedom is not None:
            return self.freedom
        return self.clusters - (len(self.names) - len(self.fixed))

    def interval(self, level: float = 0.95) -> Floats:
        """Give an interval for every coefficient, by Student's t with clusters - p degrees of freedom.

        Parameters
        ----------
        level : float, default 0.95
            Between 0 and 1.

        Returns
        -------
        array (K, 2)
            Low and high; both the value itself for a fixed term.

        Raises
        ------
        ChoiceError
            The level is not between 0 and 1, or there are no more clusters than coefficients.
        """
        if not 0 < level < 1:
            raise ChoiceError(f"level is {level}; it must lie between 0 and 1")
        if self.degrees_of_freedom < 1:
            raise ChoiceError(
                f"{self.clusters} clusters cannot give errors for "
                f"{len(self.names) - len(self.fixed)} coefficients; hold some with fixed= or observe more"
            )
        from scipy.special import stdtrit

        reach = float(stdtrit(self.degrees_of_freedom, (1 + level) / 2)) * self.standard_errors
        return np.column_stack([self.coefficients - reach, self.coefficients + reach])

    def draws(self, size: int, rng: int | np.random.Generator | None = None) -> Floats:
        """Draw coefficients from the normal approximation.

        Parameters
        ----------
        size : int
            How many.
        rng : int or numpy.random.Generator, optional
            Anything `numpy.random.default_rng` takes; one seed, the same bytes.

        Returns
        -------
        array (size, K)
            Fixed terms keep their value.
        """
        draws = normal_draws(self.coefficients, self.covariance, size, rng)
        held = [self.names.index(name) for name in self.fixed]
        draws[:, held] = self.coefficients[held]
        return draws

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """Give the table of coefficients.

        Parameters
        ----------
        level : float, default 0.95
            Of the interval.

        Returns
        -------
        pandas.DataFrame
            One row a term: coefficient, standard_error, low, high (nan where `interval` would refuse), moved,
            fixed.
        """
        import pandas as pd

        span = self.interval(level) if self.degrees_of_freedom > 0 else np.full((len(self.names), 2), np.nan)
        return pd.DataFrame(
            {
                "coefficient": self.coefficients,
                "standard_error": self.standard_errors,
                "low": span[:, 0],
                "high": span[:, 1],
                "moved": self.moved,
                "fixed": [name in self.fixed for name in self.names],
            },
            index=pd.Index(self.names, name="term"),
        )

    def __repr__(self) -> str:
        width = max(len("term"), *(len(name) for name in self.names))
        lines = [
            self._sentence(),
            f"{'term':<{width}} {'coefficient':>12} {'s.e.':>8}   {'95% interval':<18} moved",
        ]
        for name, value, error, span, moved in self._rows():
            lines.append(f"{name:<{width}} {value:>12} {error:>8}   {span:<18} {moved}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{cell}</th>" for cell in ("term", "coefficient", "s.e.", "95% interval", "moved"))
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in self._rows()
        )
        return f"<p>{html.escape(self._sentence())}</p><table><tr>{head}</tr>{body}</table>"

    def _sentence(self) -> str:
        state = "" if self.converged else f"; NOT converged after {self.iterations} steps"
        return (
            f"Conditional logit on {self.sets} choice sets of {self.clusters} clusters: "
            f"log likelihood {self.log_likelihood:.1f}, "
            f"{self.null_log_likelihood:.1f} with all coefficients 0{state}"
        )

    def _rows(self) -> list[tuple[str, str, str, str, str]]:
        spans = self.interval() if self.degrees_of_freedom > 0 else None
        rows = []
        for k, name in enumerate(self.names):
            value = f"{self.coefficients[k]:.3f}"
            if name in self.fixed:
                rows.append((name, value, "fixed", "", ""))
                continue
            span = "none: few clusters" if spans is None else f"[{spans[k, 0]:.3f}, {spans[k, 1]:.3f}]"
            rows.append((name, value, f"{self.standard_errors[k]:.3f}", span, f"{self.moved[k]:.0%}"))
        return rows


def normal_draws(mean: Floats, covariance: Floats, size: int, rng: int | np.random.Generator | None) -> Floats:
    """Draw from a normal distribution whose covariance may be singular.

    Parameters
    ----------
    mean : array (X,)
    covariance : array (X, X)
    size : int
        How many.
    rng : int or numpy.random.Generator or None
        Anything `numpy.random.default_rng` takes.

    Returns
    -------
    array (size, X)

    Raises
    ------
    ChoiceError
        A negative size.

    Examples
    --------
    >>> normal_draws(np.array([1.0, 2.0]), np.zeros((2, 2)), 1, 0)
    array([[1., 2.]])
    """
    if size < 0:
        raise ChoiceError(f"size is {size}; it must not be negative")
    # the symmetric root: unlike a factor, it does not depend on the signs of the eigenvectors
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    normal = np.random.default_rng(rng).standard_normal((size, len(mean)))
    return np.asarray(mean + normal @ root)
