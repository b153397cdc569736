"""coalitions/calibration: choice.py, prior.py, identification.py, fitted.py"""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coalitions.calibration import ChoiceSets, Observed, completion_sets, completions, evaluate, fit
from coalitions.errors import ChoiceError

NAMES = ("power", "affinity", "distance")
THETA = np.array([1.5, 1.5, -1.0])


class Toy:
    """A small world in which every group is known, with its exact probability."""

    def __init__(self, items, seed, per_pair=True):
        rng = np.random.default_rng(seed)
        self.items = items
        self.power = rng.standard_normal(items)
        ties = rng.standard_normal((2, items, items))
        self.ties = (ties + ties.transpose(0, 2, 1)) / 2
        self.per_pair = per_pair

    def features(self, members, context=None):
        size = members.shape[1]
        pairs = max(size * (size - 1) / 2, 1)
        among = self.ties[:, members[:, :, None], members[:, None, :]]
        diagonal = self.ties[:, members, members].sum(axis=2)
        sums = (among.sum(axis=(2, 3)) - diagonal) / 2
        scale = pairs if self.per_pair else 1.0
        return np.column_stack([self.power[members].mean(axis=1), *(sums / scale)])

    def sized(self, members, context=None):
        size = members.shape[1]
        return np.column_stack([self.features(members), np.full(len(members), size * (size - 1) / 2)])

    def universe(self, sizes, features, theta):
        groups = [g for k in sizes for g in itertools.combinations(range(self.items), k)]
        worth = np.array([float(features(np.array([g]))[0] @ theta) for g in groups])
        chance = np.exp(worth - worth.max())
        return groups, chance / chance.sum()


def random_sets(seed, sets=12, terms=3, clusters=5, corrected=False):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 7, sets)
    rows = int(sizes.sum())
    return ChoiceSets(
        names=[f"t{k}" for k in range(terms)],
        features=rng.standard_normal((rows, terms)),
        offsets=np.r_[0, np.cumsum(sizes)],
        chosen=rng.integers(0, sizes),
        correction=rng.standard_normal(rows) if corrected else np.zeros(rows),
        cluster=np.arange(sets) % clusters,
        labels=[f"c{k}" for k in range(clusters)],
        weight=rng.uniform(0.5, 2.0, sets),
    )


def plain_log_likelihood(sets, theta):
    """The same number with loops and no shortcut."""
    total = 0.0
    for s in range(len(sets)):
        rows = range(sets.offsets[s], sets.offsets[s + 1])
        utility = [math.fsum(sets.features[r] * theta) + sets.correction[r] for r in rows]
        log_sum = math.log(math.fsum(math.exp(u) for u in utility))
        total += sets.weight[s] * (utility[sets.chosen[s]] - log_sum)
    return total


# --- published: a closed form, and the population limit of a known model, where estimates equal the truth


def test_a_binary_choice_is_the_log_odds():
    # 30 of 40 take the alternative with the term: log odds ln 3, variance 1/30 + 1/10 (Woolf 1955)
    sets = ChoiceSets(
        names=["has it"],
        features=np.tile([[1.0], [0.0]], (40, 1)),
        offsets=np.arange(0, 81, 2),
        chosen=np.arange(40) >= 30,
        correction=np.zeros(80),
        cluster=np.arange(40),
        labels=range(40),
        weight=np.ones(40),
    )
    found = fit(sets, prior_precision=0.0)
    assert found["has it"] == pytest.approx(math.log(3), abs=1e-9)
    assert found.covariance[0, 0] == pytest.approx((1 / 30 + 1 / 10) * 40 / 39, abs=1e-9)
    assert found.log_likelihood == pytest.approx(30 * math.log(0.75) + 10 * math.log(0.25))
    assert found.null_log_likelihood == pytest.approx(40 * math.log(0.5))


@pytest.fixture(scope="module")
def triples():
    toy = Toy(12, seed=1)
    groups, chance = toy.universe([3], toy.features, THETA)
    return toy, [Observed(str(g), g, weight=p) for g, p in zip(groups, chance, strict=True)]


def swap_sets(toy, groups):
    """{g} and all its one-member swaps as one choice set: what must never be fitted."""
    tables = []
    for group in groups:
        every = completions(group.members, toy.items)
        tables.append(toy.features(np.concatenate([every[0, :1], every[:, 1:].reshape(-1, 3)])))
    sizes = [len(table) for table in tables]
    count = len(groups)
    return ChoiceSets(
        names=NAMES,
        features=np.concatenate(tables),
        offsets=np.r_[0, np.cumsum(sizes)],
        chosen=np.zeros(count, dtype=int),
        correction=np.zeros(sum(sizes)),
        cluster=np.arange(count),
        labels=[group.name for group in groups],
        weight=[group.weight for group in groups],
    )


def test_completion_sets_find_the_truth_in_the_population_limit(triples):
    toy, groups = triples
    found = fit(completion_sets(groups, toy.items, toy.features, NAMES), prior_precision=0.0)
    np.testing.assert_allclose(found.coefficients, THETA, atol=1e-6)


def test_softmax_over_swaps_misses_the_truth_and_why(triples):
    toy, groups = triples
    sets = swap_sets(toy, groups)
    assert np.abs(fit(sets, prior_precision=0.0).coefficients - THETA).max() > 0.2
    # its score has not mean zero at the truth; that of completion sets has
    assert np.abs(sets.weight @ evaluate(sets, THETA).scores).max() > 1e-3
    good = completion_sets(groups, toy.items, toy.features, NAMES)
    np.testing.assert_allclose(good.weight @ evaluate(good, THETA).scores, 0, atol=1e-12)


@pytest.mark.parametrize(("low", "high"), [(2, 4), (2, 7), (3, 5), (1, 3)])
def test_size_sets_find_the_truth_in_the_population_limit(low, high):
    toy = Toy(8, seed=2)
    names, theta = (*NAMES, "pairs"), np.array([1.0, 0.8, -0.6, -0.3])
    groups, chance = toy.universe(range(low, high + 1), toy.sized, theta)
    observed = [Observed(str(g), g, weight=p) for g, p in zip(groups, chance, strict=True)]
    sets = completion_sets(observed, 8, toy.sized, names, size_sets=True, min_size=low, max_size=high)
    np.testing.assert_allclose(fit(sets, prior_precision=0.0).coefficients, theta, atol=1e-6)
    without = replace(sets, correction=np.zeros(len(sets.features)))
    assert abs(fit(without, prior_precision=0.0)["pairs"] - theta[3]) > 0.1


def simulate(toy, theta, groups, runs, rng):
    """Coverage of the 95 % interval, and the errors, over simulated samples of mixed sizes."""
    worlds = [toy.universe([k], toy.features, theta) for k in (2, 3, 4)]
    inside, errors = [], []
    for _ in range(runs):
        sample = []
        for number, kind in enumerate(rng.integers(0, 3, groups)):
            members, chance = worlds[kind]
            sample.append(Observed(str(number), members[rng.choice(len(members), p=chance)]))
        found = fit(completion_sets(sample, toy.items, toy.features, NAMES), prior_precision=0.0)
        low, high = found.interval().T
        inside.append((low < theta) & (theta < high))
        errors.append(found.coefficients - theta)
    return np.mean(inside, axis=0), np.array(errors)


def test_recovers_known_coefficients_from_a_sample():
    covered, errors = simulate(Toy(10, 3, per_pair=False), np.array([0.5, 0.5, -0.5]), 80, 40, np.random.default_rng(4))
    assert (covered >= 0.82).all()  # 40 draws at 95 %: below 33 has chance 0.003
    assert (np.abs(errors.mean(axis=0)) < 4 * errors.std(axis=0) / math.sqrt(40)).all()


@pytest.mark.slow
def test_the_sandwich_interval_covers():
    covered, _ = simulate(Toy(12, 5, per_pair=False), np.array([0.5, 0.5, -0.5]), 83, 600, np.random.default_rng(6))
    assert ((covered > 0.92) & (covered < 0.98)).all()


# --- laws


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), corrected=st.booleans())
def test_gradient_and_information_are_the_derivatives(seed, corrected):
    sets = random_sets(seed, corrected=corrected)
    theta = np.random.default_rng(seed).standard_normal(3)
    at = evaluate(sets, theta)
    step = 1e-5
    for k, unit in enumerate(np.eye(3) * step):
        up, down = plain_log_likelihood(sets, theta + unit), plain_log_likelihood(sets, theta - unit)
        assert (sets.weight @ at.scores)[k] == pytest.approx((up - down) / (2 * step), abs=1e-6)
        bent = sets.weight @ (evaluate(sets, theta + unit).scores - evaluate(sets, theta - unit).scores)
        np.testing.assert_allclose(at.information[k], -bent / (2 * step), atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_constant_added_to_a_set_changes_nothing(seed):
    sets = random_sets(seed)
    shift = np.repeat(np.random.default_rng(seed).standard_normal((len(sets), 3)) * 5, sets.sizes, axis=0)
    moved = replace(sets, features=sets.features + shift, correction=sets.correction + shift[:, 0])
    a, b = fit(sets), fit(moved)
    np.testing.assert_allclose(a.coefficients, b.coefficients, atol=1e-7)
    np.testing.assert_allclose(a.covariance, b.covariance, atol=1e-7)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_order_of_alternatives_does_not_matter(seed):
    sets = random_sets(seed, corrected=True)
    rng = np.random.default_rng(seed)
    order = [s + rng.permutation(size) for s, size in zip(sets.offsets[:-1], sets.sizes, strict=True)]
    chosen = [int(np.flatnonzero(o == s + c)[0]) for o, s, c in zip(order, sets.offsets, sets.chosen, strict=False)]
    rows = np.concatenate(order)
    mixed = replace(sets, features=sets.features[rows], correction=sets.correction[rows], chosen=chosen)
    np.testing.assert_allclose(fit(sets).coefficients, fit(mixed).coefficients, atol=1e-9)


def test_twice_the_clusters_is_half_the_variance():
    sets = random_sets(11, sets=60, clusters=20)
    double = ChoiceSets.concat([sets, replace(sets, labels=[f"again {k}" for k in sets.labels])])
    one, two = fit(sets, prior_precision=0.0), fit(double, prior_precision=0.0)
    np.testing.assert_allclose(two.coefficients, one.coefficients, atol=1e-8)
    np.testing.assert_allclose(two.covariance, one.covariance / 2 * (40 / 39) / (20 / 19), rtol=1e-6)


def test_a_copy_inside_the_cluster_adds_no_certainty():
    sets = random_sets(12, sets=60, clusters=20)
    one, two = fit(sets, prior_precision=0.0), fit(ChoiceSets.concat([sets, sets]), prior_precision=0.0)
    assert two.clusters == one.clusters
    np.testing.assert_allclose(two.covariance, one.covariance, rtol=1e-6)


def test_weight_two_is_the_same_as_two_copies():
    sets = random_sets(13, sets=60, clusters=20)
    heavy = replace(sets, weight=2 * sets.weight)
    a, b = fit(heavy), fit(ChoiceSets.concat([sets, sets]))
    np.testing.assert_allclose(a.coefficients, b.coefficients, atol=1e-9)
    np.testing.assert_allclose(a.covariance, b.covariance, atol=1e-9)


def test_a_strong_prior_wins_and_a_weak_one_yields():
    sets = random_sets(14, sets=60, clusters=20)
    strong = fit(sets, prior_mean={"t1": 3.0}, prior_precision=1e9)
    np.testing.assert_allclose(strong.coefficients, [0, 3, 0], atol=1e-5)
    assert (strong.moved < 1e-6).all()
    weak, none = fit(sets, prior_precision=1e-9), fit(sets, prior_precision=0.0)
    np.testing.assert_allclose(weak.coefficients, none.coefficients, atol=1e-6)
    assert (none.moved == 1).all()


def test_where_the_data_are_silent_the_prior_speaks():
    sets = random_sets(15, sets=40, clusters=20)
    silent = replace(sets, names=(*sets.names, "era"), features=np.c_[sets.features, np.full(len(sets.features), 7.0)])
    found = fit(silent, prior_mean={"era": -0.4}, prior_precision={"era": 4.0})
    assert found["era"] == pytest.approx(-0.4)
    assert found.standard_errors[3] == pytest.approx(0.5)
    assert found.moved[3] == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(found.coefficients[:3], fit(sets).coefficients, atol=1e-7)


def test_a_fixed_coefficient_stays_and_the_others_adapt():
    sets = random_sets(16, sets=60, clusters=20)
    found = fit(sets, fixed={"t2": 0.7}, prior_precision=0.0)
    assert found["t2"] == 0.7
    assert found.standard_errors[2] == 0
    offset = replace(sets, names=sets.names[:2], features=sets.features[:, :2], correction=0.7 * sets.features[:, 2])
    other = fit(offset, prior_precision=0.0)
    np.testing.assert_allclose(found.coefficients[:2], other.coefficients, atol=1e-7)
    np.testing.assert_allclose(found.covariance[:2, :2], other.covariance, atol=1e-7)
    assert found.degrees_of_freedom == 18
    everything = fit(sets, fixed={"t0": 1, "t1": 2, "t2": 3})
    assert everything.as_dict() == {"t0": 1, "t1": 2, "t2": 3}
    assert everything.log_likelihood == pytest.approx(plain_log_likelihood(sets, [1, 2, 3]))


def test_huge_utilities_do_not_overflow():
    sets = random_sets(17)
    found = evaluate(replace(sets, features=1e6 * sets.features), np.ones(3))
    assert np.isfinite(found.log_likelihoods).all()


# --- agreement


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_a_general_optimiser(seed):
    from scipy.optimize import minimize

    sets = random_sets(seed, sets=40, corrected=True)
    root = np.random.default_rng(seed).standard_normal((3, 3))
    precision, mean = root @ root.T, np.array([0.5, -1.0, 2.0])

    def loss(theta):
        return -plain_log_likelihood(sets, theta) + (theta - mean) @ precision @ (theta - mean) / 2

    other = minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-7}).x
    found = fit(sets, prior_mean=mean, prior_precision=precision)
    assert found.converged
    np.testing.assert_allclose(found.coefficients, other, atol=1e-5)
    assert found.log_likelihood == pytest.approx(plain_log_likelihood(sets, found.coefficients))
    assert found.null_log_likelihood == pytest.approx(plain_log_likelihood(sets, np.zeros(3)))


def test_blocks_do_not_show():
    sets = random_sets(18, sets=9000, clusters=300)  # several blocks of rows
    theta = np.array([0.3, -0.2, 0.1])
    at = evaluate(sets, theta)
    assert sets.weight @ at.log_likelihoods == pytest.approx(plain_log_likelihood(sets, theta))
    part = sets.select(sets.labels[:7])
    np.testing.assert_allclose(evaluate(part, theta).scores, at.scores[sets.cluster < 7], atol=1e-12)


def test_the_covariance_is_the_sandwich_written_out():
    sets = random_sets(19, sets=60, clusters=20)
    found = fit(sets, prior_precision=2.0)
    at = evaluate(sets, found.coefficients)
    sums = [sets.weight[sets.cluster == c] @ at.scores[sets.cluster == c] for c in range(20)]
    spread = 20 / 19 * sum(np.outer(s, s) for s in sums) + 2 * np.eye(3)
    bread = np.linalg.inv(at.information + 2 * np.eye(3))
    np.testing.assert_allclose(found.covariance, bread @ spread @ bread, rtol=1e-6)
    np.testing.assert_allclose(found.moved, 1 - 2 * np.diag(bread), rtol=1e-6)


def test_interval_is_students():
    from scipy.stats import t

    found = fit(random_sets(20, sets=60, clusters=20))
    reach = t(17).ppf(0.95) * found.standard_errors
    np.testing.assert_allclose(found.interval(0.9), np.c_[found.coefficients - reach, found.coefficients + reach])


# --- results


def test_draws_follow_the_covariance_and_the_seed():
    found = fit(random_sets(21, sets=60, clusters=20), fixed={"t1": 0.3})
    draws = found.draws(20_000, rng=0)
    assert draws.tobytes() == found.draws(20_000, rng=0).tobytes()
    assert draws.tobytes() == found.draws(20_000, rng=np.random.default_rng(0)).tobytes()
    assert found.draws(5, rng=0).tobytes() != found.draws(5, rng=1).tobytes()
    assert (draws[:, 1] == 0.3).all()
    np.testing.assert_allclose(draws.mean(axis=0), found.coefficients, atol=0.02)
    np.testing.assert_allclose(np.cov(draws.T), found.covariance, atol=0.03 * found.covariance.max())


def test_the_same_input_gives_the_same_bytes():
    first, second = fit(random_sets(22)), fit(random_sets(22))
    assert first.coefficients.tobytes() == second.coefficients.tobytes()
    assert first.covariance.tobytes() == second.covariance.tobytes()


def test_a_fit_reads_well():
    found = fit(random_sets(23, sets=60, clusters=20), fixed={"t1": 0.25})
    assert found["t0"] == found.coefficients[0]
    text = repr(found)
    assert "60 choice sets of 20 clusters" in text
    assert "t1          0.250    fixed" in text
    assert "<th>coefficient</th>" in found._repr_html_()
    frame = found.to_frame()
    assert frame.loc["t1", "low"] == frame.loc["t1", "high"] == 0.25
    assert list(frame["fixed"]) == [False, True, False]
    with pytest.raises(ValueError, match="read-only"):
        found.coefficients[0] = 1.0


def test_a_fit_that_was_cut_short_says_so():
    found = fit(random_sets(24, sets=60, clusters=20), max_iterations=1)
    assert not found.converged
    assert "NOT converged after 1 steps" in repr(found)


# --- refusals


def refuse(words, sets, **options):
    with pytest.raises(ChoiceError, match=words):
        fit(sets, **options)


def test_refuses_what_it_cannot_tell():
    sets = random_sets(25, sets=60, clusters=20)
    year = np.repeat(np.arange(60.0), sets.sizes)
    constant = replace(sets, features=np.c_[sets.features[:, :2], year])
    refuse(r"term 't2' is not identified.*fixed=\{'t2': value\}", constant)
    refuse("term 't2' is not identified", constant, prior_mean={"t2": 1.0}, prior_precision=0.0)
    refuse("term 't2' is not identified", constant, prior_mean={"t0": 1.0})
    assert fit(constant, fixed={"t2": -1.0})["t2"] == -1.0
    tied = replace(sets, features=np.c_[sets.features[:, :2], sets.features[:, 0] - 2 * sets.features[:, 1]])
    refuse(r"not identified: .*'t0'.*'t1'.*'t2'", tied, prior_precision=0.0)
    assert fit(tied).converged


def separable(quasi):
    # the term 'size' always speaks for the chosen one, 'noise' does not
    rng = np.random.default_rng(26)
    features = rng.standard_normal((60, 3, 2))
    features[:, 0, 0] = features[:, :, 0].max(axis=1) + (0.0 if quasi else 0.5)
    if quasi:
        features[:30, 1, 0] = features[:30, 0, 0]
    return ChoiceSets(
        names=["size", "noise"],
        features=features.reshape(-1, 2),
        offsets=np.arange(0, 181, 3),
        chosen=np.zeros(60, dtype=int),
        correction=np.zeros(180),
        cluster=np.arange(60) % 20,
        labels=range(20),
        weight=np.ones(60),
    )


@pytest.mark.parametrize("quasi", [False, True])
def test_refuses_separation_and_names_the_direction(quasi):
    sets = separable(quasi)
    refuse(r"the data separate: along \+1 'size'", sets, prior_precision=0.0)
    refuse(r"the data separate: along \+1 'size'", sets, prior_precision={"size": 0.0})
    assert fit(sets).converged
    for weak in (0.1, 1e-9):
        assert fit(sets, prior_precision={"noise": 0.0, "size": weak}).converged


def test_refuses_too_little():
    sets = random_sets(27)
    none = np.zeros(0, dtype=int)
    empty = {"offsets": [0], "chosen": none, "correction": [], "cluster": none, "labels": [], "weight": []}
    refuse("no choice sets", ChoiceSets(names=["a"], features=np.zeros((0, 1)), **empty))
    refuse("one cluster, 'c1'", sets.select(["c1"]))
    few = fit(sets.select(["c0", "c1", "c2"]))
    with pytest.raises(ChoiceError, match="3 clusters cannot give errors for 3 coefficients"):
        few.interval()
    assert "none: few clusters" in repr(few)
    assert few.to_frame()["low"].isna().all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fixed": {"tt1": 1.0}}, "fixed names 'tt1', which is not a term; did you mean 't1'"),
        ({"fixed": {"t1": math.nan}}, "fixed value of 't1' is nan"),
        ({"prior_mean": {"u": 1.0}}, "prior_mean names 'u'"),
        ({"prior_mean": [1.0, 2.0]}, r"prior_mean has shape \(2,\)"),
        ({"prior_mean": [1.0, math.inf, 0.0]}, "prior_mean of 't1' is inf"),
        ({"prior_precision": {"t9": 1.0}}, "prior_precision names 't9'"),
        ({"prior_precision": -1.0}, "prior_precision of 't0' is -1.0; it must not be negative"),
        ({"prior_precision": np.ones((2, 2))}, r"prior_precision has shape \(2, 2\)"),
        ({"prior_precision": np.diag([1.0, 1.0, -1.0])}, "not a precision"),
        ({"prior_precision": np.triu(np.ones((3, 3)))}, "not a precision"),
        ({"tolerance": 0.0}, "tolerance is 0.0"),
    ],
)
def test_refuses_bad_options(options, words):
    refuse(words, random_sets(28), **options)


def test_refuses_bad_questions():
    found = fit(random_sets(29))
    with pytest.raises(ChoiceError, match="no term 't7'; there are t0, t1, t2"):
        found["t7"]
    with pytest.raises(ChoiceError, match="level is 95"):
        found.interval(95)
    with pytest.raises(ChoiceError, match="size is -1"):
        found.draws(-1)
    with pytest.raises(ChoiceError, match=r"coefficients has shape \(2,\)"):
        evaluate(random_sets(29), [1.0, 2.0])
