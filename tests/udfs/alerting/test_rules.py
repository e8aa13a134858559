from datetime import UTC, datetime
from decimal import Decimal

import pytest

from udfs.alerting.rules import Conditions, Rule, RuleError

RECORD = {
    "rule_id": "r",
    "name": "Cheap TVs",
    "is_enabled": True,
    "any_of": [{"words": ["tv"], "max_price_usd": Decimal("300.0000"), "is_below_p10": None}],
    "updated_at": 1_700_000_000_000,
}


def test_a_decoded_record_becomes_a_frozen_rule():
    rule = Rule.from_record(RECORD)
    assert rule.any_of == (Conditions(words=("tv",), max_price_usd=Decimal(300)),)
    with pytest.raises(ValueError, match="frozen"):
        rule.name = "other"


def test_the_time_may_be_a_datetime_as_avro_decoders_give_it():
    written = datetime(2023, 11, 14, 22, 13, 20, 5_000, tzinfo=UTC)
    rule = Rule.from_record(RECORD | {"updated_at": written})
    assert rule.updated_at == 1_700_000_000_005


def with_conditions(**conditions):
    return RECORD | {"any_of": [conditions]}


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({}, "rule_id"),
        (RECORD | {"rule_id": " "}, "rule_id"),
        (RECORD | {"any_of": None}, "any_of"),
        (RECORD | {"any_of": [{}] * 101}, "any_of"),
        (with_conditions(words=["!?"]), "any_of.0.words.0"),
        (with_conditions(words=["w"] * 51), "any_of.0.words"),
        (with_conditions(brands=["b"] * 1_001), "any_of.0.brands"),
        (with_conditions(brands=["b" * 301]), "any_of.0.brands.0"),
        (with_conditions(conditions=["broken"]), "any_of.0.conditions.0"),
        (with_conditions(verdicts=["great"]), "any_of.0.verdicts.0"),
        (with_conditions(max_price_usd=Decimal(-1)), "any_of.0.max_price_usd"),
        (with_conditions(max_price_usd=Decimal("NaN")), "any_of.0.max_price_usd"),
        (with_conditions(min_discount_ratio=1.5), "any_of.0.min_discount_ratio"),
        (with_conditions(min_discount_ratio=float("nan")), "any_of.0.min_discount_ratio"),
        (with_conditions(min_days_at_all_time_low=-1), "any_of.0.min_days_at_all_time_low"),
        (with_conditions(max_unit_price=5), "any_of.0.max_unit_price"),
    ],
)
def test_a_bad_record_is_an_error_that_names_the_field(record, field):
    with pytest.raises(RuleError, match=rf"(^|; ){field}: "):
        Rule.from_record(record)


def test_the_error_does_not_repeat_what_was_in_the_record():
    with pytest.raises(RuleError) as caught:
        Rule.from_record(with_conditions(verdicts=["secret-value"]))
    assert "secret-value" not in str(caught.value)
    assert "\n" not in str(caught.value)
