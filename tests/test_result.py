"""coalitions/result.py, and what every result makes of it."""

from __future__ import annotations

import re
from fractions import Fraction
from importlib import import_module

import matplotlib.pyplot as plt
import numpy as np
import pytest
import sympy

from coalitions import (
    CoalitionError,
    FunctionGame,
    Game,
    WeightedVotingGame,
    candidates,
    core,
    estimate,
    form,
    harsanyi_dividends,
    optimal_structure,
    shapley_interaction,
    shapley_shubik_index,
    shapley_taylor,
    shapley_value,
)
from coalitions.result import Result
from coalitions.sources import function_named, references_of
from coalitions.values import binomial_semivalue, k_shapley_interaction

PACT = Game(("A_1", "B", "C"), [0, 1, 1, 5, 1, 2, 3, 5])
STRENGTH = np.array([4.0, 3.0, 2.0, 1.0])
POOL = candidates("ABCD", lambda members, objective: STRENGTH[members].sum(axis=1) - 3, max_size=3)
RESULTS = {
    "shapley_value": shapley_value(PACT),
    "harsanyi_dividends": harsanyi_dividends(PACT),
    "shapley_interaction": shapley_interaction(PACT),
    "shapley_taylor": shapley_taylor(PACT, order=2),
    "k_shapley_interaction": k_shapley_interaction(PACT, order=2),
    "binomial_semivalue": binomial_semivalue(PACT, probability=Fraction(1, 3)),
    "optimal_structure": optimal_structure(PACT),
    "form": form(POOL),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_shows_itself_and_names_its_sources(name):
    found = RESULTS[name]
    assert isinstance(found, Result)
    assert not found.to_frame().empty
    assert repr(found).splitlines()[0] == found._headline()
    html = found._repr_html_()
    assert html.count("<caption>") == html.count("<tr") - len(found._shown()) == 1
    assert "\\toprule" in found.to_latex()
    assert found.cite() == references_of(function_named(name.replace("_", " "))) != ()
    axes = found.plot()
    assert axes.get_title()
    plt.close(axes.figure)


def test_latex_is_escaped_in_cells_and_caption():
    latex = estimate(PACT, budget=40, rng=1).to_latex()
    assert "95\\% intervals" in latex
    assert "A\\_1" in latex
    assert "A, B" in optimal_structure(Game("ABC", [0, 1, 1, 5, 1, 2, 3, 5])).to_latex()


def test_a_notebook_shows_the_largest_of_many():
    game = Game(range(8), np.arange(256.0) ** 1.5)
    html = harsanyi_dividends(game)._repr_html_()
    assert 50 < html.count("<tr") < 70
    assert "0, 1, 2, 3, 4, 5, 6, 7" not in html
    assert "255 coalitions of 8 players" in html


def test_words_of_a_name_lead_to_the_function():
    assert function_named("core payoff") is core
    assert function_named("Shapley value") is shapley_value
    assert function_named("Dutta-Ray solution").__name__ == "dutta_ray"
    assert function_named("optimal") is None
    assert function_named("") is None


@pytest.mark.parametrize("room", ["values", "structures", "formation", "families"])
def test_references_stand_by_themselves(room):
    """What ``cite`` gives is read away from the docstring it stands in."""
    module = import_module(f"coalitions.{room}")
    listed = [(name, entry) for name in module.__all__ for entry in references_of(getattr(module, name))]
    assert listed
    for name, entry in listed:
        assert re.match(r"[A-Z]", entry), name
        assert re.search(r"\(\d{4}\), \w|\barXiv\b", entry), (name, entry)
        assert "as for" not in entry, name


def test_explanations_are_true():
    assert optimal_structure(PACT).explain().splitlines()[:3] == [
        "A_1, B together make 5.",
        "C alone makes 1.",
        "No structure of the 3 players makes more than 6.",
    ]
    unstable = optimal_structure(Game("ABC", [0, 0, 0, 2, 0, 2, 2, 2])).explain()
    assert "some coalition would do better by itself: to content all takes 1 more" in unstable
    plan = form(POOL, groups=1).explain().splitlines()
    assert plan[0] == "A-B-C makes 6: A gains 2, B gains 2, C gains 2."
    assert plan[1] == "No plan within the rules makes more than 6."
    words = harsanyi_dividends(Game("AB", [0, 3, 2, 1])).explain()
    assert "A, B together count -4: they replace each other." in words
    symbolic = harsanyi_dividends(Game("AB", [0, *sympy.symbols("a b c")])).explain()
    assert "A, B together count -a - b + c." in symbolic


def test_an_allocation_explains_itself_against_any_representation():
    body = WeightedVotingGame({"A": 50, "B": 49, "C": 1}, 51)
    words = shapley_shubik_index(body).explain(body).splitlines()
    assert words[0] == (
        "The Shapley-Shubik index gives A 2/3 (66.7% of 1): alone A is worth 0, and it adds 1 to the others."
    )
    assert words[-1] == "A, B would do better by 0.166667 without the others."
    large = FunctionGame(range(40), lambda coalition: len(coalition) ** 2)
    sampled = estimate(large, budget=400, rng=1)
    assert len(sampled.explain(large).splitlines()) == 41
    assert sampled.explain().splitlines()[-1] == "The 95% intervals rest on 399 worths."
    with pytest.raises(CoalitionError, match="the allocation is for"):
        shapley_value(PACT).explain(Game("AB", [0, 1, 2, 3]))
