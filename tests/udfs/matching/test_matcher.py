import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.matching.features import NAMES, pair_features
from udfs.matching.matcher import ProductMatcher, one_to_one
from udfs.matching.offer import Offer
from udfs.pricing.artefact import ModelError

FOLDER = Path(__file__).parents[3] / "models" / "product-match-v1"
TITLES = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["Sony", "WH-1000XM5", "64GB", "128 GB", "black", "2-pack", "II", "€5", "", "🎉", "'"]
        ),
        max_size=8,
    ).map(" ".join),
)


@pytest.fixture(scope="module")
def matcher():
    return ProductMatcher.load(FOLDER)


def score(matcher, left, right, left_usd=np.nan, right_usd=np.nan):
    offers = [Offer.read(left, price_usd=left_usd)], [Offer.read(right, price_usd=right_usd)]
    return matcher.scores(*offers)[0]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Sony Black Bluetooth Headphones - WH1000XM5", "Sony WH-1000XM5 Wireless Headphones"),
        ("LG 55' OLED evo HDTV - OLED55C4PUA", "LG OLED55C4PUA 55' 4K OLED TV"),
        ("Panasonic Cordless Phone System - KXTG9542B", "Panasonic KX-TG9542B 2-Line Phone"),
    ],
)
def test_a_product_by_two_shops_titles_is_linked(matcher, left, right):
    assert score(matcher, left, right, 300.0, 289.0) >= matcher.link_from


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Sony Headphones - WH1000XM5", "Sony Headphones - WH1000XM4"),
        ("Sony Black Headphones - WH1000XM5", "Philips Kettle 1.7 l - HD9350"),
        ("SanDisk Ultra microSD card 64GB", "SanDisk Ultra microSD card 128GB"),
        ("Adobe Photoshop Elements 5.0", "Adobe Photoshop Elements 5.0 Upgrade"),
    ],
)
def test_other_products_are_not_linked(matcher, left, right):
    assert score(matcher, left, right, 300.0, 289.0) < matcher.link_from


@given(TITLES, TITLES, st.floats(0.01, 1e6), st.floats(0, 1e6))
@settings(max_examples=60, deadline=None)
def test_a_score_is_a_probability_and_the_same_both_ways(left, right, left_usd, right_usd):
    matcher = _loaded()
    found = score(matcher, left, right, left_usd, right_usd)
    assert 0 <= found <= 1
    assert found == score(matcher, right, left, right_usd, left_usd)


def _loaded(cache=[]):  # noqa: B006 - one for all examples
    if not cache:
        cache.append(ProductMatcher.load(FOLDER))
    return cache[0]


def test_a_score_does_not_depend_on_the_pairs_beside_it(matcher):
    titles = ["Sony WH-1000XM5", "Sony WH-1000XM4 headphones", "Kettle 1.7 l", "", "x" * 3000]
    left = [Offer.read(title, price_usd=50.0) for title in titles for _ in titles]
    right = [Offer.read(title) for _ in titles for title in titles]
    alone = [matcher.scores([one], [other])[0] for one, other in zip(left, right, strict=True)]
    assert matcher.scores(left, right).tolist() == alone
    assert matcher.scores([], []).shape == (0,)


def test_an_unknown_price_is_unknown_and_not_zero(matcher):
    one, other = Offer.read("Kettle", price_usd=0.0), Offer.read("Kettle", price_usd=5.0)
    row = dict(zip(NAMES, pair_features([one], [other], matcher.rarity)[0], strict=True))
    assert np.isnan(row["price_ratio"])
    assert np.isnan(row["price_low"])
    assert np.isnan(row["model_equal"])


def test_equal_amounts_are_shared_and_others_in_conflict(matcher):
    def amounts(left, right):
        offers = [Offer.read(left)], [Offer.read(right)]
        row = dict(zip(NAMES, pair_features(*offers, matcher.rarity)[0], strict=True))
        return row["amounts_shared"], row["amounts_conflict"], row["amounts_one_sided"]

    assert amounts("card 64 GB", "64gb card") == (1, 0, 0)
    assert amounts("card 64 GB", "card 128GB") == (0, 1, 0)
    assert amounts("card 64 GB", "card 90 MB/s, 16 MP") == (0, 0, 2)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([0.1, 0.5, 0.9])),
        max_size=30,
    )
)
def test_each_offer_is_used_once_and_none_is_left_for_nothing(pairs):
    left, right, scores = ([pair[at] for pair in pairs] for at in range(3))
    chosen = one_to_one(np.array(scores), left, right)
    used = [pair for pair, is_chosen in zip(pairs, chosen, strict=True) if is_chosen]
    assert len({pair[0] for pair in used}) == len({pair[1] for pair in used}) == len(used)
    for pair, is_chosen in zip(pairs, chosen, strict=True):
        rivals = [other for other in used if pair[0] == other[0] or pair[1] == other[1]]
        assert is_chosen or max(other[2] for other in rivals) >= pair[2]


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(FOLDER, tmp_path / "product-match-v1"))


@pytest.mark.parametrize("name", ["model.onnx", "rarity.npz"])
def test_a_damaged_file_is_refused(folder, name):
    (folder / name).write_bytes(b"x" + (folder / name).read_bytes())
    with pytest.raises(ModelError, match=name):
        ProductMatcher.load(folder)


def test_a_graph_of_other_features_is_refused(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["features"]["names"][0] = "another"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="other features"):
        ProductMatcher.load(folder)
