"""coalitions/core/least.py: measures, structures, restricted objections, exact answers"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known import cases, number
from scipy.optimize import linprog
from strategies import exact_games, games

from coalitions import CoalitionError, Game, WorthError, core, cost_of_stability, least_core
from coalitions.core.demands import demands_of
from coalitions.core.linear import Solved, cheapest
from coalitions.core.restricted import strong_epsilon_core, weak_epsilon_core
from coalitions.errors import ChoiceError

MAJORITY = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])


def by_one_program(game, *, structure=None, objectors=None, weights=None):
    """Minimise epsilon with all rows at once, by another solver's interface; None where there is no least."""
    n = game.n
    worths = game.worths.astype(float)
    position = {player: i for i, player in enumerate(game.players)}
    mask_of = lambda s: sum(1 << position[i] for i in s)  # noqa: E731
    blocks = [len(worths) - 1] if structure is None else [mask_of(b) for b in structure]
    masks = range(1, len(worths)) if objectors is None else [mask_of(s) for s in objectors]
    masks = np.array([m for m in masks if m not in blocks], int)
    bits = lambda m: (np.asarray(m)[:, None] >> np.arange(n) & 1).astype(float)  # noqa: E731
    unit = {None: np.ones(len(masks)), "size": bits(masks).sum(axis=1), "worth": worths[masks]}[weights]
    found = linprog(
        [0] * n + [1],
        A_ub=np.hstack((-bits(masks), -unit[:, None])) if len(masks) else None,
        b_ub=-worths[masks] if len(masks) else None,
        A_eq=np.hstack((bits(blocks), np.zeros((len(blocks), 1)))),
        b_eq=worths[blocks],
        bounds=[(None, None)] * (n + 1),
    )
    return found.fun if found.status == 0 else None


@st.composite
def partitions(draw, players):
    colours = [draw(st.integers(0, len(players) - 1)) for _ in players]
    return [tuple(p for p, c in zip(players, colours, strict=True) if c == colour) for colour in sorted(set(colours))]


@st.composite
def questions(draw):
    """A game, a structure or none, some objectors or all."""
    game = draw(games(st.fractions(0, 20, max_denominator=3), min_players=2, max_players=4))
    structure = draw(st.none() | partitions(game.players))
    coalitions = list(game.to_dict())
    objectors = draw(st.none() | st.lists(st.sampled_from(coalitions), unique=True, max_size=8))
    return game, structure, objectors


# --- agreement
@settings(max_examples=40)
@given(questions(), st.sampled_from([None, "size", "worth"]))
def test_every_variant_agrees_with_one_program(question, weights):
    game, structure, objectors = question
    blocks = structure or [game.players]
    if weights == "worth" and any(game[b] == 0 for b in blocks):
        with pytest.raises(WorthError, match="divides it"):
            least_core(game, structure=structure, coalitions=objectors, weights=weights)
        return
    found = least_core(game, structure=structure, coalitions=objectors, weights=weights)
    expected = by_one_program(game, structure=structure, objectors=objectors, weights=weights)
    if expected is None or (weights == "worth" and found.epsilon == -math.inf):
        assert found.epsilon == -math.inf
        assert expected is None or expected < -1e6
    else:
        assert float(found.epsilon) == pytest.approx(expected, abs=1e-7)
        assert isinstance(found.epsilon, Fraction)
        assert found.gap == 0
    for block in blocks:
        assert sum(found.point[i] for i in block) == game[block]


@settings(max_examples=40)
@given(questions(), st.sampled_from([None, "size", "worth"]))
def test_floats_agree_with_fractions_and_the_point_attains_epsilon(question, weights):
    game, structure, objectors = question
    blocks = structure or [game.players]
    if weights == "worth" and any(game[b] == 0 for b in blocks):
        return
    options = {"structure": structure, "coalitions": objectors, "weights": weights}
    exact, rounded = least_core(game, **options), least_core(Game(game.players, game.worths.astype(float)), **options)
    if exact.epsilon == -math.inf:
        assert rounded.epsilon == -math.inf
        return
    assert rounded.epsilon == pytest.approx(float(exact.epsilon), abs=1e-7)
    assert rounded.gap <= 1e-6
    for found in (exact, rounded):
        measured = []
        for s in objectors if objectors is not None else list(game.to_dict()):
            unit = {None: 1, "size": len(s), "worth": game[s]}[weights]
            if s not in blocks and unit:
                measured.append((game[s] - sum(found.point[i] for i in s)) / unit)
        assert max(measured) == pytest.approx(found.epsilon, abs=1e-7)
    for coalition, weight in zip(exact.coalitions, exact.weights, strict=True):
        assert weight > 0
        unit = {None: 1, "size": len(coalition), "worth": game[coalition] * (1 - exact.epsilon)}[weights]
        assert game[coalition] - sum(exact.point[i] for i in coalition) == exact.epsilon * (
            game[coalition] if weights == "worth" else unit
        )
    total = {None: 1, "size": 1, "worth": 1 - exact.epsilon}[weights]
    measure = {None: lambda s: 1, "size": len, "worth": lambda s: game[s]}[weights]
    assert sum(w * measure(s) for s, w in zip(exact.coalitions, exact.weights, strict=True)) == total


@pytest.mark.parametrize(("game", "expected"), cases("nuc", "percapita_nucleolus"))
def test_the_per_capita_nucleolus_attains_the_per_capita_least_core(game, expected):
    x = [number(share) for share in expected["percapita_nucleolus"]]
    worst = max(
        (worth - sum(x[i] for i in s)) / Fraction(len(s)) for s, worth in game.to_dict().items() if len(s) < game.n
    )
    assert least_core(game, weights="size").epsilon == worst


# --- laws
@settings(max_examples=25)
@given(exact_games(min_players=2))
def test_epsilon_is_not_positive_exactly_when_the_core_is_not_empty(game):
    empty = core(game).is_empty
    epsilon = least_core(game).epsilon
    assert (epsilon > 0) == empty
    assert (least_core(game, weights="size").epsilon > 0) == empty
    assert (cost_of_stability(game).subsidy > 0) == empty
    if empty:
        assert least_core(game, weights="size").epsilon * game.n == cost_of_stability(game).subsidy


@settings(max_examples=25)
@given(exact_games(min_players=2))
def test_the_core_fills_and_empties_at_epsilon(game):
    epsilon = least_core(game).epsilon
    assert not strong_epsilon_core(game, epsilon).is_empty
    assert strong_epsilon_core(game, epsilon - Fraction(1, 1000)).is_empty
    epsilon = least_core(game, weights="size").epsilon
    assert not weak_epsilon_core(game, epsilon).is_empty
    assert weak_epsilon_core(game, epsilon - Fraction(1, 1000)).is_empty


@settings(max_examples=25)
@given(exact_games(min_players=2), st.fractions(1, 9, max_denominator=4), st.lists(st.integers(-9, 9), min_size=5))
def test_scaling_and_translation(game, factor, shift):
    moved = game * factor + Game.additive(game.players, np.array(list(map(Fraction, shift[: game.n])), object))
    assert least_core(moved).epsilon == factor * least_core(game).epsilon
    assert least_core(moved, weights="size").epsilon == factor * least_core(game, weights="size").epsilon
    assert cost_of_stability(moved).subsidy == factor * cost_of_stability(game).subsidy


@settings(max_examples=25)
@given(exact_games(min_players=2))
def test_the_subsidy_is_enough_and_no_more_exactly(game):
    found = cost_of_stability(game)
    assert found.gap == 0
    table = game.worths.copy()
    table[-1] += found.subsidy
    assert not core(Game(game.players, table)).is_empty
    if found.subsidy:
        table[-1] -= Fraction(1, 10**6)
        assert core(Game(game.players, table)).is_empty
        assert found.ratio != found.ratio or found.ratio == table[-1] / game.worths[-1] + Fraction(1, 10**6) / Fraction(
            game.worths[-1]
        )


@settings(max_examples=40)
@given(questions())
def test_fewer_objectors_cost_less(question):
    game, structure, objectors = question
    everybody = cost_of_stability(game, structure=structure)
    some = cost_of_stability(game, structure=structure, coalitions=objectors)
    assert 0 <= some.subsidy <= everybody.subsidy
    if objectors is not None:
        paid = some.point
        assert all(sum(paid[i] for i in s) >= game[s] for s in objectors)
        rest = [s for s in game.to_dict() if s not in objectors]
        assert cost_of_stability(game, structure=structure, forbidden=rest).subsidy == some.subsidy


@settings(max_examples=25)
@given(exact_games(min_players=2), st.data())
def test_a_relative_least_core_is_a_relative_cost_of_stability(game, data):
    positive = Game(game.players, abs(game.worths))
    if positive.worths[-1] == 0 or not core(positive).is_empty:
        return
    assert 1 / (1 - least_core(positive, weights="worth").epsilon) == cost_of_stability(positive).ratio


def test_a_wrong_start_does_not_spoil_the_certificate():
    """Coalitions whose weights would have to be negative, and prices from nowhere: the scan and the signs find out."""
    program = cheapest(demands_of(MAJORITY))
    for keys in ([3, 6, 2], [3, 5, 6, 1], [1, 2, 4], [-1]):
        for stop in (None, Fraction(1)):
            found = program.certify(Solved(2.0, [0.3, 0.1, 0.6], keys, [1.0] * len(keys), 0.0), stop_above=stop)
            assert found.value == Fraction(3, 2)
            assert all(weight > 0 for weight in found.weights)


# --- edges and words
def test_room_makes_epsilon_negative():
    """Elsewhere the sign is turned, or the empty and the grand coalition hold epsilon at 0."""
    roomy = Game("ABC", np.array([0, 0, 0, 0, 0, 0, 0, Fraction(9)], object))
    assert least_core(roomy).epsilon == -3
    assert least_core(roomy, weights="size").epsilon == -3
    assert least_core(Game("ABC", [0, 1, 1, 2, 1, 2, 2, 6]), weights="worth").epsilon == pytest.approx(-1)


def test_majority_by_hand():
    assert least_core(MAJORITY, certify=True).epsilon == Fraction(1, 3)
    assert least_core(MAJORITY, weights="worth", certify=True).epsilon == Fraction(1, 3)
    found = least_core(MAJORITY, structure=[("A", "B"), ("C",)], certify=True)
    assert found.epsilon == Fraction(1, 2)
    assert found.point.to_dict() == {"A": Fraction(1, 2), "B": Fraction(1, 2), "C": 0}
    assert found.coalitions == (("A", "C"), ("B", "C"))
    assert cost_of_stability(MAJORITY, coalitions=[("A", "B"), ("A", "C")]).subsidy == 0
    assert cost_of_stability(MAJORITY, certify=True).ratio == Fraction(3, 2)
    assert math.isnan(cost_of_stability(Game("AB", [0, 1, 1, 0])).ratio)


@pytest.mark.parametrize("weights", [None, "size"])
def test_nobody_can_be_made_to_object(weights):
    for game in (Game("A", [0, 3]), Game("A", np.array([0, Fraction(3)], object))):
        assert least_core(game, weights=weights).epsilon == -math.inf
        assert least_core(game, weights=weights).point["A"] == 3
    found = least_core(Game("ABC", [0, 5, 0, 0, 0, 0, 0, 9]), coalitions=["A"], weights=weights)
    assert found.epsilon == -math.inf
    assert found.coalitions == ()
    assert found.point["A"] >= 5
    assert "as low as one likes" in repr(found)


def test_results_read_as_sentences():
    assert repr(least_core(MAJORITY, weights="size", certify=True)).splitlines()[:2] == [
        "least core, epsilon 1/6 (excess per member), set by",
        "     1/6  A B",
    ]
    assert repr(cost_of_stability(MAJORITY)).startswith("cost of stability 0.5 (50.0% on top); with it")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"weights": "sizes"}, ChoiceError, "weights is 'sizes'"),
        ({"structure": [("A",), ("B",)]}, CoalitionError, "'C',. are in no block"),
        ({"coalitions": [("A", "D")]}, CoalitionError, "unknown player 'D'"),
        ({"coalitions": [()]}, CoalitionError, "the empty coalition is listed"),
        ({"coalitions": ["A"], "forbidden": ["B"]}, CoalitionError, "not both"),
    ],
)
def test_refusals(options, error, words):
    with pytest.raises(error, match=words):
        least_core(MAJORITY, **options)


def test_shares_of_negative_worths_are_refused():
    with pytest.raises(WorthError, match=r"worth of \('B',\) is -1.0, of which there is no share"):
        least_core(Game("AB", [0, 1, -1, 5]), weights="worth")
    with pytest.raises(WorthError, match="divides it, which leaves no shares"):
        least_core(Game("AB", [0, 1, 1, 0]), weights="worth")


def test_sizes_many_times_apart():
    """Worths of 1e-9 beside 1e9: the certificate tells what floats cannot."""
    game = Game("ABC", [0, 0, 0, 1e-9, 0, 1e-9, 1e-9, 1e9])
    assert core(game, certify=True).point.total == 10**9
    assert least_core(game, certify=True).epsilon == pytest.approx(-1e9 / 3)
    tight = Game("ABC", [0, 1e9, 0, 1e9, 0, 1e9, 1e-9, 1e9])
    assert core(tight, certify=True).is_empty
    assert least_core(tight, certify=True).epsilon == pytest.approx(5e-10)
    assert float(core(tight, certify=True).margin) == 1e-9
