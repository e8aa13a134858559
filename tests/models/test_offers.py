import numpy as np
import pytest

from models import offers


def test_one_offer_in_ten_is_a_deal_and_every_deal_is_30_percent_under_the_fair_price():
    fair = np.full(20_000, 100.0)
    found = offers.simulate(fair, 1)
    assert found.is_deal.mean() == pytest.approx(0.1, abs=0.01)
    assert found.offer_usd[found.is_deal].max() <= 70
    assert found.offer_usd[~found.is_deal].min() >= 80
    assert (found.list_usd > found.offer_usd).all()


def test_a_seed_gives_the_offers_of_the_shared_simulation():
    found = offers.simulate(np.array([10.0, 100.0, 1000.0]), 1)
    assert found.offer_usd.tolist() == [10.9, 94.32, 992.36]
    assert found.list_usd.tolist() == [19.01, 106.83, 1002.28]


def test_precision_is_taken_over_the_highest_scores():
    is_deal = np.arange(100) >= 97
    assert offers.precision_top(np.arange(100.0), is_deal) == pytest.approx(60)
    assert offers.precision_top(-np.arange(100.0), is_deal) == 0


def test_an_offer_without_score_ranks_last():
    score = np.array([np.nan, 0.1])
    assert offers.precision_top(score, np.array([True, False]), 0.5) == 0
