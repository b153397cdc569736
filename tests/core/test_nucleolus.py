"""coalitions/core: nucleolus.py, stages.py, excesses.py and problem.py"""

from __future__ import annotations

import itertools
import json
import re
from fractions import Fraction
from importlib import import_module

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from known import CASES, numbers, representation
from strategies import convex_games, exact_games, fractions, games

from coalitions import CoalitionError, Game, WorthError, core
from coalitions.coalition import members_of, subset_sums
from coalitions.core.certificate import CertificateError
from coalitions.core.excesses import Everyone
from coalitions.core.lexicographic import Nucleolus
from coalitions.core.nucleoli import (
    anti_nucleolus,
    anti_prenucleolus,
    disruption_nucleolus,
    nucleolus,
    per_capita_nucleolus,
    per_capita_prenucleolus,
    prenucleolus,
    proportional_nucleolus,
)
from coalitions.core.problem import Span, problem_of
from coalitions.core.stages import POSITIVE, solve_stages, solve_stages_exactly
from coalitions.errors import SolverError
from coalitions.families import Airport, Bankruptcy, Glove, InducedSubgraph
from coalitions.sources import references_of

SOLUTIONS = {
    "nucleolus": nucleolus,
    "prenucleolus": prenucleolus,
    "percapita_nucleolus": per_capita_nucleolus,
    "percapita_prenucleolus": per_capita_prenucleolus,
}
COSTS = ("tu_cost", "airport", "mcst")


def known():
    """Every published nucleolus of any kind: (game of the case, solution, answer or None)."""
    found = []
    for topic in ("nuc", "val", "core", "ker", "mcst"):
        path = CASES / f"{topic}.json"
        for case in json.loads(path.read_text())["cases"] if path.exists() else ():
            for key in SOLUTIONS:
                if key in case["expected"]:
                    given = (case["game"], key, case["expected"][key])
                    found.append(pytest.param(*given, id=f"{case['id']}-{key}"))
    return found or [pytest.param(None, None, None, marks=pytest.mark.skip(reason="../shared/cases is not there"))]


def lexicographic(game, bounded, weight):
    """The lexicographic minimum by another road: every level by enumerating all vertices, tight sets by their faces.

    A coalition is tight in every optimum exactly when it is tight at every optimal vertex. To have vertices at all,
    payoffs are kept within bounds that no nucleolus reaches.
    """
    n = game.n
    worths = [Fraction(worth) for worth in game.worths.tolist()]
    everyone = len(worths) - 1
    proper = range(1, everyone)
    far = 8 * sum(map(abs, worths)) + 1
    equal = [([1] * n + [0], worths[everyone])]
    open_to = set(proper)
    while open_to:
        at_most = [([-(s >> i & 1) for i in range(n)] + [-weight(s)], -worths[s]) for s in open_to]
        for i in range(n):
            unit = [int(i == j) for j in range(n)]
            at_most.append(([-u for u in unit] + [0], -worths[1 << i] if bounded else far))
            at_most.append(([*unit, 0], far))
        points = vertices(equal, at_most, n + 1)
        level = min(point[n] for point in points)
        best = [point for point in points if point[n] == level]
        tight = {s for s in open_to if all(excess(worths, p, s) == level * weight(s) for p in best)}
        fixed = {s for s in open_to if len({excess(worths, p, s) for p in best}) == 1}
        assert tight
        equal += [([s >> i & 1 for i in range(n)] + [0], worths[s] - excess(worths, best[0], s)) for s in fixed]
        open_to -= fixed
    return best[0][:n]


def excess(worths, x, s):
    return worths[s] - sum(x[i] for i in members_of(s))


def vertices(equal, at_most, width):
    """All vertices of {equal rows hold, other rows at most}: solve every choice of rows."""
    from coalitions.exact import echelon, solve

    basis, right = [], []
    for row, b in equal:
        if len(echelon([*basis, row])[1]) > len(basis):
            basis.append(row)
            right.append(b)
    found = []
    for chosen in itertools.combinations(at_most, width - len(basis)):
        rows = [*basis, *(row for row, _ in chosen)]
        if len(echelon(rows)[1]) == width:
            point = solve(rows, [*right, *(b for _, b in chosen)])
            if all(sum(a * x for a, x in zip(row, point, strict=True)) <= b for row, b in at_most):
                found.append(point)
    return found


# --- published
@pytest.mark.parametrize(("game", "solution", "expected"), known())
def test_known_answers(game, solution, expected):
    solve = SOLUTIONS[solution]
    family = representation(game)
    if expected is None:
        with pytest.raises(CoalitionError, match="alone"):
            solve(family, certify=True)
        return
    answer = [-x if game["type"] in COSTS else x for x in numbers(expected)]
    proven = solve(family, certify=True)
    assert proven.certified
    assert list(proven) == answer
    table = family if isinstance(family, Game) else family.to_game()
    in_floats = solve(Game(range(table.n), table.worths.astype(float)))
    assert not in_floats.certified  # floats are enough here: no second road was needed
    assert in_floats.payoffs == pytest.approx([float(x) for x in answer], abs=1e-9 * max(1, *map(abs, table.worths)))
    assert [float(x) for x in solve(family)] == pytest.approx([float(x) for x in answer], abs=1e-12)


@pytest.mark.parametrize(
    ("ratio", "shares"),
    [(1, [100, 200, 300]), (Fraction(1, 2), [50, 75, 75]), (Fraction(1, 6), [Fraction(100, 3)] * 3)],
)
def test_the_talmud(ratio, shares):
    estate = {1: 600, Fraction(1, 2): 200, Fraction(1, 6): 100}[ratio]
    assert list(nucleolus(Bankruptcy(estate, [100, 200, 300]), certify=True)) == shares


def test_settling_what_is_tight_at_one_vertex_would_be_wrong():
    """At the first optimum all of x_C = 0 is tight at some vertex; the optimum is an interval, halved by stage 2."""
    found = prenucleolus(Game("ABC", np.array([0, 0, 0, 1, 0, 0, 0, 1], object)))
    assert list(found) == [Fraction(1, 2), Fraction(1, 2), 0]
    assert [stage.level for stage in found.stages] == [0, Fraction(-1, 2)]


# --- an independent road
@settings(max_examples=12, deadline=None)
@given(exact_games(min_players=1, max_players=3), st.booleans(), st.booleans())
def test_the_lexicographic_minimum(game, bounded, per_head):
    if bounded:
        assume(sum(game.worths[1 << np.arange(game.n)].tolist()) <= game.worths[-1])
    weight = (lambda s: s.bit_count()) if per_head else (lambda s: 1)
    solve = nucleolus if bounded else prenucleolus
    expected = [game.worths[-1]] if game.n == 1 else lexicographic(game, bounded, weight)
    assert list(solve(game, weights=lambda size: size if per_head else 1)) == expected


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(exact_games(min_players=4, max_players=4), st.booleans())
def test_the_lexicographic_minimum_of_four(game, bounded):
    if bounded:
        assume(sum(game.worths[1 << np.arange(4)].tolist()) <= game.worths[-1])
    solve = nucleolus if bounded else prenucleolus
    assert list(solve(game)) == lexicographic(game, bounded, lambda s: 1)


# --- laws
small_games = exact_games(min_players=2, max_players=5)


@settings(max_examples=20, deadline=None)
@given(small_games, st.fractions(Fraction(1, 9), 9, max_denominator=9), st.data())
def test_scaling_and_translation(game, factor, data):
    shift = data.draw(st.lists(fractions, min_size=game.n, max_size=game.n))
    moved = game * factor + Game.additive(game.players, np.array([Fraction(a) for a in shift], object))
    expected = [factor * x + a for x, a in zip(prenucleolus(game), shift, strict=True)]
    assert list(prenucleolus(moved)) == expected


@settings(max_examples=15, deadline=None)
@given(small_games, st.data())
def test_the_reduced_game_has_the_same_prenucleolus(game, data):
    """Davis and Maschler (1965): those who stay may join forces with any of those who leave, at their price."""
    x = prenucleolus(game).payoffs
    stay = data.draw(st.integers(1, 2**game.n - 2))
    members, leavers = members_of(stay), members_of(2**game.n - 1 - stay)
    table = [Fraction(0)] * (1 << len(members))
    for small in range(1, len(table)):
        inside = sum(1 << members[k] for k in members_of(small))
        joined = [
            sum(1 << i for i in chosen)
            for r in range(len(leavers) + 1)
            for chosen in itertools.combinations(leavers, r)
        ]
        paid = {others: sum(x[i] for i in members_of(others)) for others in joined}
        if small == len(table) - 1:
            table[small] = game.worths[-1] - sum(x[i] for i in leavers)
        else:
            table[small] = max(game.worths[inside | others] - paid[others] for others in joined)
    reduced = Game([game.players[i] for i in members], np.array(table, object))
    assert list(prenucleolus(reduced)) == [x[i] for i in members]


@settings(max_examples=20, deadline=None)
@given(games(min_players=2, max_players=5))
def test_it_is_in_the_core_where_there_is_one(game):
    found = core(game)
    if not found.is_empty:
        assert found.contains(prenucleolus(game))
        assert nucleolus(game).payoffs == pytest.approx(prenucleolus(game).payoffs, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(exact_games(min_players=1, max_players=5))
def test_exact_and_float_runs_agree(game):
    in_floats = prenucleolus(Game(game.players, game.worths.astype(float)))
    assert not in_floats.certified
    assert in_floats.payoffs == pytest.approx(prenucleolus(game).payoffs.astype(float), abs=1e-8)
    assert in_floats.total == pytest.approx(float(game.worths[-1]))


@settings(max_examples=20, deadline=None)
@given(exact_games(min_players=2, max_players=5))
def test_exact_and_float_runs_agree_on_imputations(game):
    """The grand coalition is made just rich enough for imputations, so that many players are held at their worth."""
    table = game.worths.copy()
    table[-1] = max(table[-1], sum(table[1 << np.arange(game.n)].tolist()) + 1)
    game = Game(game.players, table)
    in_floats = nucleolus(Game(game.players, table.astype(float)))
    assert not in_floats.certified
    assert in_floats.payoffs == pytest.approx(nucleolus(game).payoffs.astype(float), abs=1e-8)


@settings(max_examples=15, deadline=None)
@given(exact_games(min_players=2, max_players=4), st.sampled_from([1, 2]))
def test_programs_in_rationals_settle_the_same_payoffs(game, power):
    problem = problem_of(game, weights=lambda size: size**power)
    from coalitions.core.certificate import prove

    stages = solve_stages_exactly(problem, [])
    assert prove(problem, stages).payoffs == list(prenucleolus(game, weights=lambda size: size**power))


@settings(max_examples=15, deadline=None)
@given(small_games, st.randoms(use_true_random=False))
def test_names_do_not_matter(game, random):
    order = list(range(game.n))
    random.shuffle(order)
    table = [game.worths[sum(1 << order[i] for i in members_of(s))] for s in range(2**game.n)]
    renamed = Game([game.players[i] for i in order], np.array(table, object))
    assert prenucleolus(renamed).to_dict() == prenucleolus(game).to_dict()


@settings(max_examples=15, deadline=None)
@given(small_games)
def test_the_anti_prenucleolus_is_that_of_the_dual(game):
    assert list(anti_prenucleolus(game)) == list(prenucleolus(game.dual()))


@settings(max_examples=15, deadline=None)
@given(convex_games())
def test_stages_tell_the_excesses(game):
    found = nucleolus(game)
    excesses = game.worths - subset_sums(found.payoffs)
    for stage in found.stages:
        assert sum(stage.weights) == pytest.approx(1) if len(game.players) > 1 else True
        for names in stage.coalitions:
            mask = sum(1 << game.players.index(p) for p in names)
            assert excesses[mask] == pytest.approx(stage.level, abs=1e-7 * max(1, abs(game.worths).max()))
    assert [s.level for s in found.stages] == sorted((s.level for s in found.stages), reverse=True)


# --- the family
@settings(max_examples=15, deadline=None)
@given(convex_games(min_players=3, max_players=4))
def test_disruption_is_equally_spread_where_it_is_worst(game):
    found = disruption_nucleolus(game)
    x = found.payoffs
    propensities = {}
    for s in range(1, len(game) - 1):
        inside, rest = subset_sums(x)[s] - game.worths[s], subset_sums(x)[-1 - s] - game.worths[-1 - s]
        if inside + rest > 1e-9:
            propensities[s] = rest / inside if inside > 1e-12 else np.inf
    if found.stages and propensities:
        assert max(propensities.values()) == pytest.approx(-1 / found.stages[0].level - 1, rel=1e-6)


def test_disruption_by_hand():
    """Two players halve the gain; a dummy gets what it is worth alone."""
    assert list(disruption_nucleolus(Game("AB", [0, 1, 2, 7]))) == pytest.approx([3, 4])
    assert list(disruption_nucleolus(Game("ABC", [0, 1, 2, 7, 3, 4, 5, 10]))) == pytest.approx([3, 4, 3])


def test_proportional_by_hand():
    assert list(proportional_nucleolus(Game("AB", [0, 1, 3, 6]), certify=True)) == [Fraction(3, 2), Fraction(9, 2)]
    costs = Game("AB", [0, -4, -8, -9])
    assert list(proportional_nucleolus(costs)) == pytest.approx([-3, -6])


def test_weights_by_size_and_by_table_agree():
    rng = np.random.default_rng(5)
    game = Game(range(6), [0, *rng.integers(0, 50, 63)])
    by_table = [1, *(mask.bit_count() for mask in range(1, 64))]
    assert prenucleolus(game, weights=by_table).payoffs == pytest.approx(
        per_capita_prenucleolus(game).payoffs, abs=1e-9
    )
    proven = prenucleolus(game, weights=by_table, certify=True)
    assert list(proven) == list(per_capita_prenucleolus(game, certify=True))


def test_a_structure_of_one_block_and_of_single_players():
    game = Game("ABC", np.array([0, 1, 2, 9, 3, 9, 9, 20], object))
    assert list(prenucleolus(game, structure=[["A", "B", "C"]])) == list(prenucleolus(game))
    alone = prenucleolus(game, structure=[["A"], ["B"], ["C"]])
    assert list(alone) == [1, 2, 3]
    assert alone.stages == ()


def test_a_structure_shares_out_every_block():
    """By hand: A and B share 10; with C, A could make 6 and B only 2, so A gets more; C alone gets its 1."""
    game = Game("ABC", np.array([0, 0, 0, 10, 1, 6, 2, 10], object))
    found = prenucleolus(game, structure=[["A", "B"], ["C"]])
    assert found["A"] + found["B"] == 10
    assert found["C"] == 1
    assert list(found) == [7, 3, 1]


def test_only_the_coalitions_listed_count():
    game = Game("ABC", np.array([0, 0, 0, 8, 0, 0, 0, 9], object))
    singles = [["A"], ["B"], ["C"]]
    assert list(prenucleolus(game, coalitions=singles)) == [3, 3, 3]
    assert list(prenucleolus(game, coalitions=[*singles, ["A", "B"]])) == [
        Fraction(17, 4),
        Fraction(17, 4),
        Fraction(1, 2),
    ]
    every = [[p for i, p in enumerate("ABC") if s >> i & 1] for s in range(1, 8)]
    assert list(prenucleolus(game, coalitions=every)) == list(prenucleolus(game))


# --- closed forms
@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=6))
def test_airports(costs):
    airport = Airport(costs)
    for solve in (nucleolus, prenucleolus):
        quick = solve(airport)
        assert "Airport" in quick.method
        assert list(quick) == list(solve(airport, certify=True))


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=5), st.fractions(0, 1, max_denominator=20))
def test_bankruptcies(claims, share):
    estate = Bankruptcy(share * sum(claims), claims)
    for solve in (nucleolus, prenucleolus):
        assert list(solve(estate)) == list(solve(estate, certify=True))


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=10, max_size=10))
def test_induced_subgraphs(weights):
    pairs = [(i, j) for i in range(4) for j in range(i, 4)]
    web = InducedSubgraph([(i, j, w) for (i, j), w in zip(pairs, weights, strict=True)], range(4))
    assert list(prenucleolus(web)) == list(prenucleolus(web, certify=True))
    assume(sum(weights[k] for k, (i, j) in enumerate(pairs) if i != j) >= 0)
    assert list(nucleolus(web)) == pytest.approx([float(x) for x in nucleolus(web, certify=True)], abs=1e-8)


@pytest.mark.parametrize(("left", "right"), [(1, 1), (2, 2), (1, 3), (3, 2)])
def test_gloves(left, right):
    gloves = Glove(range(left), range(left, left + right), [*range(left + right), "nobody"])
    assert list(nucleolus(gloves)) == list(nucleolus(gloves, certify=True))


def test_closed_forms_need_no_table():
    assert nucleolus(Airport(range(1, 301))).total == -300
    assert sum(nucleolus(Bankruptcy(500, range(1, 101)))) == 500


# --- degenerate games
@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_worths_by_size_give_equal_payoffs(n):
    game = Game.from_function(range(n), lambda coalition: len(coalition) ** 2 - 3 * (len(coalition) == 2))
    expected = Fraction(int(game.worths[-1]), n)
    assert list(prenucleolus(game, certify=True)) == [expected] * n
    assert prenucleolus(game).payoffs == pytest.approx([float(expected)] * n)


@pytest.mark.parametrize(
    ("worths", "expected"),
    [
        ([0, 7], [7]),
        ([0, -2], [-2]),
        ([0, 1, 4, 9], [3, 6]),
        ([0, 5, 4, 1], [1, 0]),
        ([0] * 16, [0] * 4),
        ([0, -1, -1, -1, -1, -1, -1, -6], [-2, -2, -2]),
    ],
)
def test_small_and_empty_games(worths, expected):
    game = Game(range(len(expected)), worths)
    assert list(prenucleolus(game)) == pytest.approx(expected, abs=1e-12)
    assert list(prenucleolus(game, certify=True)) == expected


def test_additive_games_keep_their_payoffs():
    payoffs = np.array([1e6, -3.3, 0.1, 7.0])
    assert prenucleolus(Game.additive("ABCD", payoffs)).payoffs == pytest.approx(payoffs, abs=1e-9)


@pytest.mark.parametrize("solve", [nucleolus, prenucleolus])
def test_worths_of_very_different_size_are_not_lost(solve):
    """A beside B makes 1e9, C and D share what they make of billionths: in floats the second is rounding."""
    table = np.zeros(16)
    for s in range(16):
        table[s] = 1e9 * (s & 3 == 3) + 1e-9 * (s & 12 == 12) + 3e-9 * (s & 5 == 5)
    found = solve(Game("ABCD", table))
    assert found.certified
    assert found.payoffs.dtype == np.float64
    exact = [Fraction(w) for w in table.tolist()]
    assert list(solve(Game("ABCD", np.array(exact, object))).payoffs.astype(float)) == list(found)


def test_a_wrong_answer_is_never_given(monkeypatch):
    """With a scan that sees nothing the programs stop too early: caught, and solved otherwise or refused."""
    rng = np.random.default_rng(3)
    worths = np.floor(rng.random(1 << 6) * 100)
    worths[0] = 0
    expected = prenucleolus(Game(range(6), worths)).payoffs
    blind = lambda self, prices, count: (0.0, self.columns(np.zeros(0, np.int64)))  # noqa: E731
    monkeypatch.setattr(Everyone, "propose", blind)
    again = prenucleolus(Game(range(6), worths))
    assert again.certified
    assert again.payoffs == pytest.approx(expected)
    monkeypatch.setattr(import_module("coalitions.core.lexicographic"), "EXACT_PLAYERS", 5)
    with pytest.raises(SolverError, match="could not be proven"):
        prenucleolus(Game(range(6), worths))


# --- what comes in
def test_no_imputation():
    game = Game("AB", [0, 3, 4, 5])
    with pytest.raises(CoalitionError, match=r"alone 2\.0 more; use prenucleolus"):
        nucleolus(game)
    assert list(prenucleolus(game)) == pytest.approx([2, 3])
    with pytest.raises(CoalitionError, match=r"\('A', 'B'\) together are worth 5.0, alone 2.0 more"):
        nucleolus(Game("ABC", [0, 3, 4, 5, 0, 0, 0, 99]), structure=[["A", "B"], ["C"]])


def test_coalitions_that_leave_payoffs_open():
    game = Game("ABC", [0, 0, 0, 8, 0, 0, 0, 9])
    with pytest.raises(CoalitionError, match=r"payoffs of 'A', 'B': they can move in 1 direction "):
        prenucleolus(game, coalitions=[["A", "B"], ["C"]])
    with pytest.raises(CoalitionError, match=r"payoffs of 'A', 'B', 'C': they can move in 2 directions"):
        prenucleolus(game, coalitions=[["A"]])
    with pytest.raises(CoalitionError, match="2 directions"):
        prenucleolus(game, coalitions=[])
    with pytest.raises(CoalitionError, match="unknown player 'Z'"):
        prenucleolus(game, coalitions=[["Z"]])
    with pytest.raises(CoalitionError, match="in no block"):
        prenucleolus(game, structure=[["A"]])


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (lambda size: size - 1, "weight of size 1 is 0"),
        ([1, 2, 3], r"weights has shape \(3,\)"),
        ([1, 1, 1, -2, 1, 1, 1, 1], r"weight of \('A', 'B'\) is -2"),
        ([1, 1, 1, np.nan, 1, 1, 1, 1], r"weight of \('A', 'B'\) is nan"),
    ],
)
def test_weights_must_be_positive(weights, words):
    with pytest.raises(WorthError, match=words):
        prenucleolus(Game("ABC", range(8)), weights=weights)


def test_refusals_of_the_family():
    with pytest.raises(WorthError, match=r"worth of \('B',\) is 0 .* try per_capita_nucleolus"):
        proportional_nucleolus(Game("AB", [0, 1, 0, 4]))
    with pytest.raises(WorthError, match=r"\('A',\) and \('B',\) are worth 2\.0 more apart"):
        disruption_nucleolus(Game("AB", [0, 3, 3, 4]) - Game.additive("AB", [0, 0]))
    with pytest.raises(CoalitionError, match="alone"):
        anti_nucleolus(Game("AB", [0, 1, 1, 4]))
    sympy = pytest.importorskip("sympy")
    with pytest.raises(WorthError, match="symbol"):
        prenucleolus(Game("AB", [0, 0, 0, sympy.Symbol("a")]))


def test_every_solution_cites_its_sources():
    for solve in (*SOLUTIONS.values(), proportional_nucleolus, disruption_nucleolus, anti_nucleolus, anti_prenucleolus):
        assert references_of(solve)
        name = solve(Game("AB", [0, 2, 2, 4])).solution
        assert re.sub(r"\W+", "_", name) == solve.__name__


# --- parts
@given(st.integers(2, 6), st.data())
def test_a_span_is_the_linear_span(n, data):
    from coalitions.exact import rank

    masks = data.draw(st.lists(st.integers(1, 2**n - 1), max_size=n))
    span = Span(n, masks)
    rows = [[s >> i & 1 for i in range(n)] for s in masks]
    dimension = rank(rows) if rows else 0
    assert span.free == n - dimension
    everyone = np.arange(2**n)
    expected = [rank([*rows, [s >> i & 1 for i in range(n)]]) == dimension for s in everyone.tolist()]
    assert span.holds(everyone).tolist() == expected
    residues = span.residues(np.random.default_rng(0)).tolist()
    hashed = [sum(residues[i] for i in members_of(s)) % ((1 << 61) - 1) == 0 for s in everyone.tolist()]
    assert hashed == expected


def test_a_result_reads_well():
    found = prenucleolus(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1]), certify=True)
    assert isinstance(found, Nucleolus)
    assert repr(found).startswith("prenucleolus of 3 players, linear programs, certified in rational numbers, sum 1")
    assert found["A"] == Fraction(1, 3)
    assert POSITIVE < 1e-6
    assert issubclass(CertificateError, SolverError)
    assert solve_stages(problem_of(Game("A", [0, 3])), np.array([3.0])).stages == []
