import numpy as np
import pytest

from models import stacking, unseen
from udfs.pricing.features import NUMBERS, Features
from udfs.pricing.stack import MEMBERS, K
from udfs.pricing.units import QUANTITIES

NOISE = 0.3
QUICK = {"max_iter": 60, "learning_rate": 0.1}


def sample(count, seed):
    """Networks that miss a step of the first amount, a ridge that is all noise, good neighbours."""
    random = np.random.default_rng(seed)
    truth = random.uniform(2, 6, count)
    numbers = np.zeros((count, NUMBERS), np.float32)
    numbers[:, 0] = random.uniform(0, 1, count)
    numbers[:, len(QUANTITIES)] = 1  # it is there
    price = truth + np.where(numbers[:, 0] > 0.5, 0.5, -0.5) + random.normal(0, NOISE, count)
    networks = np.stack([truth - 0.2, truth, truth + 0.2], axis=1)[:, None, :].repeat(2, axis=1)
    near = np.full((count, K), np.nan)
    near[:, :3] = np.expm1(truth)[:, None]
    similarity = np.where(np.isnan(near), np.nan, 0.5)
    near[:50], similarity[:50] = np.nan, np.nan  # nobody is near
    return unseen.Unseen(
        fold=np.arange(count) % 3,
        networks=networks,
        ridge=random.normal(4, 2, (count, 2)),
        has_side=random.random(count) < 0.5,
        similarity=similarity,
        near_usd=near,
        sides=np.full((count, 4), np.nan),
        numbers=numbers,
        log_price=price,
    )


@pytest.fixture(scope="module")
def seen():
    return sample(6_000, 1)


@pytest.fixture(scope="module")
def fitted(seen):
    return stacking.fit(seen, np.full((2, 2), np.nan), len, 0, QUICK)


def test_every_member_has_weight_and_the_best_has_the_most(fitted):
    weights = fitted.stack.weights
    assert (weights > 0).all()
    assert weights[1].sum() == pytest.approx(1)
    assert MEMBERS[int(weights[1].argmax())] == "trees"
    assert weights[1][MEMBERS.index("ridge")] < 0.05
    assert weights[0][MEMBERS.index("ridge")] < 0.05


def test_the_trees_find_what_the_others_miss_and_no_more(fitted, seen):
    median = np.log1p(fitted.quantiles_usd[50:, 1])
    error = np.sqrt(np.mean((median - seen.log_price[50:]) ** 2))
    alone = np.sqrt(np.mean((seen.networks[50:, 0, 1] - seen.log_price[50:]) ** 2))
    assert alone > 1.5 * error
    assert error > 0.95 * NOISE


def test_a_tenth_of_the_prices_falls_on_either_side(fitted, seen):
    low, _, high = np.log1p(fitted.quantiles_usd).T
    assert np.mean(seen.log_price < low) == pytest.approx(0.1, abs=0.01)
    assert np.mean(seen.log_price > high) == pytest.approx(0.1, abs=0.01)


def test_where_a_member_abstains_the_trees_do_and_there_is_an_estimate(fitted):
    assert np.isfinite(fitted.quantiles_usd[:50]).all()


def test_what_brand_and_category_cost_is_smoothed_and_unknown_where_unknown():
    side = np.array([[1, 2, 0]] * 20 + [[0, 2, 0]] * 20, np.int32)
    features = Features(*(np.zeros((40, 1), np.int32),) * 3, side, np.zeros((40, NUMBERS)))
    log_price = np.repeat([2.0, 4.0], 20)
    found = stacking.sides(features, 2, log_price)
    assert np.isnan(found[0]).all()
    assert found[1].tolist() == [2.5, np.log1p(20)]  # 20 of 2, and as many of the mean of all, 3
    assert found[2].tolist() == [3.0, np.log1p(40)]
