import json
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.pricing import neighbours
from udfs.pricing.artefact import ModelError
from udfs.pricing.features import Vocabularies, bag
from udfs.pricing.neighbours import FILE, NeighbourIndex
from udfs.pricing.words import Words

FOLDER = Path(__file__).parents[3] / "models" / "fair-price-v2"
INDEX = NeighbourIndex.load(FOLDER)
TITLES = ["Samsung 980 PRO 2TB NVMe SSD", "Samsung 980 PRO 1TB NVMe SSD", "Logitech M185 Mouse"]
PRICES = np.array([179.99, 99.5, 14.01])


@pytest.fixture
def tiny(tmp_path):
    nothing = [None] * len(TITLES)
    bags = bag(Words(), TITLES, nothing, nothing)
    vocabularies = Vocabularies.fit(bags, (1, 1, 1, 1))
    packed = neighbours.pack(vocabularies, vocabularies.features(bags), PRICES)
    vocabularies.save(tmp_path / "vocabulary.npz")
    return write(tmp_path, packed)


def write(folder, packed, made_for=None):
    def sha(name):
        return sha256((folder / name).read_bytes()).hexdigest()

    np.savez(folder / FILE, vocabulary_sha256=made_for or sha("vocabulary.npz"), **packed)
    files = {name: {"sha256": sha(name)} for name in ("vocabulary.npz", FILE)}
    (folder / "manifest.json").write_text(json.dumps({"format": 1, "files": files}))
    return folder


def test_a_known_product_is_its_own_nearest_neighbour_at_its_own_price(tiny):
    found = NeighbourIndex.load(tiny).find(TITLES, k=2)
    assert found.product[:, 0].tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.similarity[:, 0], 1)
    np.testing.assert_allclose(found.price_usd[:, 0], PRICES)


def test_the_more_words_two_titles_share_the_nearer_they_are(tiny):
    found = NeighbourIndex.load(tiny).find(["Samsung 980 PRO 4TB"], k=3)
    assert set(found.product[0, :2]) == {0, 1}
    assert found.product[0, 2] == -1
    assert np.isnan(found.price_usd[0, 2])
    assert np.isnan(found.similarity[0, 2])
    assert 0 < found.similarity[0, 1] <= found.similarity[0, 0] < 1


def test_what_too_many_products_hold_makes_nobody_a_neighbour(monkeypatch):
    monkeypatch.setattr(neighbours, "MOST_HOLDERS", 2)
    titles = ["black mouse", "black desk", "black chair", "red mouse"]
    nothing = [None] * len(titles)
    bags = bag(Words(), titles, nothing, nothing)
    vocabularies = Vocabularies.fit(bags, (1, 1, 1, 1))
    features = vocabularies.features(bags)
    index = NeighbourIndex.of(vocabularies, features, np.array([1.0, 2.0, 3.0, 4.0]))
    assert (index.find(["black"], k=2).product == -1).all()
    found = index.find(["black mouse"], k=4)
    assert found.product[0].tolist() == [0, 3, -1, -1]
    assert found.similarity[0, 0] > found.similarity[0, 1]


def test_an_index_in_memory_and_one_from_a_file_find_the_same(tiny):
    vocabularies = Vocabularies.load(tiny / "vocabulary.npz")
    nothing = [None] * len(TITLES)
    features = vocabularies.features(bag(Words(), TITLES, nothing, nothing))
    made = NeighbourIndex.of(vocabularies, features, PRICES).nearest(features, 3)
    for one, two in zip(made, NeighbourIndex.load(tiny).nearest(features, 3), strict=True):
        np.testing.assert_allclose(one, two)


def test_an_index_of_another_vocabulary_is_refused(tiny):
    with np.load(tiny / FILE) as arrays:
        packed = {name: arrays[name] for name in ("counts", "steps", "cents")}
    write(tiny, packed, made_for="0" * 64)
    with pytest.raises(ModelError, match="another vocabulary"):
        NeighbourIndex.load(tiny)


def test_a_changed_index_is_refused(tmp_path):
    folder = Path(shutil.copytree(FOLDER, tmp_path / "fair-price-v2"))
    content = bytearray((folder / FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / FILE).write_bytes(content)
    with pytest.raises(ModelError, match=f"{FILE} is not the file of its manifest"):
        NeighbourIndex.load(folder)


@pytest.mark.parametrize(
    ("title", "low_usd", "high_usd"),
    [("GeForce RTX 4090 24GB", 1_000, 4_000), ("Logitech M185 Wireless Mouse", 5, 60)],
)
def test_the_committed_index_knows_similar_products(title, low_usd, high_usd):
    found = INDEX.find([title], k=5)
    assert low_usd <= np.median(found.price_usd[0]) <= high_usd
    assert (np.diff(found.similarity[0]) <= 0).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=100), st.just("SSD " * 3_000)), max_size=5))
def test_any_text_gives_neighbours_or_none_of_them(titles):
    found = INDEX.find(titles, k=3)
    assert found.product.shape == (len(titles), 3)
    is_none = found.product < 0
    assert (np.isnan(found.price_usd) == is_none).all()
    assert (found.price_usd[~is_none] > 0).all()


def test_an_answer_does_not_depend_on_the_batch():
    together, alone = INDEX.find(TITLES), INDEX.find(TITLES[1:2])
    for whole, one in zip(together, alone, strict=True):
        np.testing.assert_array_equal(whole[1:2], one)


def test_the_index_is_small_and_holds_no_text():
    assert (FOLDER / FILE).stat().st_size <= 8_000_000
    with np.load(FOLDER / FILE) as arrays:
        texts = {name for name in arrays if arrays[name].dtype.kind not in "ui"}
    assert texts == {"vocabulary_sha256"}
