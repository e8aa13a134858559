import numpy as np
import pytest

from models import calibrate
from models.data import price_band


def sample(count, seed):
    """Prices whose spread the networks understate threefold, skewed upwards."""
    random = np.random.default_rng(seed)
    median = random.uniform(1, 8, count)
    price = median + np.where(random.random(count) < 0.5, -0.4, 0.8) * random.exponential(1, count)
    networks = np.stack([median - 0.2, median, median + 0.2], axis=1)[:, None, :]
    return networks, np.column_stack([median, median]), random.random(count) < 0.5, price


def test_a_tenth_of_new_prices_falls_on_either_side():
    blend = calibrate.fit(*sample(20_000, 1))
    networks, ridge, has_side, price = sample(20_000, 2)
    low, _, high = blend.quantiles(networks, ridge, has_side).T
    assert np.mean(price < low) == pytest.approx(0.1, abs=0.01)
    assert np.mean(price > high) == pytest.approx(0.1, abs=0.01)


def test_the_better_member_gets_the_weight():
    networks, ridge, has_side, price = sample(2_000, 1)
    ridge[has_side, 0] += 5  # with brand and category the ridge is wrong
    networks[~has_side] -= 5  # without them the networks are
    found = calibrate.fit(networks, ridge, has_side, price).ridge_share
    assert found == pytest.approx([1, 0], abs=0.1)


def test_quantiles_ascend_even_where_the_networks_see_no_spread():
    networks, ridge, has_side, price = sample(500, 1)
    networks[:] = networks[:, :, 1:2]
    found = calibrate.fit(networks, ridge, has_side, price).quantiles(networks, ridge, has_side)
    assert (np.diff(found, axis=1) > 0).all()


def test_a_cell_too_small_to_judge_is_calibrated_like_all():
    networks, ridge, has_side, price = sample(60, 1)
    blend = calibrate.fit(networks, ridge, has_side, price)
    assert (blend.stretch == blend.stretch[0]).all()


def test_bands_of_the_true_price_are_held_more_alike_than_by_cells_alone(monkeypatch):
    random = np.random.default_rng(3)
    price = random.normal(4, 1.2, 20_000).clip(1, 9)
    median = price * 0.6 + 4 * 0.4 + random.normal(0, 0.5, len(price))  # errs to the middle
    networks = np.stack([median - 0.5, median, median + 0.5], axis=1)[:, None, :]
    ridge, has_side = np.column_stack([median, median]), np.ones(len(price), bool)

    def worst():
        blend = calibrate.fit(networks, ridge, has_side, price)
        low, _, high = blend.quantiles(networks, ridge, has_side).T
        inside, bands = (low <= price) & (price <= high), price_band(np.expm1(price))
        assert np.mean(inside) == pytest.approx(0.8, abs=0.03)
        return max(abs(inside[bands == band].mean() - 0.8) for band in range(6))

    even = worst()
    monkeypatch.setattr(calibrate, "BALANCE", 0.0)
    assert even < 0.8 * worst()
