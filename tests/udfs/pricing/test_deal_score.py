import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.pricing.artefact import ModelError
from udfs.pricing.deal_score import BELIEVABLE_OVER_P90, FILE, MOST_RAISE, DealScore, Trees

FOLDER = Path(__file__).parents[3] / "models" / "fair-price-v2"
SCORE = DealScore.load(FOLDER)
USD = st.floats(0.01, 1e6)
WIDTH = st.floats(1.01, 20)


def probability(offer, claimed=np.nan, fair=(60, 100, 170), *, history=False):
    offers = np.atleast_1d(np.asarray(offer, np.float64))
    n = len(offers)
    lists = np.broadcast_to(np.asarray(claimed, np.float64), n)
    quantiles = np.broadcast_to(np.asarray(fair, np.float64), (n, 3))
    return SCORE.probability(offers, lists, quantiles, np.full(n, history))


def odds(p):
    return p / (1 - p)


def walked(plain, features):
    total = plain["base"]
    for tree in range(len(plain["left"])):
        node = 0
        while plain["left"][tree][node] != node:
            is_left = features[plain["feature"][tree][node]] <= plain["threshold"][tree][node]
            node = plain["left" if is_left else "right"][tree][node]
        total += plain["value"][tree][node]
    return total


@pytest.mark.parametrize("which", ["without_list", "with_list"])
def test_a_score_is_the_sum_of_the_leaves_that_a_walk_down_each_tree_ends_in(which):
    plain = json.loads((FOLDER / FILE).read_text())["fast"][which]
    chance = np.random.default_rng(1)
    width = 1 + max(map(max, plain["feature"]))
    # On the thresholds themselves, too: there it matters which side "equal" is on.
    at = chance.choice(np.ravel(plain["threshold"]), (50, width))
    features = np.concatenate([at, chance.normal(0, 0.5, (50, width))])
    found = Trees.of(plain).log_odds(features)
    assert found == pytest.approx([walked(plain, row) for row in features], abs=1e-12)


def test_what_fills_up_a_small_tree_beside_a_large_one_tests_nothing():
    plain = {
        "base": 0.5,
        "feature": [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0]],
        "threshold": [[2, 0, 1, 0, 0], [1, 0, 0, 0, 0]],
        "left": [[1, 1, 3, 3, 4], [1, 1, 2, 0, 0]],
        "right": [[2, 1, 4, 3, 4], [2, 1, 2, 0, 0]],
        "value": [[0, 1, 0, 2, 4], [0, 8, 16, 0, 0]],
    }
    features = np.array([[-1.0], [0.5], [1.5], [3.0]])
    assert Trees.of(plain).log_odds(features).tolist() == [walked(plain, row) for row in features]


def test_a_tree_with_more_leaves_than_bits_is_refused():
    nodes = 2 * 17 - 1  # each node on the left is a leaf
    left = [node + 1 if node % 2 == 0 and node < nodes - 1 else node for node in range(nodes)]
    right = [node + 2 if node % 2 == 0 and node < nodes - 1 else node for node in range(nodes)]
    zeros = [0] * nodes
    tree = {"left": left, "right": right, "feature": zeros, "threshold": zeros, "value": zeros}
    with pytest.raises(ModelError, match="17 leaves"):
        Trees.of({name: [values] for name, values in tree.items()} | {"base": 0})


def test_an_offer_far_under_the_fair_price_is_likely_a_deal_and_one_at_it_is_not():
    assert probability(25)[0] > 0.6
    assert probability(100)[0] < 0.1


def test_the_surer_the_fair_price_the_surer_the_deal():
    past = (83, 100, 117)
    assert probability(60, fair=past, history=True) > probability(60)
    assert probability(90, fair=past, history=True) < probability(90)


@settings(deadline=None)
@given(USD, WIDTH, WIDTH, st.one_of(st.just(np.nan), USD), st.booleans())
def test_a_lower_price_is_never_less_of_a_deal(median, low, high, claimed, history):
    prices = np.concatenate([[0], median * np.geomspace(0.01, 10, 300)])
    found = probability(prices, claimed, (median / low, median, median * high), history=history)
    assert (np.diff(found) <= 1e-12).all()
    assert ((found >= 0) & (found <= 1)).all()


@settings(deadline=None)
@given(USD, WIDTH, st.floats(0.01, 3), st.floats())
def test_a_list_price_changes_nothing_where_the_product_has_a_history(median, width, part, claimed):
    fair = (median / width, median, median * width)
    bare = probability(median * part, fair=fair, history=True)
    assert probability(median * part, claimed, fair, history=True) == bare


@settings(deadline=None)
@given(USD, WIDTH, st.floats(0.01, 3), st.floats(1.001, 1e6))
def test_a_list_price_that_nobody_ever_charged_changes_nothing(median, width, part, over):
    fair = (median / width, median, median * width)
    claimed = fair[2] * BELIEVABLE_OVER_P90 * over
    assert probability(median * part, claimed, fair) == probability(median * part, fair=fair)


@settings(deadline=None)
@given(USD, WIDTH, st.floats(0.01, 3), USD)
def test_no_list_price_raises_the_odds_more_than_the_limit(median, width, part, claimed):
    fair = (median / width, median, median * width)
    bare = probability(median * part, fair=fair)
    assert odds(probability(median * part, claimed, fair)) <= odds(bare) * MOST_RAISE * 1.000001


@given(st.floats(101, 187), st.floats(101, 187))
def test_claims_of_more_than_30_percent_off_all_count_the_same(first, second):
    assert probability(70, first) == probability(70, second)


def test_a_seller_who_claims_little_off_is_believed():
    assert probability(70, 75) < 0.5 * probability(70)


@pytest.mark.parametrize("claimed", [0, -5, np.inf, -np.inf, np.nan])
def test_what_is_no_list_price_is_none(claimed):
    assert probability(70, claimed) == probability(70)


@pytest.mark.parametrize("offer", [np.nan, np.inf, -np.inf, -1])
def test_an_offer_without_price_has_no_score(offer):
    assert np.isnan(probability(offer, 100)).all()


@pytest.mark.parametrize("fair", [(np.nan,) * 3, (0, 0, 0), (1, 2, np.inf)])
def test_without_fair_price_there_is_no_score(fair):
    assert np.isnan(probability([1, 2], 100, fair)).all()


def test_extreme_amounts_are_scored():
    assert np.isfinite(probability([0, 1e-300, 1e308], 1e308, (1e-3, 1, 1e300))).all()
    assert np.isfinite(probability([0, 1e-300, 1e308], 1e-300, (1e-300, 1e-300, 1e-300))).all()


def test_a_score_does_not_depend_on_the_batch():
    random = np.random.default_rng(1)
    prices, lists = random.lognormal(4, 1, 2_000), random.lognormal(4, 1, 2_000)
    fair = np.sort(random.lognormal(4, 1, (2_000, 3)), axis=1)
    history = random.random(2_000) < 0.3
    whole = SCORE.probability(prices, lists, fair, history)
    single = [
        SCORE.probability(*(part[at : at + 1] for part in (prices, lists, fair, history)))[0]
        for at in range(200)
    ]
    np.testing.assert_allclose(whole[:200], single, rtol=1e-12)
    assert probability([]).shape == (0,)


@pytest.fixture
def copied(tmp_path):
    return Path(shutil.copytree(FOLDER, tmp_path / "fair-price-v2"))


def test_a_changed_score_is_refused(copied):
    (copied / FILE).write_text((copied / FILE).read_text() + " ")
    with pytest.raises(ModelError, match=f"{FILE} is not the file of its manifest"):
        DealScore.load(copied)


def test_the_score_of_another_model_is_refused(copied):
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["files"]["model.onnx"]["sha256"] = "0" * 64
    (copied / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="another model"):
        DealScore.load(copied)


def test_a_folder_without_score_says_so(copied):
    manifest = json.loads((copied / "manifest.json").read_text())
    del manifest["files"][FILE]
    (copied / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match=f"no sha256 for {FILE}"):
        DealScore.load(copied)
