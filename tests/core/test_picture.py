"""coalitions/core/picture.py: what is drawn, read off the axes."""

from __future__ import annotations

from fractions import Fraction

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from coalitions import CoalitionError, Game, shapley_value
from coalitions.core.picture import plot_core
from coalitions.errors import EmptyCoreError

PACT = Game(["AUS", "JPN", "USA"], [0, 0, 0, 2, 0, 4, 6, 12])
FOUR = Game("ABCD", [0, 0, 0, 1, 0, 2, 3, 3, 0, 2, 0, 4, 2, 4, 3, 8])


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    plt.close("all")


def words(axes):
    return [text.get_text() for text in axes.texts]


def area(corners):
    x, y = np.asarray(corners).T
    return abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2


def test_the_hexagon_takes_its_share_of_the_triangle():
    axes = plot_core(PACT)
    (polygon,) = axes.patches
    assert area(polygon.get_xy()[:-1]) / (np.sqrt(3) / 4) == pytest.approx(44 / 72)
    assert words(axes) == ["AUS\n12", "JPN\n12", "USA\n12", "JPN, USA: 6", "AUS, USA: 4", "AUS, JPN: 2"]
    assert axes.get_title() == "Core within the imputations"
    assert axes.get_legend() is None


def test_a_pair_gets_its_worth_along_its_line():
    """JPN and USA get 6 where AUS gets 6 of 12: halfway between the corner of AUS and the other side."""
    lines = [line.get_xydata() for line in plot_core(PACT).lines if line.get_linestyle() == "--"]
    heights = np.array([[0, 0], [1, 0], [0.5, np.sqrt(3) / 2]])
    for k, (line, kept) in enumerate(zip(lines, (6, 8, 10), strict=True)):
        others = heights[(k + 1) % 3] - heights[(k + 2) % 3]
        across = np.array([-others[1], others[0]])
        share = (line - heights[(k + 1) % 3]) @ across / ((heights[k] - heights[(k + 1) % 3]) @ across)
        assert share == pytest.approx([kept / 12, kept / 12])


def test_points_stand_where_their_shares_put_them():
    axes = plot_core(PACT, points={"everything to USA": [0, 0, 12], "even": {"AUS": 4, "JPN": 4, "USA": 4}})
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["everything to USA (0, 0, 12)", "even (4, 4, 4)"]
    marks = {line.get_label(): line.get_xydata()[0] for line in axes.lines}
    assert marks[labels[0]] == pytest.approx([0.5, np.sqrt(3) / 2])
    assert marks[labels[1]] == pytest.approx([0.5, np.sqrt(3) / 6])
    one = plot_core(PACT, points=shapley_value(PACT))
    assert one.get_legend().get_texts()[0].get_text() == "Shapley value (3, 4, 5)"


def test_every_vertex_of_the_tetrahedron_picture_is_on_a_face():
    axes = plot_core(FOUR, points=[shapley_value(FOUR)])
    assert axes.name == "3d"
    assert words(axes) == ["A\n8", "B\n8", "C\n8", "D\n8"]
    faces = [face for face in axes.collections if type(face).__name__ == "Poly3DCollection"]
    assert len(faces) >= 4
    axes.figure.canvas.draw()


@pytest.mark.parametrize("n", [3, 4])
def test_flat_cores_are_drawn(n):
    pairs = Game(range(n), [sum(x for s, x in ((3, 4), (12, 6)) if m & s == s) for m in range(1 << n)])
    glove = np.array([min((m & 1), (m >> 1).bit_count()) for m in range(1 << n)], object)
    for game in (pairs, Game(range(n), glove)):
        axes = plot_core(game)
        axes.figure.canvas.draw()
        assert axes.get_title() != "The core is empty"


def test_an_empty_core_is_said_to_be_empty():
    axes = plot_core(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1]))
    assert axes.get_title() == "The core is empty"
    assert axes.get_legend().get_texts()[0].get_text() == "least core (0.333333, 0.333333, 0.333333)"
    assert not axes.patches


def test_a_single_imputation_and_exact_worths():
    axes = plot_core(Game("ABC", [0, 1, 2, 3, 3, 4, 5, 6]))
    assert axes.get_title() == "The only imputation is the core"
    assert words(axes) == ["A", "B", "C"]
    exact = plot_core(Game("ABC", np.array([Fraction(x) for x in PACT.worths], object)))
    assert len(exact.patches) == 1


def test_it_draws_where_it_is_told():
    _, axes = plt.subplots()
    assert plot_core(PACT, ax=axes) is axes
    space = plt.figure().add_subplot(projection="3d")
    assert plot_core(FOUR, ax=space) is space


def test_refusals():
    with pytest.raises(CoalitionError, match="the game has 2 players; plot_core draws 3 or 4"):
        plot_core(Game("AB", [0, 0, 0, 1]))
    with pytest.raises(CoalitionError, match="four players need axes in space"):
        plot_core(FOUR, ax=plt.subplots()[1])
    with pytest.raises(CoalitionError, match="points are Allocations, or a mapping"):
        plot_core(PACT, points=[[1, 2, 3]])
    with pytest.raises(CoalitionError, match="points are Allocations, or a mapping"):
        plot_core(PACT, points=5)
    with pytest.raises(CoalitionError, match="2 payoffs for 3 players"):
        plot_core(PACT, points={"x": [1, 2]})
    with pytest.raises(EmptyCoreError, match="the players alone are worth 9, v\\(N\\) is 6"):
        plot_core(Game("ABC", [0, 3, 3, 6, 3, 6, 6, 6]))
