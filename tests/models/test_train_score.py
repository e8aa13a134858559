import json

import numpy as np
import pandas as pd
import pytest

from models import reliability, train_score
from models.data import DataError
from models.offers import simulate
from udfs.pricing.deal_score import DealScore, Trees


def market(count, seed):
    """Fair prices, and quantiles of an estimate that misses them by 30 % or so."""
    random = np.random.default_rng(seed)
    fair = random.lognormal(4, 1, count)
    median = fair * np.exp(random.normal(0, 0.3, count))
    return fair, median[:, None] * np.exp(np.array([-0.385, 0, 0.385]))


@pytest.fixture(scope="module")
def fitted():
    random = np.random.default_rng(0)
    return train_score.fit(*market(4_000, 1), np.exp(random.normal(0, 0.1, 2_000)))


def test_the_score_is_calibrated_and_finds_deals_on_products_it_did_not_see(fitted):
    score = DealScore(Trees.of(fitted["without_list"]), Trees.of(fitted["with_list"]))
    found = reliability.measure(score, *market(4_000, 2))
    assert found.calibration_error < 0.03
    assert found.precision_mean > found.precision_no_list > 50
    assert sum(n for n, _, _ in found.bins) == 4_000 * reliability.REPEATS


def test_fitting_again_gives_the_same_numbers(fitted):
    random = np.random.default_rng(0)
    again = train_score.fit(*market(4_000, 1), np.exp(random.normal(0, 0.1, 2_000)))
    assert json.dumps(again) == json.dumps(fitted)


def test_json_gives_what_scikit_learn_gives():
    random = np.random.default_rng(0)
    features = random.normal(size=(3_000, 3))
    is_deal = random.random(3_000) < 1 / (1 + np.exp(2 * features[:, 0]))
    plain = train_score.trees(features, is_deal, [-1, 0, 0])
    found = Trees.of(json.loads(json.dumps(plain))).log_odds(features)
    assert np.corrcoef(found, -features[:, 0])[0, 1] > 0.9


def history(folder, rows):
    pd.DataFrame(rows, columns=["product_id", "date", "price_median", "price_min"]).to_csv(
        folder / "history.csv.gz", index=False
    )
    pd.DataFrame({"product_id": ["a", "b"], "split": ["train", "dev"]}).to_csv(
        folder / "history_products.csv.gz", index=False
    )


def test_a_price_is_compared_with_the_three_or_more_days_of_the_90_before(tmp_path):
    days = ["2024-01-01", "2024-01-05", "2024-01-09", "2024-02-01", "2024-04-15"]
    prices = [10.0, 12.0, 14.0, 6.0, 9.0]  # the last has one day of the 90 before it
    rows = [("a", day, 99.0, price) for day, price in zip(days, prices, strict=True)]
    rows += [("b", day, 99.0, 1.0) for day in days]  # of dev: not used
    history(tmp_path, rows[::-1])
    assert train_score.history_ratios(tmp_path).tolist() == [0.5]


def test_an_absent_history_is_a_clear_error(tmp_path):
    with pytest.raises(DataError, match=r"history\.csv\.gz.*--data"):
        train_score.history_ratios(tmp_path)


def test_without_a_trained_model_it_says_what_to_run(tmp_path, capsys):
    assert train_score.main(["--unseen", str(tmp_path / "none.npz")]) == 2
    assert "python -m models.train" in capsys.readouterr().err


def test_an_offer_is_scored_by_what_was_known_of_the_product():
    fair = np.array([100.0, 100.0])
    known = np.array([[50.0, 100.0, 200.0], [5.0, 10.0, 20.0]])
    features, claim, believable, is_deal = train_score.examples(fair, known, 1)
    made = simulate(fair, 1)
    np.testing.assert_allclose(features[:, 0], np.log(made.offer_usd / [100, 10]))
    assert believable.tolist() == [True, False]
    assert claim.shape == is_deal.shape == (2,)
