"""coalitions/report/figures.py, map.py and style.py"""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalitions.report.figures import figures
from coalitions.report.map import draw_plan, positions, squeezed
from coalitions.report.style import PALETTE, new_figure, shortened, spread, titled


@pytest.fixture(scope="module")
def drawn(small):
    return figures(small)


def test_four_figures_in_both_formats(drawn):
    assert [each.name for each in drawn] == ["plan", "shares", "sweet_spot", "validation", "holdout"]
    for each in drawn:
        root = ET.fromstring(each.svg)
        assert root.tag.endswith("svg")
        assert each.pdf.startswith(b"%PDF")
        assert each.finding
        assert each.caption.endswith(".")


def test_the_same_bytes_every_time_and_no_date(drawn, small):
    again = figures(small)
    for one, other in zip(drawn, again, strict=True):
        assert one.svg == other.svg
        assert one.pdf == other.pdf
        assert b"CreationDate" not in one.pdf
        assert b"<dc:date>" not in one.svg


def test_ids_that_are_referred_to_differ_between_figures(drawn):
    clips = [{e.get("id") for e in ET.fromstring(each.svg).iter() if e.tag.endswith("clipPath")} for each in drawn]
    assert any(clips)
    for one, other in combinations(clips, 2):
        assert not one & other


def test_no_window_system_and_no_trace_in_the_settings(small):
    before = dict(mpl.rcParams)
    figures(small)
    assert dict(mpl.rcParams) == before
    code = "import sys, coalitions.report.figures, coalitions.report.map; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_region_is_not_cut_at_the_date_line(region):
    places = dict(zip(region.states, positions(region), strict=True))
    assert places["GBR"][0] < places["IND"][0] < places["JPN"][0] < places["FJI"][0] < places["USA"][0]
    longitudes = np.array([place[0] for place in places.values()])
    assert longitudes.max() - longitudes.min() < 300
    assert places["AUS"][1] < 0 < places["JPN"][1]


def test_a_region_without_places_is_cut_in_the_widest_ocean(world):
    order = world.region
    assert all(interest.anchor is None for interest in order.interests)
    places = dict(zip(order.states, positions(order), strict=True))
    assert places["USA"][0] < places["GBR"][0] < places["IND"][0] < places["JPN"][0] < places["NZL"][0]
    _, finding, _ = draw_plan(world)
    assert "groups" in finding


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=2, max_size=9, unique=True))
def test_squeezing_keeps_the_order_and_draws_far_places_nearer(places):
    before = np.array(places)
    after = squeezed(before)
    for axis in (0, 1):
        order = np.argsort(before[:, axis], kind="stable")
        assert (np.diff(after[order, axis]) >= -1e-9).all()
    assert (np.ptp(after, axis=0) <= np.ptp(before, axis=0) + 1e-9).all()
    assert np.allclose(np.median(after, axis=0), np.median(before, axis=0)) or len(before) % 2 == 0


def test_no_test_no_figure_of_it(world):
    assert world.validation is None
    assert [each.name for each in figures(world)] == ["plan", "shares", "sweet_spot"]


def test_no_name_on_the_map_hides_another(small, region):
    figure, _, _ = draw_plan(small)
    figure.canvas.draw()
    axes = figure.axes[0]
    names = [text for text in axes.texts if text.get_text() in region.states]
    assert len(names) == len(region.states)
    boxes = [(text.get_text(), text.get_window_extent().shrunk(0.9, 0.8)) for text in names]
    hidden = [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]
    assert hidden == []
    frame = axes.get_window_extent()
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for _, box in boxes)


def test_titles_state_the_finding(drawn, small):
    finding = {each.name: each.finding for each in drawn}
    peak = max(small.best_by_size, key=lambda e: e.worth)
    assert f"worth most with {peak.size} members" in finding["sweet_spot"]
    ranks = small.validation.forecast.ranks
    assert f"{float(np.median(ranks.share)):.0%}" in finding["holdout"]
    assert f"above {ranks.mean:.0%} of their one-member swaps" in finding["validation"]
    assert f"{len(small.validation.comparison.behind)} of 2 simpler rules" in finding["validation"]
    assert "Of 4 groups" in finding["plan"]


def test_colours_are_different():
    assert len(set(PALETTE)) == len(PALETTE)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=12))
def test_labels_keep_apart_and_in_order(positions):
    placed = spread(positions, 1.0)
    order = np.argsort(positions, kind="stable")
    assert (np.diff(np.array(placed)[order]) >= 1.0 - 1e-9).all()
    assert sum(placed) == pytest.approx(sum(positions), abs=1e-6)  # nobody is pushed to one side


@given(st.text("ab ", min_size=1, max_size=60), st.integers(8, 40))
def test_shortened_names_fit(text, most):
    assert len(shortened(text, most)) <= most or text == shortened(text, most)


def test_long_titles_wrap_and_leave_room(small):
    short, long = titled(new_figure(4), "short", "s"), titled(new_figure(4), "long " * 40, "s")
    assert long < short < 1
