from decimal import Decimal

import pytest

from scripts.demo.ledger import Ledger, count_duplicates

HOUR_MS = 3600 * 1000


def ledger(**changes) -> Ledger:
    balanced = {
        "raw": 10,
        "parsed": 8,
        "evaluated": 7,
        "alerts": 1,
        "documents": 5,
        "deals": 5,
        "duplicates": 1,
        "stats": 30,
        "summarised": 7,
        "dead_letters": {("parse_deals", "price_missing"): 2},
    }
    return Ledger(**balanced | changes)


def seen(deal_id: str, price: str, hour: float) -> dict:
    return {
        "product_key": "tv",
        "deal_id": deal_id,
        "price_usd": Decimal(price),
        "observed_at": int(hour * HOUR_MS),
    }


def test_a_balanced_ledger_has_no_discrepancy():
    assert ledger().discrepancies() == []


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"raw": 11}, "raw 11"),
        ({"parsed": 7, "raw": 9}, "parsed 7"),
        ({"evaluated": 6, "summarised": 6}, "evaluated 6"),
        ({"summarised": 6}, "in windows 6"),
        ({"too_late": 1}, "too late 1"),
        ({"duplicates": 0}, "duplicates 0"),
        ({"documents": 4}, "4 documents"),
        ({"documents": 6}, "6 documents"),
        ({"dead_letters": {}}, "dead letters 0"),
    ],
)
def test_whatever_is_lost_or_invented_is_said(changes, word):
    (found,) = ledger(**changes).discrepancies()
    assert word in found


def test_a_rejected_document_is_not_indexed():
    rejected = ledger(
        dead_letters={("parse_deals", "price_missing"): 2, ("index_deals", "document_rejected"): 1},
        documents=4,
    )
    assert rejected.discrepancies() == []
    assert rejected.indexed == 6
    assert rejected.by_reason() == {"document_rejected": 1, "price_missing": 2}


@pytest.mark.parametrize(
    ("records", "duplicates"),
    [
        ([seen("a", "9", 0), seen("a", "9", 0)], 1),
        ([seen("a", "9", 0), seen("a", "9", 23.9)], 1),
        ([seen("a", "9", 0), seen("a", "9", 24)], 0),
        ([seen("a", "9", 0), seen("a", "8", 1)], 0),
        ([seen("a", "9", 0), seen("a", "8", 1), seen("a", "9", 2)], 0),
        ([seen("a", "9", 0), seen("a", "8", 1), seen("a", "9", 0.5)], 1),
        ([seen("a", "9", 0), seen("b", "9", 0)], 0),
        ([seen("a", "9", 0), seen("a", "9", 23), seen("a", "9", 24.1), seen("a", "9", 48)], 2),
        ([seen("a", "9.00", 1), seen("a", "9.0000", 0)], 1),
    ],
)
def test_a_duplicate_is_the_same_price_within_a_day_and_no_other_between(records, duplicates):
    assert count_duplicates(records) == duplicates


def test_an_observation_that_confirms_a_suspect_price_is_no_duplicate():
    first, second = seen("a", "9", 0), seen("a", "9", 1)
    assert count_duplicates([first, second], [second | {"reason_codes": ["confirmed_low"]}]) == 0
    assert count_duplicates([first, second], [second | {"reason_codes": []}]) == 1
