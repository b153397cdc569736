"""coalitions/formation/sweet_spot.py: the closed form, and the definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import pools

from coalitions import CoalitionError, InfeasibleFormation, candidates, form
from coalitions.formation import sweet_spot, with_and_without


@settings(max_examples=40)
@given(st.floats(1, 20), st.floats(0.5, 2), st.floats(0.5, 20), st.floats(0.2, 1.0))
def test_like_members_have_their_sweet_spot_in_closed_form(stake, strength, threat, cost):
    """u(k) = V k a / (k a + T) - g k is largest at k* = (sqrt(V a T / g) - T) / a, or at a neighbour of it."""

    def each(k):
        return stake * k * strength / (k * strength + threat) - cost * k

    def payoff(members, objective):
        return np.full(members.shape, each(members.shape[1]))

    found = sweet_spot(candidates(range(9), payoff, max_size=9), plans=False)
    peak = (np.sqrt(stake * strength * threat / cost) - threat) / strength
    near = {int(np.clip(np.floor(peak), 2, 9)), int(np.clip(np.ceil(peak), 2, 9))}
    assert each(found.size_per_member) == pytest.approx(max(map(each, near)))
    assert each(found.size_per_member) >= max(map(each, range(2, 10))) - 1e-12


def test_the_published_numbers_of_the_closed_form():
    """V = 10, a = 1, g = 0.5: 3.47 members at T = 1, 5 at T = 5, 2.32 at T = 15."""
    for threat, sizes in ((1, {3, 4}), (5, {5}), (15, {2, 3})):

        def payoff(members, objective, threat=threat):
            k = members.shape[1]
            return np.full(members.shape, 10 * k / (k + threat) - 0.5 * k)

        assert sweet_spot(candidates(range(8), payoff, max_size=8), plans=False).size_per_member in sizes


@settings(max_examples=20)
@given(pools(max_players=5))
def test_the_best_of_each_size_and_plans_that_only_grow(pool):
    found = sweet_spot(pool, bandwidth=2)
    for size, group in zip(found.sizes, found.best, strict=True):
        worths = [block.worths.max() for block in pool.blocks if block.members.shape[1] == size]
        assert group.worth == pytest.approx(max(worths))
        assert len(group.members) == size
    assert [plan.worth for plan in found.plans] == sorted(plan.worth for plan in found.plans)
    assert found.plans[-1].worth == pytest.approx(form(pool, bandwidth=2).worth)
    frame = found.to_frame()
    assert frame["worth"].max() == pytest.approx(frame.set_index("size").loc[found.size, "worth"])


@settings(max_examples=20)
@given(pools(max_players=5), st.data())
def test_what_a_state_adds(pool, data):
    state = data.draw(st.sampled_from(pool.players))
    found = with_and_without(pool, state)
    assert found.difference >= -1e-9
    assert not any(state in group.members for group in found.lacking.groups)
    total = sum(found.gains.values()) + found.having.gains[state]
    assert total == pytest.approx(found.difference)
    frame = found.to_frame()
    assert frame.loc[frame["with_state"], "worth"].sum() == pytest.approx(found.having.worth)


def test_it_reads_and_draws():
    pool = candidates("ABCD", lambda members, objective: np.arange(4.0)[members], max_size=3)
    found = sweet_spot(pool)
    assert repr(found).splitlines()[0] == "sweet spot: groups of 3 are worth most, of 2 most per member"
    axes = found.plot()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["total, best at 3", "per member, best at 2"]
    assert "Buchanan" in found.cite()[0]


def test_refusals():
    pool = candidates("ABC", lambda members, objective: np.ones(members.shape), max_size=2, objectives=("sea",))
    with pytest.raises(CoalitionError, match="no candidates for 'air'"):
        sweet_spot(pool, objective="air")
    with pytest.raises(CoalitionError, match="unknown player 'X'"):
        with_and_without(pool, "X")
    with pytest.raises(InfeasibleFormation):
        sweet_spot(pool, required=["A", "B", "C"], bandwidth=1)
