"""The project's own sample feeds, read by the scanner and parsed, against a careful reader."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from scripts.scanner.entries import read_feed, record_key
from scripts.scanner.feeds import load_feeds
from tests.udfs.parsing.items import RATES
from udfs.parsing.deal import ParsedDeal, parse_deal
from udfs.parsing.prices import RejectionError

ROOT = Path(__file__).parents[3]
EXPECTED = json.loads((ROOT / "tests" / "scanner" / "samples_expected.json").read_text("utf-8"))
NOW_MS = 1_785_500_000_000


@pytest.fixture(scope="module")
def read():
    answers: dict[str, ParsedDeal | RejectionError] = {}
    for feed in load_feeds(ROOT / "local" / "feeds.toml"):
        body = (ROOT / feed.location).read_bytes()
        for deal in read_feed(body, feed, NOW_MS).deals:
            try:
                answers[record_key(deal)] = parse_deal(deal, deal["extras"], RATES)
            except RejectionError as error:
                answers[record_key(deal)] = error
    return answers


def test_every_sample_is_read(read):
    assert read.keys() == EXPECTED.keys()


@pytest.mark.parametrize("key", EXPECTED)
def test_a_sample_is_read_as_a_careful_reader_reads_it(read, key):
    answer = read[key]
    expected = {name: value for name, value in EXPECTED[key].items() if name != "same_deal_as"}
    if isinstance(answer, RejectionError):
        assert {"reason": str(answer.reason)} == expected
        return
    for name in ("price", "list_price"):
        if name in expected:
            expected[name] = Decimal(expected[name])
    assert {name: getattr(answer, name, None) for name in expected} == expected


@pytest.mark.parametrize("key", [key for key in EXPECTED if "same_deal_as" in EXPECTED[key]])
def test_a_deal_of_two_feeds_is_one_deal_and_one_product(read, key):
    ours, other = read[key], read[EXPECTED[key]["same_deal_as"]]
    assert isinstance(ours, ParsedDeal)
    assert isinstance(other, ParsedDeal)
    assert (ours.deal_id, ours.product_key) == (other.deal_id, other.product_key)
