from pathlib import Path

import pandas as pd
import pytest

from flink_jobs.evaluate_deals import PRODUCT
from udfs.flink import linking
from udfs.flink.linking import RESULT, LinkProducts, LinksUnavailableError
from udfs.matching.blocking import Product

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


def deal(title, shop, price_usd=99.99):
    return Product(title.casefold(), title, None, None, "new", price_usd, shop)


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
        columns = zip(*deals, strict=True)
        found = function.eval(*(pd.Series(column, dtype=object) for column in columns))
        assert list(found) == list(RESULT)
        return found

    function = LinkProducts({}, lambda: decode, MODEL_DIR, 100)
    function.open(None)
    yield run
    function.close()


def test_other_words_of_another_shop_are_the_product_that_is_known(resolve):
    found = resolve(deal(TITLES[0], "one"), deal(TITLES[1], "two"), deal(TITLES[1], "two"))
    assert found["linked_to"].tolist() == [TITLES[0].casefold()] * 3
    assert found["is_new_link"].tolist() == [True, True, False]
    assert found["score"].notna().tolist() == [False, True, False]


def test_two_offers_of_one_shop_are_two_products(resolve):
    found = resolve(deal(TITLES[0], "one"), deal(TITLES[1], "one"))
    assert found["linked_to"].tolist() == [title.casefold() for title in TITLES]


def test_the_job_tells_what_the_function_is_to_know():
    assert list(PRODUCT) == list(Product._fields)


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
    function = LinkProducts({}, lambda: decode, MODEL_DIR, 100)
    with pytest.raises(LinksUnavailableError, match=r"deals\.products"):
        function.open(None)
