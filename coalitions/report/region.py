"""What a report needs of a region. ``models.Region`` fits; so does any object that has these."""

# ruff: noqa: D102  (each class says what its fields are)

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration.comparison import Comparison
from coalitions.calibration.validation import Forecast

Floats = NDArray[np.float64]


class NumberLike(Protocol):
    """A number with its range, unit and where it comes from."""

    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def unit(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def status(self) -> str: ...


class InterestLike(Protocol):
    """What a group may be for; ``anchor`` is latitude and longitude in degrees, None where it has no place."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def challengers(self) -> tuple[str, ...]: ...
    @property
    def stakeholders(self) -> tuple[str, ...]: ...
    @property
    def anchor(self) -> tuple[float, float] | None: ...


class TermLike(Protocol):
    """One payoff term: its name and unit, why it is there and who said so.

    ``latex``, where it has one, is its formula.
    """

    @property
    def name(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def story(self) -> str: ...
    @property
    def source(self) -> str: ...


class ObservedLike(Protocol):
    """A group that formed; ``end`` is None while it is active."""

    @property
    def name(self) -> str: ...
    @property
    def founders(self) -> tuple[str, ...]: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int | None: ...
    @property
    def interest(self) -> str: ...
    @property
    def kind(self) -> str: ...


class ChoiceLike(Protocol):
    """An observed group as calibration takes it; ``context`` is interest and year of the figures."""

    @property
    def name(self) -> str: ...
    @property
    def members(self) -> tuple[int, ...]: ...
    @property
    def context(self) -> tuple[str, int]: ...
    @property
    def family(self) -> str: ...
    @property
    def start(self) -> int: ...


class ChoiceDataLike(Protocol):
    """The observed groups that can be fitted, and those that cannot with the reason."""

    @property
    def choices(self) -> Sequence[ChoiceLike]: ...
    @property
    def excluded(self) -> Sequence[tuple[str, str]]: ...


class PanelLike(Protocol):
    """Where states lie, what they are called, and who was in which group when.

    ``places`` holds latitude and longitude of the capitals in degrees, one row a state; ``sources`` the SHA-256
    of each input table. ``institutions``, where it has them, are standing bodies (``InstitutionLike``).
    """

    @property
    def states(self) -> tuple[str, ...]: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def places(self) -> Floats: ...
    @property
    def sources(self) -> Mapping[str, str]: ...
    def check_year(self, year: int) -> None:
        """Refuse a year it does not cover.

        Parameters
        ----------
        year : int

        Raises
        ------
        ValueError
        """

    def spells(self, group: str, /) -> tuple[tuple[str, int, int], ...]:
        """List (state, first year, last year) of a group's members.

        Parameters
        ----------
        group : str

        Returns
        -------
        tuple of (str, int, int)
        """
        ...


class InstitutionLike(Protocol):
    """What a standing body would do for one interest.

    ``relevance`` is the share of the interest its purpose covers, ``acting`` the probability that it acts when called
    on, both with a range; ``rule`` how it decides.
    """

    @property
    def name(self) -> str: ...
    @property
    def interest(self) -> str: ...
    @property
    def relevance(self) -> float: ...
    @property
    def relevance_low(self) -> float: ...
    @property
    def relevance_high(self) -> float: ...
    @property
    def rule(self) -> str: ...
    @property
    def acting(self) -> float: ...
    @property
    def acting_low(self) -> float: ...
    @property
    def acting_high(self) -> float: ...
    @property
    def source(self) -> str: ...
    @property
    def status(self) -> str: ...


class BacktestLike(Protocol):
    """A test of several regions on groups founded after ``SPLIT``; ``models.holdout.holdout`` gives one.

    ``comparisons`` sets the model, first, against plain rules on the same groups, by region; ``variants`` does so for
    changed models such as ``"unlisted"``; ``forecasts`` hold the probabilities of the model.
    """

    @property
    def design(self) -> str: ...
    @property
    def comparisons(self) -> Mapping[str, Comparison]: ...
    @property
    def variants(self) -> Mapping[str, Mapping[str, Comparison]]: ...
    @property
    def forecasts(self) -> Mapping[str, Forecast]: ...


class TheatreLike(Protocol):
    """One interest in one year; ``assumed`` says what stood in for missing figures."""

    @property
    def assumed(self) -> tuple[str, ...]: ...


class RegionLike(Protocol):
    """States, interests, observed groups and payoff terms.

    ``prior`` gives each term's coefficient as a number whose range is read as 95%; ``settings`` holds further
    numbers (whatever of its attributes has a value, a range and a status), ``slots`` and ``most`` those behind
    the bandwidth.

    A region may offer more: ``anchored(coefficients, year)`` gives the coefficients with the cost of founding a group,
    of the term ``setup``, set so that worths have a zero; ``interest("AP1*")`` an interest with nobody opposed;
    ``definitions()`` triples (symbol, LaTeX, words) of what stands in the formulas of its terms.
    """

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def states(self) -> tuple[str, ...]: ...
    @property
    def interests(self) -> Sequence[InterestLike]: ...
    @property
    def groups(self) -> Sequence[ObservedLike]: ...
    @property
    def terms(self) -> Sequence[TermLike]: ...
    @property
    def prior(self) -> Mapping[str, NumberLike]: ...
    @property
    def settings(self) -> Any: ...
    @property
    def slots(self) -> NumberLike: ...
    @property
    def most(self) -> NumberLike: ...
    @property
    def panel(self) -> PanelLike: ...
    @property
    def years(self) -> range: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def prior_mean(self) -> Floats: ...
    @property
    def prior_precision(self) -> Floats: ...
    def unlisted(self) -> RegionLike:
        """Give the same region without the lists of stakeholders.

        Returns
        -------
        RegionLike
        """
        ...

    def features(self, members: NDArray[np.integer[Any]], interest: str, year: int) -> Floats:
        """Measure groups (m, k) by every term: (m, K).

        Parameters
        ----------
        members : int array of shape (m, k)
            Groups, by positions among the states.
        interest : str
            Its id.
        year : int

        Returns
        -------
        ndarray of float64, shape (m, K)
        """
        ...

    def payoff(self, coefficients: Mapping[str, float], year: int) -> Callable[[NDArray[Any], str], Floats]:
        """Bind coefficients and a year: from members (m, k) and an interest to gains (m, k).

        Parameters
        ----------
        coefficients : mapping from term to number
        year : int

        Returns
        -------
        callable
        """
        ...

    def bandwidth(self, year: int) -> dict[str, int]:
        """Say how many groups each state can take on.

        Parameters
        ----------
        year : int

        Returns
        -------
        dict from state to int
        """
        ...

    def theatre(self, interest: str, year: int) -> TheatreLike:
        """Gather the figures of one interest in one year.

        Parameters
        ----------
        interest : str
            Its id.
        year : int

        Returns
        -------
        TheatreLike
        """
        ...

    def choice_data(
        self, until: int | None = None, since: int | None = None, data_year: int | None = None
    ) -> ChoiceDataLike:
        """Give the observed groups as choices.

        Parameters
        ----------
        until, since : int, optional
            Founded in or before, in or after.
        data_year : int, optional
            The last year figures may be dated by; without it, the year before founding.

        Returns
        -------
        ChoiceDataLike
        """
        ...
