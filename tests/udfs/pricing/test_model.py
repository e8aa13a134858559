import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.pricing import model as module
from udfs.pricing.model import FairPriceModel, ModelError

FOLDER = Path(__file__).parents[3] / "models" / "fair-price-v1"
HOSTILE = [
    "",
    " \t\n",
    "x" * 10_000,
    "SSD " * 10_000,
    "🎉" * 300,
    "\x00\x01\x1b[31m ssd",
    "مرحبا بالعالم",
    "固态硬盘 1TB",
    "1e308",
    "9" * 5_000 + "GB",
    "0 GB 0TB -1",
    "\ud800 lone surrogate",
    "$$$ £ €",
    None,
    1e308,
    float("nan"),
    b"bytes",
]


@pytest.fixture(scope="module")
def model():
    return FairPriceModel.load(FOLDER)


@pytest.fixture
def fresh():
    return FairPriceModel.load(FOLDER)


def price(model, *titles, brands=None, categories=None):
    nothing = [None] * len(titles)
    return model.quantiles_usd(list(titles), brands or nothing, categories or nothing)


def test_the_version_is_the_folder_it_was_made_as(model):
    assert model.version == "fair-price-v1"


@pytest.mark.parametrize(
    ("title", "low_usd", "high_usd"),
    [
        ("Samsung 980 PRO 2TB PCIe NVMe Gen4 Internal SSD", 100, 300),
        ("Crucial MX500 250GB 2.5 inch SATA SSD", 20, 90),
        ("Logitech M185 Wireless Mouse", 8, 40),
        ("MSI GeForce RTX 4090 24GB Graphics Card", 1000, 3500),
        ("Corsair Vengeance 32 GB (2 x 16GB) DDR5-6000 Memory", 60, 220),
        ("USB cable 6 ft", 2, 20),
        ('LG 65" OLED 4K TV', 500, 2000),
    ],
)
def test_the_committed_model_prices_known_kinds_of_product(model, title, low_usd, high_usd):
    assert low_usd <= price(model, title)[0, 1] <= high_usd


@pytest.mark.parametrize(
    ("dear", "cheap"),
    [
        ("Samsung 2TB NVMe SSD", "Samsung 256GB NVMe SSD"),
        ("Dell 15 inch Laptop", "Dell wireless mouse"),
        ("GeForce RTX 4090 graphics card", "GeForce GTX 1650 graphics card"),
        ("Kingston 64GB DDR5 memory", "Kingston 8GB DDR5 memory"),
        ("1000W 80+ Titanium power supply", "450W 80+ Bronze power supply"),
    ],
)
def test_more_is_worth_more(model, dear, cheap):
    more, less = price(model, dear, cheap)[:, 1]
    assert more > less


def test_hostile_titles_are_priced_or_not_but_never_raise(model):
    found = price(model, *HOSTILE, brands=HOSTILE, categories=HOSTILE)
    assert found.shape == (len(HOSTILE), 3)
    is_number = np.isfinite(found).all(axis=1)
    assert (is_number | np.isnan(found).all(axis=1)).all()
    assert (found[is_number] > 0).all()


@pytest.mark.parametrize("title", ["", None, "🎉🎉🎉", "qzxwvjk"])
def test_where_nothing_is_known_there_is_no_estimate(model, title):
    assert np.isnan(price(model, title)).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=200)), max_size=20))
def test_quantiles_ascend(model, titles):
    found = price(model, *(f"ssd {title}" for title in titles))
    assert (np.diff(found, axis=1) >= 0).all()


def many_titles(count):
    random = np.random.default_rng(1)
    names = ["Samsung", "SSD", "cable", "monitor", "mouse", "1TB", "16 GB", '27"', "black", "DDR4"]
    names += ["Logitech", "keyboard", "RTX 3060", "600W", "PSU", "pack of 4", "ink", "HP", "laptop"]
    return [" ".join(random.choice(names, random.integers(1, 25))) for _ in range(count)]


def test_a_price_does_not_depend_on_the_batch():
    titles = many_titles(10_000)
    large = price(FairPriceModel.load(FOLDER), *titles)
    small = FairPriceModel.load(FOLDER)
    single = np.concatenate([price(small, title) for title in titles[:300]])
    np.testing.assert_allclose(large[:300], single, rtol=1e-9)
    backwards = price(FairPriceModel.load(FOLDER), *titles[::-1])
    np.testing.assert_allclose(large, backwards[::-1], rtol=1e-9)


def test_no_rows_give_no_prices(model):
    assert price(model).shape == (0, 3)


def test_titles_brands_and_categories_must_be_as_many(model):
    with pytest.raises(ValueError, match="zip"):
        model.quantiles_usd(["a", "b"], [None], [None])


class CountingSession:
    def __init__(self, session):
        self.session, self.rows = session, 0

    def run(self, names, feed):
        self.rows += len(feed["side"])
        return self.session.run(names, feed)


def test_identical_titles_of_a_batch_are_scored_once(fresh):
    fresh._session = CountingSession(fresh._session)
    found = price(fresh, *["Samsung 1TB SSD"] * 1_000)
    assert fresh._session.rows == 1
    assert (found == found[0]).all()
    assert fresh.cache_hits == 0


def test_a_recent_title_is_answered_from_the_cache_and_counted(fresh):
    first = price(fresh, "Samsung 1TB SSD")
    fresh._session = CountingSession(fresh._session)
    assert (price(fresh, "Samsung 1TB SSD", "Samsung 1TB SSD") == first[0]).all()
    assert (fresh._session.rows, fresh.cache_hits) == (0, 1)


def test_the_cache_is_bounded_and_keeps_the_recent(fresh, monkeypatch):
    monkeypatch.setattr(module, "CACHE_SIZE", 3)
    price(fresh, "mouse", "keyboard", "cable")
    price(fresh, "mouse")
    price(fresh, "monitor")
    assert [key[0] for key in fresh._recent] == ["cable", "mouse", "monitor"]


def test_a_hostile_title_does_not_stay_in_memory(fresh):
    price(fresh, "ssd " * 100_000)
    assert len(fresh._recent) == 0


def test_brand_and_category_count(model):
    bare = price(model, "Wireless 2000")
    known = price(model, "Wireless 2000", brands=["Logitech"], categories=["mouse"])
    assert not np.allclose(bare, known)


@pytest.fixture
def copied(tmp_path):
    return Path(shutil.copytree(FOLDER, tmp_path / "fair-price-v1"))


@pytest.mark.parametrize("name", ["model.onnx", "vocabulary.npz"])
def test_a_changed_file_is_refused(copied, name):
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(content)
    with pytest.raises(ModelError, match=f"{name} is not the file of its manifest"):
        FairPriceModel.load(copied)


@pytest.mark.parametrize("name", ["model.onnx", "vocabulary.npz", "manifest.json"])
def test_a_missing_file_is_named(copied, name):
    (copied / name).unlink()
    with pytest.raises(ModelError, match=name):
        FairPriceModel.load(copied)


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "no JSON"), ("[]", "format"), ('{"format": 2}', "format"), ('{"format": 1}', "sha256")],
)
def test_a_bad_manifest_is_refused(copied, text, message):
    (copied / "manifest.json").write_text(text)
    with pytest.raises(ModelError, match=message):
        FairPriceModel.load(copied)


def test_loading_and_pricing_say_nothing():
    code = "from pathlib import Path; from udfs.pricing.model import FairPriceModel; "
    code += f"FairPriceModel.load(Path({str(FOLDER)!r})).quantiles_usd(['ssd'], [None], [None])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("", "")


def test_the_artefact_is_small_enough_to_travel_with_the_code():
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    assert sum(file["bytes"] for file in manifest["files"].values()) <= 14_000_000
