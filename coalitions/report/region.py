"""What a report needs of a region. ``models.Region`` fits; so does any object that has these."""

# ruff: noqa: D102  (each class says what its fields are)

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

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
    """What a group may be for; ``anchor`` is latitude and longitude in degrees."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def challengers(self) -> tuple[str, ...]: ...
    @property
    def stakeholders(self) -> tuple[str, ...]: ...
    @property
    def anchor(self) -> tuple[float, float]: ...


class TermLike(Protocol):
    """One payoff term: its name and unit, why it is there and who said so."""

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
    of each input table.
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
        """Refuse a year it does not cover."""

    def spells(self, group: str, /) -> tuple[tuple[str, int, int], ...]:
        """List (state, first year, last year) of a group's members."""
        ...


class TheatreLike(Protocol):
    """One interest in one year; ``assumed`` says what stood in for missing figures."""

    @property
    def assumed(self) -> tuple[str, ...]: ...


class RegionLike(Protocol):
    """States, interests, observed groups and payoff terms.

    ``prior`` gives each term's coefficient as a number whose range is read as 95%; ``settings`` holds further
    numbers (whatever of its attributes has a value, a range and a status), ``slots`` and ``most`` those behind
    the bandwidth.
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
        """Give the same region without the lists of stakeholders."""
        ...

    def features(self, members: NDArray[np.integer[Any]], interest: str, year: int) -> Floats:
        """Measure groups (m, k) by every term: (m, K)."""
        ...

    def payoff(self, coefficients: Mapping[str, float], year: int) -> Callable[[NDArray[Any], str], Floats]:
        """Bind coefficients and a year: from members (m, k) and an interest to gains (m, k)."""
        ...

    def bandwidth(self, year: int) -> dict[str, int]:
        """Say how many groups each state can take on."""
        ...

    def theatre(self, interest: str, year: int) -> TheatreLike:
        """Gather the figures of one interest in one year."""
        ...

    def choice_data(
        self, until: int | None = None, since: int | None = None, data_year: int | None = None
    ) -> ChoiceDataLike:
        """Give the observed groups as choices."""
        ...
