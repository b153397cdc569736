"""coalitions/calibration: observed.py, sets.py"""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalitions.calibration import ChoiceSets, Observed, completion_sets, completions
from coalitions.errors import ChoiceError


def traits(members, context=None):
    """Two terms that tell a group apart from every other: sum of powers of two, and size."""
    return np.column_stack([(2.0**members).sum(axis=1), np.full(len(members), float(members.shape[1]))])


NAMES = ("mask", "size")


def two_pairs(features):
    """Two sets of two alternatives of one term."""
    return ChoiceSets(
        names=["x"],
        features=features,
        offsets=[0, 2, 4],
        chosen=[0, 1],
        correction=np.zeros(4),
        cluster=[0, 1],
        labels=["a", "b"],
        weight=[1, 2],
    )


@st.composite
def groups_in_pools(draw, *, min_size=1, max_pool=9):
    pool = draw(st.integers(min_size + 1, max_pool))
    members = draw(st.sets(st.integers(0, pool - 1), min_size=min_size, max_size=pool - 1))
    return tuple(members), pool


def as_sets(choice):
    """Each choice set as a set of groups (bitmasks)."""
    masks = choice.features[:, 0].astype(int).tolist()
    return [frozenset(masks[a:b]) for a, b in itertools.pairwise(choice.offsets.tolist())]


def mask(members):
    return sum(1 << i for i in members)


# --- laws


@given(groups_in_pools())
def test_completions_are_all_groups_through_each_remainder(case):
    members, pool = case
    found = as_sets(completion_sets([("g", members)], pool, traits, NAMES, min_size=1))
    expected = []
    for i in sorted(members):
        rest = set(members) - {i}
        expected.append(frozenset(mask(rest | {o}) for o in range(pool) if o not in rest))
    assert found == expected


@given(groups_in_pools(min_size=2))
def test_a_set_is_the_same_whichever_of_its_groups_was_observed(case):
    members, pool = case
    for chosen in as_sets(completion_sets([("g", members)], pool, traits, NAMES)):
        for other in chosen:
            seen = tuple(i for i in range(pool) if other >> i & 1)
            assert chosen in as_sets(completion_sets([("h", seen)], pool, traits, NAMES))


@given(groups_in_pools(min_size=2), st.integers(0, 4))
def test_size_sets_weigh_as_much_as_the_chance_of_drawing_them(case, room):
    members, pool = case
    high = min(max(len(members), 3) + room, 9)
    if high <= 2 or pool <= 2:
        return
    sets = completion_sets([("g", members)], pool, traits, NAMES, size_sets=True, max_size=high)
    top = min(high, pool)
    k = len(members)
    size_weight = sets.weight[k:]
    assert size_weight.sum() == pytest.approx(1.0)
    grows, shrinks = k < top, k > 2
    assert len(size_weight) == grows + shrinks * k
    # the correction of the observed group is the log of the weight its set has
    first = sets.correction[sets.offsets[:-1]]
    np.testing.assert_allclose(first[k:], np.log(size_weight))
    assert (first[:k] == 0).all()
    assert (sets.weight[:k] == 1).all()
    # and the same size set, seen from another of its groups, carries the same corrections
    for number in range(k, len(sets)):
        rows = slice(sets.offsets[number], sets.offsets[number + 1])
        table = dict(zip(sets.features[rows, 0].astype(int).tolist(), sets.correction[rows].tolist(), strict=True))
        other = next(iter(set(table) - {mask(members)}))
        seen = tuple(i for i in range(pool) if other >> i & 1)
        if len(seen) == pool:
            continue
        twin = completion_sets([("h", seen)], pool, traits, NAMES, size_sets=True, max_size=high)
        tables = []
        for a, b in itertools.pairwise(twin.offsets.tolist()):
            pairs = zip(twin.features[a:b, 0].astype(int).tolist(), twin.correction[a:b].tolist(), strict=True)
            tables.append(dict(pairs))
        assert table in tables


def test_the_corrections_by_hand():
    # sizes 2 to 4, pool 6, a group of 3: add side 1/2; drop side 1/2 shared by its three pairs
    sets = completion_sets([("g", (0, 1, 2))], 6, traits, NAMES, size_sets=True, max_size=4)
    assert len(sets) == 3 + 1 + 3
    np.testing.assert_allclose(sets.weight[3:], [1 / 2, 1 / 6, 1 / 6, 1 / 6])
    grown = np.exp(sets.correction[sets.offsets[3] : sets.offsets[4]])
    np.testing.assert_allclose(grown, [1 / 2, 1 / 4, 1 / 4, 1 / 4])  # of size 4, the limit, one can only drop
    shrunk = np.exp(sets.correction[sets.offsets[4] : sets.offsets[5]])
    np.testing.assert_allclose(shrunk, [1 / 6, 1 / 6, 1 / 6, 1 / 6, 1])  # a pair, the least size, can only grow


def test_context_and_order_reach_the_features():
    seen = []

    def features(members, context):
        seen.append((members.shape, context, bool((np.diff(members, axis=1) > 0).all())))
        return traits(members)

    sets = completion_sets([("a", [4, 1], {"year": 2007}), ("b", (np.int64(0), 2, 3))], 6, features, NAMES)
    assert seen == [((10, 2), {"year": 2007}, True), ((12, 3), None, True)]
    assert sets.features[0, 0] == mask((1, 4))
    assert (sets.chosen == 0).all()


def test_families_cluster_and_weights_multiply():
    groups = [
        Observed("first", (0, 1), family="club", weight=3.0),
        Observed("second", (0, 1, 2), family="club"),
        Observed("third", (3, 4)),
    ]
    sets = completion_sets(groups, 6, traits, NAMES)
    assert sets.labels == ("club", "third")
    assert sets.cluster.tolist() == [0] * 5 + [1] * 2
    assert sets.weight.tolist() == [3, 3, 1, 1, 1, 1, 1]


# --- the container


def test_select_and_concat_undo_each_other():
    groups = [("a", (0, 1)), ("b", (1, 2, 3)), ("c", (0, 4))]
    sets = completion_sets(groups, 6, traits, NAMES, size_sets=True)
    joined = ChoiceSets.concat([sets.select([label]) for label in sets.labels])
    for name in ("features", "offsets", "chosen", "correction", "cluster", "weight"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(sets, name))
    assert joined.labels == sets.labels
    assert sets.select(["c", "a"]).labels == ("a", "c")
    both = ChoiceSets.concat([sets.select(["a", "b"]), sets.select(["b", "c"])])
    assert both.labels == ("a", "b", "c")
    assert len(both) == len(sets) + len(sets.select(["b"]))


def test_arrays_are_read_only_and_the_callers_stay_as_they_were():
    features = np.arange(4.0)[:, None]
    sets = two_pairs(features)
    features[0] = 9.0
    assert sets.features[0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        sets.features[0] = 1.0


def test_a_frame_has_one_row_an_alternative():
    sets = completion_sets([("a", (0, 1)), ("b", (1, 2))], 4, traits, NAMES)
    frame = sets.to_frame()
    assert list(frame.columns) == ["set", "cluster", "chosen", "weight", "correction", "mask", "size"]
    assert frame.groupby("set")["chosen"].sum().tolist() == [1, 1, 1, 1]
    assert frame.loc[frame["chosen"], "mask"].tolist() == [3, 3, 6, 6]
    assert repr(sets) == "4 choice sets of 2 clusters, 3 to 3 alternatives each; 2 terms: mask, size"


def test_completions_start_with_the_group():
    table = completions((3, 0), 5)
    assert table.shape == (2, 4, 2)
    assert (table[:, 0] == [0, 3]).all()


# --- refusals


def spoiled(members, context=None):
    table = traits(members)
    table[(members == 4).any(axis=1), 1] = math.nan
    return table


@pytest.mark.parametrize(
    ("groups", "options", "words"),
    [
        ([], {}, "no groups"),
        ([("pact", (0, 6))], {}, r"group 'pact': member 6 is outside the pool 0\.\.5"),
        ([("pact", (0, -1))], {}, "group 'pact': member -1 is outside the pool"),
        ([("pact", (2, 0, 2))], {}, "group 'pact': member 2 comes twice"),
        ([("pact", (2, 0.5))], {}, r"group 'pact': members \(2, 0.5\) are not pool indices"),
        ([("pact", ("AUS", "JPN"))], {}, r"members \('AUS', 'JPN'\) are not pool indices"),
        ([("pact", 3)], {}, "members 3 are not pool indices"),
        ([("pact", (2,))], {}, "group 'pact' has 1 members, fewer than min_size = 2"),
        ([("pact", range(6))], {}, "group 'pact' is the whole pool of 6"),
        ([("pact", (0, 1), None, None, 0.0)], {}, "group 'pact' has weight 0.0"),
        ([("pact", (0, 1), None, None, math.nan)], {}, "group 'pact' has weight nan"),
        ([("pact", (0, 1, 2, 3))], {"size_sets": True, "max_size": 3}, "4 members, more than max_size = 3"),
        ([("pact", (0, 1))], {"size_sets": True, "max_size": 2}, "min_size < max_size"),
        (
            [("pact", (0, 1))],
            {"names": ["only"]},
            r"features of group 'pact' have shape \(10, 2\); \(10, 1\)",
        ),
        ([("pact", (0, 1))], {"names": []}, "no terms"),
        ([("pact", (0, 1))], {"names": ["x", "x"]}, "term 'x' comes twice"),
        ([("pact", (0, 1))], {"features": spoiled}, r"term 'size' is nan for members \(1, 4\).*group 'pact'"),
        (
            [("pact", (0, 1))],
            {"features": lambda m, c: traits(m)[:1]},
            r"have shape \(1, 2\); \(10, 2\) is needed",
        ),
    ],
)
def test_refuses_groups_that_do_not_fit(groups, options, words):
    arguments = {"features": traits, "names": NAMES} | options
    with pytest.raises(ChoiceError, match=words):
        completion_sets(groups, 6, **arguments)


def test_refuses_a_pool_that_is_not_whole():
    with pytest.raises(ChoiceError, match=r"pool_size is 5\.5; it must be a whole number"):
        completion_sets([("pact", (0, 1))], 5.5, traits, NAMES)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"chosen": [0, 2]}, r"set 1 \(cluster 'b'\): chosen is 2, outside its 2 alternatives"),
        ({"chosen": [-1, 0]}, "chosen is -1"),
        ({"chosen": [0]}, r"offsets has shape \(3,\)"),
        ({"chosen": [0.5, 1.0]}, "chosen must hold whole numbers"),
        ({"offsets": [0, 3, 4]}, r"set 1 \(cluster 'b'\) has 1 alternative"),
        ({"offsets": [0, 2, 5]}, "offsets run from 0 to 5; they must run from 0 to 4"),
        (
            {"features": [[0.0], [1.0], [math.inf], [0.0]]},
            r"term 'x' is inf in set 1 \(cluster 'b'\), alternative 0",
        ),
        ({"features": [["a"], ["b"], ["c"], ["d"]]}, "features must hold numbers"),
        ({"features": np.zeros((4, 2))}, r"features has shape \(4, 2\); \(4, 1\)"),
        ({"correction": [0, 0, 0, math.nan]}, "correction is nan in set 1"),
        ({"weight": [1.0, -2.0]}, "weight -2.0; it must be positive"),
        ({"cluster": [0, 2]}, "set 1 has cluster 2; there are 2 labels"),
    ],
)
def test_refuses_sets_that_contradict_themselves(change, words):
    good = two_pairs([[0.0], [1.0], [2.0], [4.0]])
    with pytest.raises(ChoiceError, match=words):
        replace(good, **change)


def test_refuses_bad_selections():
    sets = completion_sets([("alpha", (0, 1)), ("beta", (1, 2))], 4, traits, NAMES)
    with pytest.raises(ChoiceError, match="no cluster 'alhpa'; did you mean 'alpha'"):
        sets.select(["alhpa"])
    with pytest.raises(ChoiceError, match="cluster 'beta' is selected twice"):
        sets.select(["beta", "beta"])
    with pytest.raises(ChoiceError, match="nothing to join"):
        ChoiceSets.concat([])
    with pytest.raises(ChoiceError, match="terms differ"):
        ChoiceSets.concat([sets, replace(sets, names=("mask", "bulk"))])
