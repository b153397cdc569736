from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from family_cases import one_by_one
from hypothesis import given
from hypothesis import strategies as st
from strategies import fractions

from coalitions import CoalitionError, WorthError, banzhaf_value, shapley_value
from coalitions.families.mc_nets import MCNet, mc_net_banzhaf, mc_net_shapley, read_mc_net, write_mc_net


@st.composite
def nets(draw, worths=fractions, labels=tuple(range(5))):
    rules = []
    for _ in range(draw(st.integers(0, 6))):
        roles = [draw(st.sampled_from(("in", "out", "free"))) for _ in labels]
        roles[draw(st.integers(0, len(labels) - 1))] = "in"
        sides = [[p for p, role in zip(labels, roles, strict=True) if role == side] for side in ("in", "out")]
        rules.append((*sides, draw(worths)))
    return MCNet(rules, labels)


@given(nets())
def test_nets_agree_with_the_table(net):
    exact = one_by_one(net)
    assert np.array_equal(net.to_game().worths, exact.worths)
    assert mc_net_shapley(net) == list(shapley_value(exact))
    assert mc_net_banzhaf(net) == list(banzhaf_value(exact))


def test_formulas_come_out_where_symbols_go_in():
    a, b = sympy.symbols("a b")
    net = MCNet([("A", "B", a), (("A", "B"), (), b)])
    dense = shapley_value(net.to_game())
    assert [sympy.expand(x - y) for x, y in zip(mc_net_shapley(net), dense, strict=True)] == [0, 0]


odd_labels = st.one_of(
    st.integers(-9, 99), st.text(max_size=6), st.sampled_from(["A", "#", '"', "a->b", "7", "¬x", "\\"])
)


@given(st.data())
def test_a_net_survives_its_file(tmp_path_factory, data):
    labels = tuple(data.draw(st.lists(odd_labels, min_size=1, max_size=4, unique=True)))
    kind = data.draw(
        st.sampled_from((st.integers(-(10**20), 10**20), st.fractions(max_denominator=99), st.floats(-9, 9)))
    )
    net = data.draw(nets(worths=kind, labels=labels))
    path = tmp_path_factory.mktemp("nets") / "net.txt"
    write_mc_net(net, path)
    back = read_mc_net(path)
    assert back == net
    assert [type(w) for *_, w in back.rules] == [type(w) for *_, w in net.rules]


def test_a_net_of_another_hand_is_read(tmp_path):
    path = tmp_path / "net.txt"
    path.write_text('# pacts\nAUS ∧ JPN → 5\n\n"new zealand" & !AUS & ! JPN->-1/2 # alone\n', encoding="utf-8")
    net = read_mc_net(path)
    assert net.players == ("AUS", "JPN", "new zealand")
    assert net["AUS", "JPN"] == 5
    assert net["new zealand"] == Fraction(-1, 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A & B = 3", r"line 1 \('A & B = 3'\) is no rule"),
        ("A -> 1\nA & -> 3", r"line 2 .* ends without a player"),
        ("A B -> 3", "'B' is out of place"),
        ("A & !!B -> 3", "'!' is out of place"),
        ("A -> x", "'x' is not a number"),
        ("A -> 1/0", "'1/0' is not a number"),
        ("A -> nan", "worth in line 1 .* is nan"),
        ("!A -> 2", "rule 0 names no player that must be in"),
        ("A & !A -> 2", r"rule 0 wants \('A',\) both in and out"),
        ("players: A, B\nA & C -> 2", "unknown player 'C'"),
        ("A -> 2\nplayers: A", "line 2 .* before the rules"),
        ("players: A B\nA -> 2", "commas between them"),
        ('"A -> 2', "quotation mark"),
        ("", "no players"),
    ],
)
def test_files_that_are_no_nets(tmp_path, text, words):
    path = tmp_path / "net.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises((CoalitionError, WorthError), match=words):
        read_mc_net(path)


def test_a_file_cannot_hold_symbols_or_pairs(tmp_path):
    with pytest.raises(WorthError, match="worth of rule 0 is x"):
        write_mc_net(MCNet([("A", (), sympy.Symbol("x"))]), tmp_path / "net.txt")
    with pytest.raises(CoalitionError, match=r"player \(1, 2\) is neither a string nor an integer"):
        write_mc_net(MCNet([([(1, 2)], (), 1)]), tmp_path / "net.txt")


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: MCNet([((), "A", 1)]), CoalitionError, "rule 0 names no player that must be in"),
        (lambda: MCNet([("A", (), math.nan)]), WorthError, "worth of rule 0 is nan"),
        (lambda: MCNet([("A", (), 0.5), ("A", (), Fraction(1, 3))]), WorthError, "mix the float 0.5"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make()
