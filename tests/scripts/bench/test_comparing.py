from collections import Counter
from decimal import Decimal

from scripts.bench.comparing import differences


def deal(**changes):
    return {
        "deal_id": "d",
        "observed_at": 1,
        "price_usd": Decimal("9.99"),
        "verdict": "fair",
        "fair_usd_p50": Decimal("100.0000"),
        "reasons": ["a"],
    } | changes


def test_equal_records_in_any_order_do_not_differ():
    rows = [deal(), deal(deal_id="e"), deal(observed_at=2)]
    assert differences(rows, rows[::-1]) == Counter()


def test_a_last_digit_is_rounding_and_a_verdict_is_not():
    assert differences([deal()], [deal(fair_usd_p50=Decimal("100.0001"))]) == Counter()
    assert differences([deal()], [deal(fair_usd_p50=Decimal("100.1"))]) == {"fair_usd_p50": 1}
    assert differences([deal()], [deal(verdict="bargain", reasons=[])]) == {
        "verdict": 1,
        "reasons": 1,
    }


def test_a_missing_and_a_repeated_record_are_told():
    assert differences([deal(), deal(deal_id="e")], [deal()]) == {"records": 1}
    assert differences([deal()], [deal(), deal()]) == {"records": 1}


def test_a_missing_value_is_no_zero():
    assert differences([deal(fair_usd_p50=None)], [deal(fair_usd_p50=Decimal(0))]) == {
        "fair_usd_p50": 1
    }
