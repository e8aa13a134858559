import dataclasses
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
from udfs.pricing.artefact import ModelError
from udfs.pricing.model import FairPriceModel, Size, Unpriced
from udfs.pricing.stack import Member

FOLDER = Path(__file__).parents[3] / "models" / "fair-price-v2"
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


SIZES = tuple(Size)


@pytest.fixture(scope="module")
def models():
    return {size: FairPriceModel.load(FOLDER, size) for size in SIZES}


@pytest.fixture(scope="module", params=SIZES)
def model(models, request):
    return models[request.param]


@pytest.fixture(params=SIZES)
def fresh(request):
    return FairPriceModel.load(FOLDER, request.param)


def price(model, *titles, brands=None, categories=None):
    nothing = [None] * len(titles)
    return model.quantiles_usd(list(titles), brands or nothing, categories or nothing)


def test_the_version_is_the_folder_it_was_made_as_and_says_the_size(models):
    assert models[Size.FAST].version == "fair-price-v2"
    assert models[Size.ACCURATE].version == "fair-price-v2-accurate"


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


@pytest.mark.parametrize("size", SIZES)
def test_a_price_does_not_depend_on_the_batch(size):
    titles = many_titles(10_000 if size is Size.FAST else 3_000)
    large = price(FairPriceModel.load(FOLDER, size), *titles)
    small = FairPriceModel.load(FOLDER, size)
    single = np.concatenate([price(small, title) for title in titles[:300]])
    np.testing.assert_allclose(large[:300], single, rtol=1e-6)
    backwards = price(FairPriceModel.load(FOLDER, size), *titles[::-1])
    np.testing.assert_allclose(large, backwards[::-1], rtol=1e-6)


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
    tally = fresh.take_tally()
    assert (tally.hits, tally.misses) == (0, 1)


def test_a_recent_title_is_answered_from_the_cache_and_counted(fresh):
    first = price(fresh, "Samsung 1TB SSD")
    fresh.take_tally()
    fresh._session = CountingSession(fresh._session)
    assert (price(fresh, "Samsung 1TB SSD", "Samsung 1TB SSD") == first[0]).all()
    assert fresh._session.rows == 0
    tally = fresh.take_tally()
    assert (tally.hits, tally.misses) == (1, 0)
    assert fresh.take_tally().hits == 0  # each is told once


def test_the_cache_is_bounded_and_keeps_the_recent(fresh, monkeypatch):
    monkeypatch.setattr(module, "CACHE_SIZE", 3)
    price(fresh, "mouse", "keyboard", "cable")
    price(fresh, "mouse")
    price(fresh, "monitor")
    assert [key[0] for key in fresh._recent] == ["cable", "mouse", "monitor"]


def test_what_has_no_estimate_is_counted_by_reason(fresh):
    price(fresh, "", None, "  ", "qzxwvjk", "qzxwvjk", "Samsung 1TB SSD")
    assert fresh.take_tally().unpriced == {Unpriced.NO_TITLE: 3, Unpriced.NO_KNOWN_WORD: 2}


class Broken:
    """A part that fails until it is mended."""

    def __init__(self, part):
        self.part, self.is_broken = part, True

    def ask(self, *arguments):
        if self.is_broken:
            message = "out of order"
            raise RuntimeError(message)
        return (self.part.run if hasattr(self.part, "run") else self.part.nearest)(*arguments)

    run = nearest = ask


TITLES = ("Samsung 980 PRO 2TB NVMe SSD", "Logitech M185 Wireless Mouse", "HP 61XL ink cartridge")


def with_broken(model, *members):
    broken = []
    for member in members:
        if member is Member.NETWORKS:
            model._session = Broken(model._session)
            broken.append(model._session)
        else:
            name = {Member.NEIGHBOURS: "index", Member.TREES: "trees"}[member]
            part = Broken(getattr(model._parts, name))
            model._parts = dataclasses.replace(model._parts, **{name: part})
            broken.append(part)
    return broken


@pytest.mark.parametrize(
    ("broken", "dropped"),
    [
        ((Member.TREES,), {Member.TREES}),
        ((Member.NEIGHBOURS,), {Member.NEIGHBOURS}),
        ((Member.NETWORKS,), {Member.NETWORKS, Member.RIDGE}),
        ((Member.NETWORKS, Member.TREES), {Member.NETWORKS, Member.RIDGE}),
        ((Member.NEIGHBOURS, Member.TREES), {Member.NEIGHBOURS}),
    ],
)
def test_a_member_that_fails_is_dropped_and_counted_and_the_others_answer(models, broken, dropped):
    whole = price(models[Size.ACCURATE], *TITLES)
    model = FairPriceModel.load(FOLDER, Size.ACCURATE)
    with_broken(model, *broken)
    found = price(model, *TITLES)
    assert (np.abs(np.log(found[:, 1] / whole[:, 1])) < 0.7).all()
    assert (np.diff(found, axis=1) > 0).all()
    tally = model.take_tally()
    assert tally.dropped == dict.fromkeys(dropped, len(TITLES))
    assert not tally.unpriced


def test_what_was_priced_without_a_member_is_not_remembered(models):
    model = FairPriceModel.load(FOLDER, Size.ACCURATE)
    (part,) = with_broken(model, Member.NEIGHBOURS)
    price(model, *TITLES)
    part.is_broken = False
    np.testing.assert_array_equal(price(model, *TITLES), price(models[Size.ACCURATE], *TITLES))
    assert model.take_tally().hits == 0


def test_when_every_member_fails_there_is_no_estimate_and_never_0(fresh):
    broken = [Member.NETWORKS] if fresh._parts is None else [Member.NETWORKS, Member.NEIGHBOURS]
    with_broken(fresh, *broken)
    assert np.isnan(price(fresh, *TITLES)).all()
    tally = fresh.take_tally()
    assert tally.unpriced == {Unpriced.FAILED: len(TITLES)}
    assert tally.dropped[Member.NETWORKS] == len(TITLES)


def test_only_the_first_failure_of_a_member_is_logged(fresh, caplog):
    with_broken(fresh, Member.NETWORKS)
    price(fresh, TITLES[0])
    price(fresh, TITLES[1])
    assert sum("member=networks" in record.getMessage() for record in caplog.records) == 1


def test_a_hostile_title_does_not_stay_in_memory(fresh):
    price(fresh, "ssd " * 100_000)
    assert len(fresh._recent) == 0


def test_brand_and_category_count(model):
    bare = price(model, "Wireless 2000")
    known = price(model, "Wireless 2000", brands=["Logitech"], categories=["mouse"])
    assert not np.allclose(bare, known)


@pytest.fixture
def copied(tmp_path):
    return Path(shutil.copytree(FOLDER, tmp_path / "fair-price-v2"))


FILES = ("model.onnx", "vocabulary.npz")
STACK_FILES = ("trees.onnx", "stack.npz", "neighbours.npz")


@pytest.mark.parametrize("name", FILES + STACK_FILES)
def test_a_changed_file_is_refused(copied, name):
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(content)
    with pytest.raises(ModelError, match=f"{name} is not the file of its manifest"):
        FairPriceModel.load(copied, Size.ACCURATE)


@pytest.mark.parametrize("name", [*FILES, *STACK_FILES, "manifest.json"])
def test_a_missing_file_is_named(copied, name):
    (copied / name).unlink()
    with pytest.raises(ModelError, match=name):
        FairPriceModel.load(copied, Size.ACCURATE)


@pytest.mark.parametrize("name", STACK_FILES)
def test_the_fast_size_needs_nothing_of_the_stack(copied, name):
    (copied / name).unlink()
    assert np.isfinite(price(FairPriceModel.load(copied), TITLES[0])).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "no JSON"), ("[]", "format"), ('{"format": 2}', "format"), ('{"format": 1}', "sha256")],
)
def test_a_bad_manifest_is_refused(copied, text, message):
    (copied / "manifest.json").write_text(text)
    with pytest.raises(ModelError, match=message):
        FairPriceModel.load(copied)


@pytest.mark.parametrize("size", SIZES)
def test_loading_and_pricing_say_nothing(size):
    code = "from pathlib import Path; from udfs.pricing.model import FairPriceModel, Size; "
    code += f"model = FairPriceModel.load(Path({str(FOLDER)!r}), Size({size.value!r})); "
    code += "model.quantiles_usd(['ssd'], [None], [None])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("", "")


def test_the_artefact_is_small_enough_to_travel_with_the_code():
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    assert sum(file["bytes"] for file in manifest["files"].values()) <= 20_000_000
