from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from flink_jobs.tables import columns
from udfs.flink import linking
from udfs.flink.linking import ADDED, LinkProducts, LinksUnavailableError

COLUMNS = columns("deals.parsed")
MODEL_DIR = Path("models/product-match-v1")
TITLES = ("Sony Black Bluetooth Headphones - WH1000XM5", "Black Headphones WH-1000XM5 Bluetooth")


class Topic:
    """Stands for deals.products: what is put on `records` is read next."""

    def __init__(self, *records):
        self.records = list(records)
        self.is_endless = False

    def poll(self, timeout_s):
        found, self.records = self.records, []
        return found

    def is_at_end(self):
        return not self.records and not self.is_endless

    def close(self):
        pass


def deal(title, shop, **changes):
    filled = {
        name: {"BOOLEAN": False, "INT": None, "BIGINT": None}.get(kind, "x")
        for name, kind in COLUMNS.items()
    }
    price = dict.fromkeys(("price", "price_usd"), Decimal("99.9900"))
    absent = dict.fromkeys(("list_price", "list_price_usd", "brand", "model_number"))
    own = {"product_key": title.casefold(), "title": title, "merchant": shop, "condition": "new"}
    return filled | price | absent | own | {"observed_at": 1_780_000_000_123} | changes


def decode(value):
    if value == b"bad":
        message = "bad record"
        raise ValueError(message)
    return eval(value)  # noqa: S307 - the test's own literals


@pytest.fixture
def topic(monkeypatch):
    made = Topic()
    monkeypatch.setattr(linking, "CompactedTopic", lambda kafka, name: made)
    monkeypatch.setattr(linking, "FOLLOW_EVERY_S", 0.0)
    return made


@pytest.fixture
def resolve(topic):
    def run(*deals):
        frame = pd.DataFrame(list(deals)).set_axis(range(len(COLUMNS)), axis=1)
        found = function.eval(frame)
        assert list(found) == [*COLUMNS, *ADDED]
        return found

    function = LinkProducts({}, lambda: decode, MODEL_DIR, 100, COLUMNS)
    function.open(None)
    yield run
    function.close()


def test_other_words_of_another_shop_are_the_product_that_is_known(resolve):
    found = resolve(deal(TITLES[0], "one"), deal(TITLES[1], "two"), deal(TITLES[1], "two"))
    assert found["linked_to"].tolist() == [TITLES[0].casefold()] * 3
    assert found["is_new_link"].tolist() == [True, True, False]
    assert found["score"].notna().tolist() == [False, True, False]


def test_what_passes_through_is_not_changed(resolve):
    expiring = deal(TITLES[0], None, expires_at=1_790_000_000_001, temperature=-3)
    other = deal("Kettle", "two")
    found = resolve(expiring, other)
    for row, given in zip(found.to_dict("records"), (expiring, other), strict=True):
        passed = {name: row[name] for name in COLUMNS}
        assert passed == given
        assert {name: type(value) for name, value in passed.items()} == {
            name: type(value) for name, value in given.items()
        }


def test_a_feed_stands_for_the_shop_that_it_does_not_name(resolve):
    first, second = deal(TITLES[0], None), deal(TITLES[1], None)
    assert resolve(first, second)["linked_to"].tolist()[1] == TITLES[1].casefold()
    third = deal(TITLES[1] + "!", None, source="another feed")
    assert resolve(third)["linked_to"].tolist() != [TITLES[1].casefold() + "!"]


def test_what_others_write_counts_and_what_nobody_can_read_does_not(topic, resolve):
    topic.records = [
        ("x", b"bad"),
        (
            "kettle",
            repr(
                {
                    "product_key": "kettle", "linked_to": "another", "title": "Kettle",
                    "brand": None, "model_number": None, "condition": "new", "price_usd": None,
                    "shop": "one",
                }
            ).encode(),
        ),
    ]  # fmt: skip
    found = resolve(deal("Kettle", "two"))
    assert (found["linked_to"][0], found["is_new_link"][0]) == ("another", False)
    topic.records = [("kettle", None)]
    assert resolve(deal("Kettle", "two"))["linked_to"][0] == "kettle"


def test_a_topic_that_cannot_be_read_to_its_end_stops_the_task(topic, monkeypatch):
    topic.is_endless = True
    monkeypatch.setattr(linking, "SILENT_FOR_S", 0.0)
    function = LinkProducts({}, lambda: decode, MODEL_DIR, 100, COLUMNS)
    with pytest.raises(LinksUnavailableError, match=r"deals\.products"):
        function.open(None)
