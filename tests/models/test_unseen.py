"""Nobody is asked about a product whose price he has seen: else weights and intervals are lies."""

import numpy as np
import pytest

from models import data, stacking, train, unseen
from models.data import Products
from udfs.pricing.features import NUMBERS
from udfs.pricing.stack import K

FOLDS = 3
COUNT = 300
MEMBERS = ("networks", "ridge", "near_usd", "sides")
# Trees that know by heart whatever they are shown.
GREEDY = {"max_iter": 6, "learning_rate": 0.6, "min_samples_leaf": 1, "max_leaf_nodes": 100}
# Chance alone: the correlation of 600 pairs lies beyond this once in 10,000 times.
NO_SKILL = 0.16


def invented(seed):
    """Products whose prices have nothing to do with what they are."""
    random = np.random.default_rng(seed)
    words = [f"word{at}" for at in range(40)]
    return Products(
        [" ".join(random.choice(words, 5, replace=False)) for _ in range(COUNT)],
        [f"brand{at}" for at in random.integers(8, size=COUNT)],
        [f"category{at}" for at in random.integers(4, size=COUNT)],
        np.full(COUNT, "shop", object),
        np.exp(random.uniform(1, 7, COUNT)),
        np.array([f"g{at}" for at in range(COUNT)], object),
    )


def asked(products):
    return unseen.of_fold(products, train.QUICK[:1], 0, FOLDS, len)


def repriced(products, at):
    price = products.price_usd.copy()
    price[at] = price[at][::-1] * 3
    return products._replace(price_usd=price)


@pytest.fixture(scope="module")
def said():
    """What members say of fold 0, and what they say if its prices were others."""
    products = invented(0)
    held = data.folds(products, FOLDS) == 0
    return [asked(rows) for rows in (products, repriced(products, held))]


@pytest.mark.parametrize("member", MEMBERS)
def test_what_a_member_says_of_a_fold_has_nothing_of_the_prices_there(said, member):
    first, same = (getattr(part, member) for part in said)
    np.testing.assert_array_equal(first, same)
    assert np.nanstd(first, axis=0).min() > 0  # it does say something
    assert not np.array_equal(said[0].log_price, said[1].log_price)


def test_a_product_is_no_neighbour_of_itself_and_each_is_asked_about_twice(said):
    products = invented(0)
    held = np.flatnonzero(data.folds(products, FOLDS) == 0)
    assert said[0].fold.tolist() == [0] * 2 * len(held)
    own = np.tile(products.price_usd[held], 2)
    np.testing.assert_allclose(np.expm1(said[0].log_price), own)
    assert not (np.isclose(said[0].near_usd, own[:, None]) & (said[0].similarity > 0.99)).any()


def skill(usd, log_price):
    return float(np.corrcoef(np.log1p(usd), log_price)[0, 1])


def test_trees_have_no_skill_where_only_the_answers_would_give_it():
    """Each product twice, as in training; one fold holds both."""
    random = np.random.default_rng(2)
    half = {
        "networks": np.sort(random.normal(4, 1, (COUNT, 2, 3)), axis=2),
        "ridge": random.normal(4, 1, (COUNT, 2)),
        "similarity": np.full((COUNT, K), 0.5),
        "near_usd": np.exp(random.uniform(1, 7, (COUNT, K))),
        "sides": random.normal(4, 1, (COUNT, 4)),
        "numbers": random.normal(0, 1, (COUNT, NUMBERS)).astype(np.float32),
        "log_price": random.uniform(1, 7, COUNT),
    }
    seen = unseen.Unseen(
        fold=np.tile(np.arange(COUNT) % FOLDS, 2),
        has_side=np.repeat([True, False], COUNT),
        **{name: np.concatenate([value, value]) for name, value in half.items()},
    )
    fitted = stacking.fit(seen, np.full((2, 2), np.nan), len, 0, GREEDY)
    assert abs(skill(fitted.quantiles_usd[:, 1], seen.log_price)) < NO_SKILL
