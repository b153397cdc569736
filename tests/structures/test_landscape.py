"""coalitions/structures/landscape.py"""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import LABELS

from coalitions import CoalitionError, TooLargeError, WorthError
from coalitions.structures import Landscape

FIXTURE = Path(__file__).resolve().parents[3] / "shared" / "data" / "fixtures" / "landscape_syria_2016.json"


small = st.integers(-4, 4)


@st.composite
def landscapes(draw, numbers=small):
    n = draw(st.integers(1, 6))
    sizes = draw(st.lists(st.integers(1, 5), min_size=n, max_size=n))
    upper = [[draw(numbers) for _ in range(n)] for _ in range(n)]
    drawn = [[upper[min(i, j)][max(i, j)] for j in range(n)] for i in range(n)]
    return Landscape(LABELS[:n], sizes, drawn)


def configurations(land):
    """Every split in two, the first actor's camp as a tuple of labels."""
    for others in product([True, False], repeat=land.n - 1):
        yield tuple(p for p, inside in zip(land.players, (True, *others), strict=True) if inside)


def by_definition(land, camp):
    """The double sum over ordered pairs that stand apart."""
    apart = [(p in camp) for p in land.players]
    return sum(
        land.sizes[i] * land.sizes[j] * land.propensities[i, j]
        for i in range(land.n)
        for j in range(land.n)
        if apart[i] != apart[j]
    )


# --- published: R. Axelrod, A. Furnas, data of February 2016 on Syria, with the authors' own estimates
@pytest.mark.skipif(not FIXTURE.exists(), reason="../shared/data is not there")
@pytest.mark.parametrize("case", ["base", "weak_syria"])
def test_syria_2016(case):
    data = json.loads(FIXTURE.read_text())
    expected = data["cases"][case]
    drawn = [[0 if p is None else p - 3 for p in row] for row in data["propensity_1to5"]]
    land = Landscape(data["actors"], expected["strength"], drawn)
    found = land.minima()
    assert found.energies == (expected["energy"],)
    assert set(expected["side2"]) in map(set, found.camps[0])
    assert found.basins == (1.0,)
    lowest = np.sort(land.energies())
    assert lowest[1:5].tolist() == expected["next_lowest_energies"]
    assert len(lowest) == data["configurations"]


# --- laws
@given(landscapes() | landscapes(st.fractions(-3, 3, max_denominator=5)) | landscapes(st.floats(-2, 2, width=16)))
def test_energy_frustration_and_minima_are_what_they_are_defined_to_be(land):
    camps = list(configurations(land))
    energies = {camp: by_definition(land, camp) for camp in camps}
    assert sorted(map(float, land.energies())) == pytest.approx(sorted(map(float, energies.values())))
    minima = land.minima()
    stable = []
    for camp in camps:
        assert land.energy(camp) == pytest.approx(energies[camp])
        weighted = sum(s * f for s, f in zip(land.sizes, land.frustration(camp).values(), strict=True))
        assert float(weighted) == pytest.approx(float(energies[camp]))
        others = set(land.players) - set(camp)
        assert land.energy(others) == pytest.approx(energies[camp]), "the camps have no names"
        moved = [set(camp) ^ {player} for player in land.players]
        if all(by_definition(land, m) >= energies[camp] - 1e-9 for m in moved):
            stable.append(camp)
    assert {first for first, _ in minima.camps} == set(stable)
    assert list(minima.energies) == sorted(minima.energies)
    assert sum(minima.basins) == pytest.approx(1)


@given(landscapes())
def test_descents_end_where_the_basins_say(land):
    minima = land.minima()
    ends = dict.fromkeys(minima.camps, 0)
    for camp in configurations(land):
        path = land.descent(camp)
        assert path[0][0] == camp
        energies = [land.energy(first) for first, _ in path]
        assert all(later < earlier for earlier, later in pairwise(energies))
        ends[path[-1]] += 1
    assert [count / minima.configurations for count in ends.values()] == list(minima.basins)


def test_integers_stay_exact_however_large():
    land = Landscape("AB", [10**12, 10**12], [[0, 3], [3, 0]])
    assert land.energy("A") == 6 * 10**24
    assert land.minima().energies == (0,)
    assert Landscape("AB", [1, 2], [[0, Fraction(1, 3)], [Fraction(1, 3), 0]]).energy("A") == Fraction(4, 3)


def test_it_reads_as_lines_a_table_and_a_picture():
    drawn = [[0, -1, -1, 0], [-1, 0, -1, -1], [-1, -1, 0, 0], [0, -1, 0, 0]]
    minima = Landscape("ABCD", [3, 2, 2, 1], drawn).minima()
    assert repr(minima).splitlines()[1].split() == ["-28", "A", "D", "|", "B", "C", "basin", "87.5%"]
    assert minima.to_frame()["camp"].tolist() == [("A", "D"), ("A", "B")]
    assert "Axelrod" in minima.cite()[0]
    axes = minima.plot()
    assert axes.get_ylabel() == "basin (share of configurations)"
    assert len(axes.texts) == 2


# --- refusals
@pytest.mark.parametrize(
    ("sizes", "drawn", "words"),
    [
        ([1, 0], [[0, 1], [1, 0]], "size of 'B' is 0"),
        ([1, 1], [[0, 1], [2, 0]], "propensity of 'A' to 'B' is 1 and the other way 2"),
        ([1, 1], [[0, np.nan], [np.nan, 0]], "must be finite"),
    ],
)
def test_refuses_numbers_that_make_no_landscape(sizes, drawn, words):
    with pytest.raises(WorthError, match=words):
        Landscape("AB", sizes, drawn)


def test_other_refusals():
    with pytest.raises(CoalitionError, match=r"sizes have shape \(3,\)"):
        Landscape("AB", [1, 1, 1], np.zeros((2, 2)))
    with pytest.raises(CoalitionError, match="unknown player 'X'"):
        Landscape("AB", [1, 1], np.zeros((2, 2))).energy(["X"])
    large = Landscape(range(40), np.ones(40), np.ones((40, 40)))
    with pytest.raises(TooLargeError, match="descent"):
        large.minima()
    assert large.descent([0])[-1][1] == ()
