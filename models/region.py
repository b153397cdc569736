"""A region: its pool of states, what they may meet for, who met, and what a group is worth to its members."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, combinations, product
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions.errors import TooLargeError
from models.groups import Choice, ChoiceData, ObservedGroup, observed_groups
from models.measures import Members
from models.panel import FOUNDERS, Panel, load_panel, nearest, pool
from models.payoff import Parts, Term, features, gradient, total_gains
from models.terms import TERMS, externality
from models.theatre import Interest, Number, Settings, Theatre, interests_of, theatre

if TYPE_CHECKING:
    from coalitions.game import Game

__all__ = ["Region", "build"]

DENSE_LIMIT = 20
"""States in a dense game: 2**20 worths are computed in about a second."""


@dataclass(frozen=True, eq=False)
class Region:
    """States, interests, observed groups and payoff terms of one region.

    ``prior`` gives each term's coefficient: value is the prior mean, low and high its 95% range, in worth per
    unit of the term. Use ``dataclasses.replace(region, panel=..., capability=...)`` to run on figures of your
    own.
    """

    name: str
    title: str
    states: tuple[str, ...]
    interests: tuple[Interest, ...] = field(repr=False)
    groups: tuple[ObservedGroup, ...] = field(repr=False)
    terms: tuple[Term, ...] = field(repr=False)
    prior: Mapping[str, Number] = field(repr=False)
    settings: Settings = field(repr=False)
    panel: Panel = field(repr=False)
    slots: Number = field(repr=False)  # the region's minilaterals a state is in, for each group it can take on
    most: Number = field(repr=False)  # the most groups any state can take on
    pivot: str = "USA"
    rivals: tuple[str, ...] = ("CHN", "RUS", "IRN")  # of the pivot: groups with them are a kind of their own
    capability: str | Mapping[str, str] | None = None  # column that measures capability, or one a type
    effort: Mapping[str, float] = field(default_factory=dict)  # share of its strength a state brings, 1 if not named
    threat: Mapping[str, float] = field(default_factory=dict)  # factor on a challenger's strength, 1 if not named
    _theatres: dict[tuple[str, int], Theatre] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for state in self.states:
            self.panel.index(state)
        if len(set(self.states)) < len(self.states):
            twice = next(s for s in self.states if self.states.count(s) > 1)
            raise ValueError(f"region {self.name}: state {twice} is in the pool twice")
        for state in (self.pivot, *self.rivals):
            self.panel.index(state)
        for what, given in (("interest", [i.id for i in self.interests]), ("term", [t.name for t in self.terms])):
            if repeated := [name for name in given if given.count(name) > 1]:
                raise ValueError(f"region {self.name}: {what} {repeated[0]!r} is given twice")
        if starred := [i.id for i in self.interests if i.id.endswith("*")]:
            raise ValueError(
                f"interest {starred[0]!r}: a star at the end says that nobody is opposed; choose another id"
            )
        if missing := [t.name for t in self.terms if t.name not in self.prior]:
            raise ValueError(f"region {self.name}: no prior for the coefficient of {missing[0]!r}")
        if narrow := [t.name for t in self.terms if not self.prior[t.name].low < self.prior[t.name].high]:
            raise ValueError(f"region {self.name}: the prior of {narrow[0]!r} has no width; give low < high")

    @property
    def years(self) -> range:
        """The years its figures cover."""
        return self.panel.years

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the terms, in the order of features and coefficients."""
        return tuple(term.name for term in self.terms)

    @property
    def prior_mean(self) -> NDArray[np.float64]:
        """Prior means of the coefficients, shape (K,), in the order of ``names``."""
        return np.array([self.prior[name].value for name in self.names])

    @property
    def prior_precision(self) -> NDArray[np.float64]:
        """One over the prior variance of each coefficient, shape (K,): the range is read as 95%."""
        ranges = [self.prior[name] for name in self.names]
        return np.array([(2 * 1.96 / (r.high - r.low)) ** 2 for r in ranges])

    def interest(self, interest: str) -> Interest:
        """Find an interest by its id; with a star, ``"ME4*"``, with nobody opposed.

        Raises
        ------
        ValueError
            There is none; the message names the nearest one.
        """
        for found in self.interests:
            if found.id == interest:
                return found
            if f"{found.id}*" == interest:
                return found.shared()
        known = [i.id for i in self.interests]
        hint = nearest(str(interest), known) or f"; known: {', '.join(known)}"
        raise ValueError(f"region {self.name} has no interest {interest!r}{hint}")

    def theatre(self, interest: str, year: int) -> Theatre:
        """Give the arrays of one interest in one year; computed once."""
        key = (interest, year)
        if key not in self._theatres:
            self._theatres[key] = theatre(
                self.panel,
                self.states,
                self.interest(interest),
                year,
                self.settings,
                pivot=self.pivot,
                rivals=self.rivals,
                capability=self.capability,
                effort=self.effort,
                threat=self.threat,
            )
        return self._theatres[key]

    def unlisted(self) -> Region:
        """Give the same region with stakes that fall with distance alone.

        The lists of stakeholders were written knowing the groups; a score without them is the harder test.

        Examples
        --------
        >>> import models
        >>> models.load("asia-pacific").unlisted().settings.listed
        False
        """
        return replace(self, settings=replace(self.settings, listed=False))

    def scenario(
        self,
        *,
        effort: Mapping[str, float] | None = None,
        threat: Mapping[str, float] | None = None,
        coverage: float | None = None,
    ) -> Region:
        """Give the same region under other circumstances.

        Parameters
        ----------
        effort : mapping of state to number, optional
            Share of its strength a state brings to the region: ``{"USA": 0.5}`` where it turns elsewhere.
            A challenger's effort bears on threat and pressure too, a member's on what its institutions cover; nobody's
            on resources, shields or the pressure felt at home.
        threat : mapping of challenger to number, optional
            Factor on a challenger's strength and pressure: 0 takes them away, 2 doubles them. Retaliation, which goes
            by trade, stays; without a threat the reference strength is what a group meets.
        coverage : float, optional
            Factor on what standing institutions already secure: 0 takes that away. What a group saves inside them, or
            does a second time beside them, stays.

        Returns
        -------
        Region
            Coefficients stay what they are: the same payoff, other circumstances.

        Raises
        ------
        ValueError
            A state is unknown or, for ``threat``, a challenger of no interest here; a factor is no finite number of at
            least 0.

        Examples
        --------
        >>> import models
        >>> asia = models.load("asia-pacific")
        >>> asia.scenario(threat={"CHN": 2.0}).theatre("AP1", 2020).threat / asia.theatre("AP1", 2020).threat
        2.0
        """
        challengers = {state for i in self.interests for state in i.challengers}
        for what, given in (("effort", effort), ("threat", threat)):
            for state, factor in (given or {}).items():
                self.panel.index(state)
                if what == "threat" and state not in challengers:
                    raise ValueError(
                        f"threat of {state}: it challenges no interest of {self.name}; "
                        f"challengers: {', '.join(sorted(challengers)) or 'none'}"
                    )
                if not (_is_finite(factor) and factor >= 0):
                    raise ValueError(f"{what} of {state} is {factor}; it must be a number of at least 0")
        settings = self.settings
        if coverage is not None:
            if not (_is_finite(coverage) and coverage >= 0):
                raise ValueError(f"coverage is {coverage}; it must be a number of at least 0")
            now = settings.institutions
            number = replace(now, value=coverage, low=min(now.low, coverage), high=max(now.high, coverage))
            settings = replace(settings, institutions=number)
        return replace(
            self,
            settings=settings,
            effort={**self.effort, **(effort or {})},
            threat={**self.threat, **(threat or {})},
        )

    def definitions(self) -> tuple[tuple[str, str, str], ...]:
        """Say what the symbols in the formulas of its terms stand for; see ``formulas.definitions``."""
        from models.formulas import definitions

        return definitions()

    def indices(self, states: Iterable[str]) -> tuple[int, ...]:
        """Turn codes into pool indices; ValueError naming the nearest code if one is not in the pool."""
        found = []
        for state in states:
            if state not in self.states:
                raise ValueError(f"state {state!r} is not in the pool of {self.name}{nearest(str(state), self.states)}")
            found.append(self.states.index(state))
        return tuple(found)

    def eligible(self, interest: str) -> tuple[int, ...]:
        """List the pool indices that may join a new group for an interest: all but its challengers."""
        challengers = self.interest(interest).challengers
        return tuple(i for i, state in enumerate(self.states) if state not in challengers)

    def features(self, members: Members, interest: str, year: int) -> NDArray[np.float64]:
        """Measure groups by every term.

        Parameters
        ----------
        members : int array of shape (m, k)
            Groups of k distinct pool indices.
        interest : str
            Such as ``"AP1"``.
        year : int
            Figures dated later, and groups founded later, are not used.

        Returns
        -------
        ndarray of shape (m, K)
            f_k(S) in the order of ``names``, each in the unit of its term; 0 for a state alone.

        Raises
        ------
        ValueError
            The interest is unknown, the year outside the panel, an index outside the pool or repeated.

        Examples
        --------
        >>> import models
        >>> region = models.load("asia-pacific")
        >>> quad = [region.indices(("AUS", "IND", "JPN", "USA"))]
        >>> float(region.features(quad, "AP1", 2022)[0, region.names.index("coordination")])
        -6.0
        """
        return features(self.terms, self.theatre(interest, year), np.asarray(members), self.settings)

    def gains(self, members: Members, interest: str, year: int, coefficients: Mapping[str, float]) -> Parts:
        """Say what each member gains: u_i = sum_k theta_k f_ik.

        Parameters
        ----------
        members, interest, year
            As for ``features``.
        coefficients : mapping of str to float
            One for each term, in worth per unit of the term.

        Returns
        -------
        ndarray of shape (m, k)
            In worth; a row sums to the worth of the group.

        Raises
        ------
        ValueError
            As for ``features``; or a coefficient is missing, unknown or not finite.

        Notes
        -----
        O(m k^2), some millions of groups of four a second.
        """
        return total_gains(
            self.terms,
            self._coefficients(coefficients),
            self.theatre(interest, year),
            np.asarray(members),
            self.settings,
        )

    def outsiders(
        self, members: Members, interest: str, year: int, coefficients: Mapping[str, float]
    ) -> NDArray[np.float64]:
        """Say what each state outside a group gains from it.

        The share of the benefit that reaches outsiders is the publicness of the interest's objective.

        Parameters
        ----------
        members, interest, year, coefficients
            As for ``gains``.

        Returns
        -------
        ndarray of shape (m, n)
            In worth; 0 for members.
        """
        objective = self.interest(interest).objective
        stage = self.theatre(interest, year)  # refuses an objective that the panel does not know
        public = next(o.publicness for o in self.panel.objectives if o.name == objective)
        weight = self._coefficients(coefficients)["capability"]
        return externality(weight, public, stage, np.asarray(members), self.settings)

    def gradient(
        self, members: Members, interest: str, year: int, coefficients: Mapping[str, float], setting: str
    ) -> Parts:
        """Differentiate what each member gains in a setting, such as ``"contest"``, ``"crowding"`` or ``"threat"``.

        Parameters
        ----------
        members, interest, year, coefficients
            As for ``gains``.
        setting : str
            A number of ``settings`` that the formulas use; or ``"threat"``, the strength a group meets, which is the
            challengers' or, where that is larger, the reference strength.

        Returns
        -------
        ndarray of shape (m, k)
            Worth per unit of the setting.
        """
        return gradient(
            self.terms,
            self._coefficients(coefficients),
            self.theatre(interest, year),
            np.asarray(members),
            self.settings,
            setting,
        )

    def anchored(
        self, coefficients: Mapping[str, float], year: int, *, paying: float | None = 0.75, years: int = 10
    ) -> dict[str, float]:
        """Set the cost of founding a group, which the choice among groups cannot tell.

        Groups that formed tell which is likelier, never how many: a cost that every group pays leaves no trace in them.
        So worths have no zero until something outside the fit sets it. Two anchors are offered. By revealed preference
        the cost is what leaves a share ``paying`` of the region's founded groups worth more than nothing to their
        members. By base rate (``paying=None``) it makes the odds exp(v(S)) of all possible groups of three and four sum
        to the number founded within the window; a worth above 0 then says that a group is likelier than not, which
        hardly any single group ever is.

        Parameters
        ----------
        coefficients : mapping of str to float
            One for each term; that of ``setup`` is replaced.
        year : int
            Last year of founding, and of the figures used.
        paying : float, optional
            Between 0 and 1; None for the base rate.
        years : int, default 10
            Length of the window of the base rate.

        Returns
        -------
        dict of str to float
            The coefficients, with ``setup`` in log-odds.

        Raises
        ------
        ValueError
            As for ``gains``; the year is outside the panel; no group was founded; the region has no term ``setup``.

        References
        ----------
        .. [1] P. Samuelson (1938), A note on the pure theory of consumer's behaviour, Economica 5, 61-71.
        .. [2] G. King, L. Zeng (2001), Logistic regression in rare events data, Political Analysis 9, 137-163.

        Examples
        --------
        >>> import models
        >>> asia = models.load("asia-pacific")
        >>> theta = dict(zip(asia.names, asia.prior_mean))
        >>> by_rate, by_choice = (asia.anchored(theta, 2020, paying=p)["setup"] for p in (None, 0.75))
        >>> by_rate > by_choice
        True
        """
        if "setup" not in self.names:
            raise ValueError(f"region {self.name} has no term 'setup' whose coefficient could be set")
        self.panel.check_year(year)
        checked = self._coefficients(coefficients) | {"setup": 0.0}
        if paying is not None:
            if not 0 <= paying <= 1:
                raise ValueError(f"paying is {paying}; it is a share of the founded groups, from 0 to 1")
            known = self.choice_data(until=year).choices
            worths = [float(self.gains(np.array([c.members]), *c.context, checked).sum()) for c in known]
            if not worths:
                raise ValueError(f"no group was founded in {self.name} by {year}, so none can say what founding costs")
            return {**checked, "setup": float(np.quantile(worths, 1 - paying))}
        known = self.choice_data(since=year - years + 1, until=year).choices
        founded = sum(len(choice.members) in (3, 4) for choice in known)
        if not founded:
            raise ValueError(
                f"no group of three or four was founded in {self.name} from {year - years + 1} to {year}; "
                "widen the window"
            )
        total = -np.inf
        for interest, size in product(self.interests, (3, 4)):
            flat = np.fromiter(chain.from_iterable(combinations(self.eligible(interest.id), size)), dtype=np.int64)
            all_worths = self.gains(flat.reshape(-1, size), interest.id, year, checked).sum(axis=1)
            total = float(np.logaddexp(total, np.logaddexp.reduce(all_worths)))
        return {**checked, "setup": total - float(np.log(founded))}

    def payoff(self, coefficients: Mapping[str, float], year: int) -> Callable[[Members, str], Parts]:
        """Bind coefficients and a year: the result maps members (m, k) and an interest to gains (m, k)."""
        checked = self._coefficients(coefficients)

        def gains(members: Members, interest: str) -> Parts:
            return self.gains(members, interest, year, checked)

        return gains

    def game(
        self, interest: str, year: int, coefficients: Mapping[str, float], states: Sequence[str] | None = None
    ) -> Game:
        """Write the worth of every coalition of some states down.

        Parameters
        ----------
        interest, year, coefficients
            As for ``gains``.
        states : sequence of str, optional
            At most 20 states of the pool; by default the interest's stakeholders, challengers left out.

        Returns
        -------
        coalitions.game.Game
            2**n worths; a state alone is worth 0.

        Raises
        ------
        TooLargeError
            More than 20 states.
        ValueError
            As for ``gains``; or a state is not in the pool.
        """
        from coalitions.game import Game

        if states is None:
            stakeholders = self.interest(interest).stakeholders
            states = [self.states[i] for i in self.eligible(interest) if self.states[i] in stakeholders]
        states = tuple(states)
        n = len(states)
        if n > DENSE_LIMIT:
            raise TooLargeError(
                f"a dense game of {n} states has {2.0**n:.3g} coalitions; name at most {DENSE_LIMIT} states, "
                "or form groups of bounded size from payoff()"
            )
        index = np.array(self.indices(states), dtype=np.int64)
        masks = np.arange(1 << n)
        bits = (masks[:, None] >> np.arange(n)) & 1
        sizes = bits.sum(axis=1)
        worths = np.zeros(1 << n)
        for size in range(2, n + 1):
            of_size = sizes == size
            members = index[np.nonzero(bits[of_size])[1].reshape(-1, size)]
            worths[of_size] = self.gains(members, interest, year, coefficients).sum(axis=1)
        return Game(states, worths)

    def bandwidth(self, year: int) -> dict[str, int]:
        """Say how many groups each state can take on here: a scenario, not an estimate.

        A state that keeps up many of the region's minilaterals has the desks for more: one group for every
        ``slots`` of them active in the year, at least one, at most ``most``.

        Parameters
        ----------
        year : int

        Returns
        -------
        dict of str to int
            One entry a state of the pool.

        Examples
        --------
        >>> import models
        >>> models.load("asia-pacific").bandwidth(2024)["USA"]
        5
        """
        self.panel.check_year(year)
        load = dict.fromkeys(self.states, 0)
        for group in self.groups:
            if group.kind == "minilateral":
                for state in {s for s, first, last in self.panel.spells(group.name) if first <= year <= last}:
                    if state in load:
                        load[state] += 1
        return {s: int(np.clip(np.ceil(c / self.slots.value), 1, self.most.value)) for s, c in load.items()}

    def choice_data(
        self, until: int | None = None, since: int | None = None, data_year: int | None = None
    ) -> ChoiceData:
        """Give the observed minilaterals as choices from the pool.

        Parameters
        ----------
        until, since : int, optional
            Founded in or before, in or after.
        data_year : int, optional
            The last year figures and earlier groups may be dated by; without it, the year before founding.

        Returns
        -------
        ChoiceData
            Choices in order of founding; every group left out, with the reason.

        Raises
        ------
        ValueError
            ``data_year`` is outside the panel.

        Examples
        --------
        >>> import models
        >>> past = models.load("asia-pacific").choice_data(until=2014, data_year=2014)
        >>> past.choices[-1].name, past.choices[-1].context
        ('TISA (US-Japan-ROK)', ('AP4', 2013))
        """
        if data_year is not None:
            self.panel.check_year(data_year)
        choices, excluded = [], []
        for group in sorted(self.groups, key=lambda g: (g.start, g.name)):
            reason = self._unfit(group, until, since)
            if reason:
                excluded.append((group.name, reason))
                continue
            year = group.start - 1 if data_year is None else min(group.start - 1, data_year)
            choices.append(
                Choice(
                    name=group.name,
                    members=self.indices(group.founders),
                    context=(self.purpose(group), year),
                    family="-".join(sorted(group.founders)),
                    start=group.start,
                )
            )
        return ChoiceData(tuple(choices), tuple(excluded))

    def purpose(self, group: ObservedGroup) -> str:
        """Name what a group is for: its interest, with a star where it is coded against none of the challengers.

        The star comes from how the group's aim was coded, not from who founded it, so that it says nothing about its
        members that a forecast should not know.
        """
        opposed = self.interest(group.interest).challengers
        against = not opposed or set(opposed) & set(group.challengers)
        return group.interest if against else f"{group.interest}*"

    def _unfit(self, group: ObservedGroup, until: int | None, since: int | None) -> str:
        outside = [s for s in group.founders if s not in self.states]
        if group.kind != "minilateral":
            return f"is of kind {group.kind}"
        if not FOUNDERS[0] <= len(group.founders) <= FOUNDERS[1]:
            return f"has {len(group.founders)} founders, not {FOUNDERS[0]} to {FOUNDERS[1]}"
        if outside:
            return f"founder {outside[0]} is not in the pool"
        if group.start - 1 not in self.years:
            return f"founded in {group.start}: no figures for the year before"
        if until is not None and group.start > until:
            return f"founded in {group.start}, after {until}"
        if since is not None and group.start < since:
            return f"founded in {group.start}, before {since}"
        return ""

    def _coefficients(self, coefficients: Mapping[str, float]) -> dict[str, float]:
        for name, value in coefficients.items():
            if name not in self.names:
                raise ValueError(f"region {self.name} has no term {name!r}{nearest(str(name), self.names)}")
            if not _is_finite(value):
                raise ValueError(f"coefficient of {name} is {value}; it must be a finite number")
        if missing := [name for name in self.names if name not in coefficients]:
            raise ValueError(
                f"no coefficient for the term {missing[0]!r}; give one for each of {', '.join(self.names)}"
            )
        return {name: float(coefficients[name]) for name in self.names}


def _is_finite(value: object) -> bool:
    return isinstance(value, Real) and bool(np.isfinite(float(value)))


def build(
    name: str,
    title: str,
    interests: str | Iterable[Interest],
    *,
    slots: Number | None = None,
    most: Number | None = None,
    panel: Panel | None = None,
    states: Sequence[str] | None = None,
    coded: Mapping[str, str] | None = None,
    terms: Iterable[Term] = (),
    prior: Mapping[str, Number] | None = None,
    settings: Settings | None = None,
) -> Region:
    """Build a region from the tables of a panel, or from interests of your own.

    Parameters
    ----------
    name, title : str
        What ``models.load`` and reports call it.
    interests : str or iterable of Interest
        The region's code in interests.csv, or interests of your own.
    slots, most : Number, optional
        How many groups a state can take on; see ``Region.bandwidth``. Those of priors.py by default.
    panel : Panel, optional
        The embedded one by default.
    states : sequence of str, optional
        The pool. By default chosen by the rule of ``panel.pool``; for interests of your own, their stakeholders and the
        founders of the groups coded for them.
    coded : mapping of group to interest, optional
        Groups of the panel that serve interests of your own.
    terms : iterable of Term, optional
        Terms of your own, beside those of ``terms.TERMS``.
    prior : mapping of str to Number, optional
        Priors that replace those of ``priors.PRIOR``, and those of your own terms.
    settings : Settings, optional
        ``priors.SETTINGS`` by default.

    Returns
    -------
    Region

    Raises
    ------
    ValueError
        A state, group or interest is unknown; a prior is for no term; a term or interest is given twice.

    Examples
    --------
    >>> from models.theatre import Interest
    >>> arctic = Interest(
    ...     id="NO1", title="Watching the High North", objective="maritime_security", challengers=("RUS",),
    ...     stakeholders=("NOR", "DNK", "FIN", "SWE", "ISL", "GBR", "CAN", "USA"),
    ...     weights={"maritime_patrol_isr": 0.6, "submarine": 0.4}, anchor=(72.0, 20.0), benchmarks=("NORDEFCO",),
    ... )
    >>> north = build("high-north", "High North", [arctic], coded={"NORDEFCO": "NO1", "Northern Group": "NO1"})
    >>> len(north.states), [choice.name for choice in north.choice_data().choices]
    (14, ['NORDEFCO'])
    """
    from models.priors import MOST, PRIOR, SETTINGS, SLOTS

    panel = load_panel() if panel is None else panel
    terms = (*TERMS.values(), *terms)
    names = [term.name for term in terms]
    if wrong := [name for name in prior or {} if name not in names]:
        raise ValueError(f"prior for {wrong[0]!r}, which is no term{nearest(str(wrong[0]), names)}")
    known = interests_of(panel, interests) if isinstance(interests, str) else tuple(interests)
    groups = observed_groups(panel, known, coded)
    if states is None and isinstance(interests, str):
        states = pool(panel, interests)
    elif states is None:
        involved = {s for i in known for s in i.stakeholders} | {s for g in groups for s in g.founders}
        states = tuple(s for s in panel.states if s in involved)
    return Region(
        name=name,
        title=title,
        states=tuple(states),
        interests=known,
        groups=groups,
        terms=terms,
        prior={**PRIOR, **(prior or {})},
        settings=SETTINGS if settings is None else settings,
        panel=panel,
        slots=SLOTS if slots is None else slots,
        most=MOST if most is None else most,
    )
