"""coalitions/formation: problem.py, pool.py, integer.py, rules.py, conflict.py, plan.py"""

from __future__ import annotations

import warnings
from itertools import combinations

import numpy as np
import pulp
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import linprog
from strategies import LABELS, pools

from coalitions import CoalitionError, InfeasibleFormation, SolverError, candidates, form, shapley_value
from coalitions.formation.integer import IntegerSearch
from coalitions.formation.pool import Pool
from coalitions.formation.rules import make_rules
from coalitions.formation.solvers import solver_named


def flat(pool):
    return [
        (block.objective, tuple(pool.players[i] for i in members), worth)
        for block in pool.blocks
        for members, worth in zip(block.members, block.worths.tolist(), strict=True)
    ]


def best_by_hand(
    pool,
    *,
    bandwidth,
    groups,
    effort=None,
    per_objective=None,
    required=(),
    forbidden=(),
    together=(),
    incompatible=(),
    pairs_once=True,
):
    """Every plan, depth first."""
    usable = [
        (objective, members, worth)
        for objective, members, worth in flat(pool)
        if not set(members) & set(forbidden)
        and not any(set(pair) <= set(members) for pair in incompatible)
        and all(set(pair) <= set(members) or not set(pair) & set(members) for pair in together)
    ]
    limits = {o: limit if isinstance(limit, tuple) else (0, limit) for o, limit in (per_objective or {}).items()}
    best = [None]

    def extend(start, load, met, worth, counts):
        enough = all(counts.get(o, 0) >= low for o, (low, _) in limits.items())
        if enough and all(load.get(player, 0) for player in required):
            best[0] = worth if best[0] is None else max(best[0], worth)
        if sum(counts.values()) == groups:
            return
        for at in range(start, len(usable)):
            objective, members, value = usable[at]
            taken = effort[objective] if effort else 1
            meetings = {(objective, pair) for pair in combinations(members, 2)} if pairs_once else set()
            if any(load.get(m, 0) + taken > bandwidth[m] + 1e-9 for m in members) or meetings & met:
                continue
            if counts.get(objective, 0) == limits.get(objective, (0, None))[1]:
                continue
            new = {**load, **{m: load.get(m, 0) + taken for m in members}}
            extend(at + 1, new, met | meetings, worth + value, {**counts, objective: counts.get(objective, 0) + 1})

    extend(0, {}, frozenset(), 0.0, {})
    return best[0]


@st.composite
def problems(draw):
    pool = draw(pools(max_players=5))
    players = pool.players
    pairs = st.sampled_from(list(combinations(players, 2)))
    rules = {
        "bandwidth": {player: draw(st.integers(0, 2)) for player in players},
        "groups": draw(st.integers(1, 4)),
        "required": draw(st.lists(st.sampled_from(players), unique=True, max_size=2)),
        "incompatible": draw(st.lists(pairs, unique=True, max_size=1)),
        "pairs_once": draw(st.booleans()),
    }
    rest = [player for player in players if player not in rules["required"]]
    rules["forbidden"] = draw(st.lists(st.sampled_from(rest), unique=True, max_size=1)) if rest else []
    if draw(st.booleans()):
        rules["effort"] = {objective: draw(st.sampled_from([0.5, 1, 1.25])) for objective in pool.objectives}
    if draw(st.booleans()):
        rules["together"] = [draw(pairs)]
    if draw(st.booleans()):
        limits = st.sampled_from([0, 1, 2, (1, 1), (0, 2), (1, 3)])
        rules["per_objective"] = {draw(st.sampled_from(pool.objectives)): draw(limits)}
    return pool, rules


def affinity_pool(n=12, max_size=4, objectives=("sea", "air")):
    """Pair synergies that fall with distance, less a cost of coordination; each member gets its own part."""
    rng = np.random.default_rng(n)
    where = rng.normal(size=(n, 2))
    synergy = {
        o: np.exp(-np.linalg.norm(where[:, None] - where, axis=2)) * rng.lognormal(0, 0.5, (n, n)) for o in objectives
    }

    def payoff(members, objective):
        size = members.shape[1]
        gains = sum(synergy[objective][members, np.roll(members, shift, axis=1)] for shift in range(1, size))
        return gains / (size - 1) * 2 - 0.15 * size

    return candidates([f"S{i}" for i in range(n)], payoff, max_size=max_size, objectives=objectives)


# --- laws
@given(problems())
def test_no_plan_within_the_rules_is_worth_more(problem):
    pool, rules = problem
    best = best_by_hand(pool, **rules)
    if best is None:
        with pytest.raises(InfeasibleFormation) as caught:
            form(pool, **rules)
        assert caught.value.conflict
        return
    plan = form(pool, **rules)
    assert plan.worth == pytest.approx(best, abs=1e-9)
    assert plan.is_proven
    assert plan.worth <= plan.relaxation + 1e-6


@given(problems())
def test_a_plan_keeps_the_rules_and_its_books(problem):
    pool, rules = problem
    assume(best_by_hand(pool, **rules) is not None)
    plan = form(pool, **rules)
    load = dict.fromkeys(pool.players, 0)
    known = {(objective, members): worth for objective, members, worth in flat(pool)}
    for group in plan.groups:
        assert known[group.objective, group.members] == pytest.approx(group.worth)
        assert sum(group.gains) == pytest.approx(group.worth)
        assert sum(group.shares) == pytest.approx(group.worth)
        for member in group.members:
            load[member] += rules.get("effort", {}).get(group.objective, 1)
        for pair in rules.get("together", ()):
            assert len(set(pair) & set(group.members)) != 1
        assert not set(group.members) & set(rules["forbidden"])
    assert all(load[player] <= rules["bandwidth"][player] for player in pool.players)
    assert all(load[player] for player in rules["required"])
    assert len(plan.groups) <= rules["groups"]
    assert plan.worth == pytest.approx(sum(group.worth for group in plan.groups))
    assert all(price >= 0 for price in plan.prices.values())
    if rules["pairs_once"]:
        meetings = [(g.objective, pair) for g in plan.groups for pair in combinations(g.members, 2)]
        assert len(meetings) == len(set(meetings))


@given(problems(), st.data())
def test_a_conflict_is_one_and_is_irreducible(problem, data):
    """What is named contradicts itself without the rest, and no longer does once any of it is dropped."""
    pool, rules = problem
    assume(best_by_hand(pool, **rules) is None)
    with pytest.raises(InfeasibleFormation) as caught:
        form(pool, **rules)
    named = caught.value.conflict

    def rules_of(names):
        limits = {o: v if isinstance(v, tuple) else (0, v) for o, v in rules.get("per_objective", {}).items()}
        return {
            "bandwidth": {
                p: rules["bandwidth"][p] if f"bandwidth of {p} is {rules['bandwidth'][p]}" in names else 99
                for p in pool.players
            },
            "effort": rules.get("effort"),
            "groups": rules["groups"] if f"at most {rules['groups']} groups" in names else 99,
            "per_objective": {
                o: (
                    low if f"at least {low} groups for {o}" in names else 0,
                    high if f"at most {high} groups for {o}" in names else 99,
                )
                for o, (low, high) in limits.items()
            },
            "required": [p for p in rules["required"] if f"{p} is required" in names],
            "forbidden": [p for p in rules["forbidden"] if f"{p} is forbidden" in names],
            "together": [(a, b) for a, b in rules.get("together", ()) if f"{a} and {b} are together" in names],
            "incompatible": [(a, b) for a, b in rules["incompatible"] if f"{a} and {b} are incompatible" in names],
            "pairs_once": "a pair meets once per objective" in names,
        }

    nothing = {key: [] for key in ("required", "forbidden", "incompatible")}
    assert all(name.split()[0] for name in named)
    with pytest.raises(InfeasibleFormation):
        form(pool, **rules_of(named))
    for dropped in named:
        form(pool, **{**nothing, **rules_of([name for name in named if name != dropped])})


@given(pools(max_players=5))
def test_prices_support_the_relaxation(pool):
    """Strong duality: bandwidth and group prices add up to the relaxation where no pair meets twice."""
    plan = form(pool, bandwidth=1, groups=2, pairs_once=False)
    assert sum(plan.prices.values()) + 2 * plan.group_price == pytest.approx(plan.relaxation, abs=1e-6)


@given(pools(max_players=5), st.booleans(), st.integers(1, 4))
def test_the_relaxation_is_that_of_the_whole_program(pool, pairs_once, groups):
    """All columns and all rows at once, by another route: prices and rows must miss nothing."""
    columns = flat(pool)
    rows, limits = [], []
    for player in pool.players:
        rows.append([player in members for _, members, _ in columns])
        limits.append(2)
    rows.append([True] * len(columns))
    limits.append(groups)
    for objective in pool.objectives:
        for pair in combinations(pool.players, 2):
            if pairs_once:
                rows.append([o == objective and set(pair) <= set(m) for o, m, _ in columns])
                limits.append(1)
    worths = np.array([worth for *_, worth in columns])
    whole = linprog(-worths, A_ub=np.array(rows, float), b_ub=limits, bounds=(0, 1))
    plan = form(pool, bandwidth=2, groups=groups, pairs_once=pairs_once)
    assert plan.relaxation == pytest.approx(-whole.fun, abs=1e-6)


@given(problems())
def test_a_poor_start_is_no_excuse(problem):
    """Start the integer search from a single candidate: the windows must still reach the optimum."""
    pool, rules = problem
    best = best_by_hand(pool, **rules)
    assume(best is not None)
    within = Pool(pool, make_rules(pool.players, pool.objectives, **rules))
    relaxed = within.relax()
    search = IntegerSearch(within, relaxed.bound, "HiGHS", np.inf)
    search.solve_among(np.zeros(1, np.int64) if np.isfinite(within.worths[0][0]) else np.zeros(0, np.int64))
    search.widen(relaxed.prices, relaxed.ceiling)
    assert search.worth == pytest.approx(best, abs=1e-9)
    assert search.is_proven


def test_windows_widen_until_the_gap_is_closed():
    """Three pairs of worth 1, a triple of 1.2: the relaxation is 1.5, the triple's regret 0.3, its worth the best."""
    pool = candidates("ABC", lambda m, o: np.full(len(m), 1.0 if m.shape[1] == 2 else 1.2), max_size=3)
    rules = {"bandwidth": 1, "groups": None, "required": (), "forbidden": (), "incompatible": (), "pairs_once": True}
    within = Pool(pool, make_rules(pool.players, pool.objectives, **rules))
    relaxed = within.relax()
    assert relaxed.value == pytest.approx(1.5)
    search = IntegerSearch(within, relaxed.bound, "HiGHS", np.inf)
    search.solve_among(np.arange(3))
    assert search.worth == 1
    search.widen(relaxed.prices, relaxed.ceiling)
    assert (search.worth, search.bound) == (1.2, 1.2)


@pytest.mark.parametrize("pairs_once", [True, False])
@pytest.mark.parametrize("bandwidth", [None, {"AUS": 1 << 40, "BRN": 2, "CAN": 1}])
def test_without_limits_the_rows_are_limit_enough(pairs_once, bandwidth):
    pool = candidates(("AUS", "BRN", "CAN"), lambda members, objective: members + 1.0, max_size=3, objectives="xy")
    wide = dict.fromkeys(pool.players, 99) | {k: min(v, 99) for k, v in (bandwidth or {}).items()}
    best = best_by_hand(pool, bandwidth=wide, groups=99, pairs_once=pairs_once)
    plan = form(pool, bandwidth=bandwidth, pairs_once=pairs_once)
    assert plan.worth == pytest.approx(best)
    assert plan.is_proven


# --- agreement
@pytest.mark.parametrize("bandwidth", [1, 2, 3])
@pytest.mark.parametrize("groups", [None, 4])
def test_the_whole_integer_program_gives_the_same_plan(bandwidth, groups):
    """All candidates at once in one integer program, without column generation or windows."""
    pool = affinity_pool()
    plan = form(pool, bandwidth=bandwidth, groups=groups)
    rules = make_rules(pool.players, pool.objectives, bandwidth=bandwidth, groups=groups)
    whole = IntegerSearch(Pool(pool, rules), np.inf, "HiGHS", np.inf)
    whole.solve_among(np.arange(len(pool)))
    assert plan.worth == pytest.approx(whole.worth, rel=1e-9)
    assert plan.is_proven


@pytest.mark.skipif(
    not any("CBC" in name or name == "COIN_CMD" for name in pulp.listSolvers(onlyAvailable=True)),
    reason="no CBC on this machine",
)
def test_cbc_gives_the_same_plan():
    pool = affinity_pool()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PuLP leaves the log of CBC open
        found = form(pool, bandwidth=2, groups=4, solver="cbc")
    assert found.worth == pytest.approx(form(pool, bandwidth=2, groups=4).worth, rel=1e-9)
    assert found.is_proven


@pytest.mark.parametrize("unit", [1e-8, 1e8])
def test_the_unit_of_the_worths_changes_nothing(unit):
    base = affinity_pool(8, 3)
    scaled = candidates(base.players, lambda m, o: base.gains(m, o) * unit, max_size=3, objectives=base.objectives)
    first, second = form(base, bandwidth=2), form(scaled, bandwidth=2)
    assert second.worth / unit == pytest.approx(first.worth)
    assert [g.members for g in first.groups] == [g.members for g in second.groups]


def test_shares_are_the_shapley_value_of_the_game_inside_the_group():
    pool = affinity_pool(6, 4)
    group = form(pool, bandwidth=1).groups[0]
    inside = pool.game(group.members, group.objective)
    assert inside[group.members] == pytest.approx(group.worth)
    assert inside[group.members[:1]] == 0
    assert group.shares == pytest.approx(tuple(shapley_value(inside)))


# --- objections
def test_objections_are_those_found_by_hand():
    pool = affinity_pool(9, 3)
    plan = form(pool, bandwidth=1, groups=3)
    index = {player: i for i, player in enumerate(pool.players)}
    now = plan.gains
    full = {member for group in plan.groups for member in group.members}
    expected = []
    for objective, members, _ in flat(pool):
        gains = pool.gains(np.array([[index[m] for m in members]]), objective)[0]
        losses = [now[m] if m in full else 0.0 for m in members]
        least = min(g - loss for g, loss in zip(gains, losses, strict=True))
        if least > plan.tolerance:
            expected.append((least, objective, members))
    expected.sort(key=lambda row: -row[0])
    found = [(o.improvement, o.objective, o.members) for o in plan.blocking(limit=10**6)]
    assert len(found) == len(expected)
    assert [row[1:] for row in found[:5]] == [row[1:] for row in expected[:5]]
    assert [row[0] for row in found] == pytest.approx([row[0] for row in expected])


def test_a_group_that_would_split_a_pair_gives_up_the_group_the_pair_is_in():
    """A-B meet in A-B-C for the only objective; with bandwidth to spare A-B can form only by leaving it."""
    worths = {3: [4.0, 1.0, 0.5], 2: 2.0}

    def payoff(members, objective):
        gains = np.full(members.shape, 0.1)
        whole = (members == [0, 1, 2]).all(axis=1) if members.shape[1] == 3 else np.zeros(len(members), bool)
        pair = (members == [0, 1]).all(axis=1) if members.shape[1] == 2 else np.zeros(len(members), bool)
        if members.shape[1] == 3:
            gains[whole] = worths[3]
        else:
            gains[pair] = worths[2]
        return gains

    plan = form(candidates("ABC", payoff, max_size=3), bandwidth=2)
    assert plan.groups[0].members == ("A", "B", "C")
    assert ("A", "B") not in {objection.members for objection in plan.blocking()}
    with pytest.raises(CoalitionError, match="limit is 0; it must be at least 1"):
        plan.blocking(limit=0)


# --- limits and words
def test_out_of_time_it_still_tells_the_bound():
    pool = affinity_pool(14, 4)
    best = form(pool, bandwidth=2, groups=6)
    hurried = form(pool, bandwidth=2, groups=6, time_limit=0.0)
    assert hurried.worth <= best.worth + 1e-9
    assert hurried.bound >= best.worth - 1e-9
    assert hurried.gap == pytest.approx(hurried.bound - hurried.worth)
    assert hurried.is_proven or "bound" in repr(hurried)


def test_the_program_is_written_as_a_file_that_solves_to_the_same_optimum(tmp_path):
    import highspy

    plan = form(affinity_pool(), bandwidth=2, groups=4)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.readModel(str(plan.export(tmp_path / "plan.lp")))
    solver.run()
    assert solver.getInfo().objective_function_value == pytest.approx(plan.worth, rel=1e-9)
    with pytest.raises(ValueError, match=r"plan\.txt: the program is written in LP format"):
        plan.export(tmp_path / "plan.txt")


def test_nothing_worth_forming_is_an_empty_plan():
    plan = form(candidates("ABC", lambda m, o: np.full(len(m), -1.0), max_size=3))
    assert plan.groups == ()
    assert plan.worth == 0
    assert plan.is_proven
    assert plan.to_frame().empty


def test_it_reads_as_a_sentence_and_a_table():
    strength = np.array([4.0, 3.0, 2.0, 1.0])
    plan = form(candidates("ABCD", lambda m, o: strength[m].sum(axis=1) - 3, max_size=3))
    assert repr(plan).splitlines()[0] == "1 group from 10 candidates, worth 6, proven optimal"
    assert plan.to_frame()["member"].tolist() == ["A", "B", "C"]
    assert "A-B-C" in plan._repr_html_()
    assert plan.gains == {"A": 2.0, "B": 2.0, "C": 2.0, "D": 0.0}


@pytest.mark.parametrize(
    ("rules", "error", "words"),
    [
        ({"required": ["A"], "forbidden": ["A"]}, InfeasibleFormation, "'A' is both required and forbidden"),
        (
            {"required": ["A"], "bandwidth": {"A": 0, "B": 1, "C": 1, "D": 1}},
            InfeasibleFormation,
            "A is required; bandwidth of A is 0",
        ),
        (
            {"required": ["A", "B"], "groups": 1, "incompatible": [("A", "B")]},
            InfeasibleFormation,
            "A is required; B is required; A and B are incompatible; at most 1 groups",
        ),
        ({"required": ["E"]}, CoalitionError, "unknown player 'E'"),
        ({"bandwidth": {"A": 1}}, CoalitionError, "no bandwidth for 'B', 'C', 'D'"),
        ({"bandwidth": -1}, CoalitionError, "bandwidth of 'A' is -1"),
        ({"bandwidth": 1.5}, CoalitionError, "bandwidth of 'A' is 1.5"),
        ({"groups": 0}, CoalitionError, "groups is 0"),
        ({"incompatible": [("A",)]}, CoalitionError, "incompatible states come in pairs"),
        ({"solver": "HIGH"}, SolverError, "no solver 'HIGH' ready to run; those that are: .*HiGHS"),
    ],
)
def test_refusals(rules, error, words):
    pool = candidates("ABCD", lambda m, o: np.ones(len(m)), max_size=3)
    with pytest.raises(error, match=words):
        form(pool, **rules)


def test_solvers_are_found_in_any_case():
    assert solver_named("highs").name == "HiGHS"


def test_labels_of_the_strategies_are_distinct():
    assert len(set(LABELS)) == len(LABELS)
