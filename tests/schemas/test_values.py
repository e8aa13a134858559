import json
import math
from datetime import UTC, datetime, timezone
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import AvroSchema, shipped
from schemas.values import InvalidValueError, to_json
from tests.schemas.records import EXAMPLES, example, example_of

MONEY = st.decimals(-(10**14) + 1, 10**14 - 1, allow_nan=False, places=4)


def price(value):
    """A price as it comes back from Avro."""
    record = example("deals.parsed", price=value)
    schema = shipped("deals.parsed")
    return schema.read(schema.write(record))["price"]


@given(MONEY)
def test_money_survives_exactly(amount):
    assert price(amount) == amount


@pytest.mark.parametrize("text", ["0", "-0", "6.2", "1E+2", "12.3400000", "99999999999999.9999"])
def test_money_is_taken_however_it_is_written(text):
    assert price(Decimal(text)) == price(text) == Decimal(text)


def test_money_ignores_the_decimal_context_of_the_caller():
    with localcontext() as context:
        context.prec = 3
        assert price(Decimal("12345.6789")) == Decimal("12345.6789")


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (9.99, "must be an exact number"),
        (True, "must be an exact number"),
        (None, "must be an exact number"),
        ("cheap", "must be a number"),
        (Decimal("NaN"), "must be a finite number"),
        (Decimal("0.00001"), "has more than 4 digits after the point"),
        (10**14, "has more than 14 digits before the point"),
        (Decimal("1E+999999"), "has more than 14 digits before the point"),
    ],
)
def test_what_is_no_money_is_refused_by_name(value, fault):
    with pytest.raises(InvalidValueError, match=rf"^ParsedDeal\.price {fault}"):
        price(value)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"title": 7}, "RawDeal.title must be text, not int"),
        ({"title": None}, "RawDeal.title must be text, not NoneType"),
        ({"title": "\ud83d"}, "RawDeal.title holds half of a surrogate pair"),
        ({"fetched_at": "now"}, "RawDeal.fetched_at must be an integer, not str"),
        ({"fetched_at": 1 << 63}, "RawDeal.fetched_at exceeds long"),
        ({"fetched_at": True}, "RawDeal.fetched_at must be an integer, not bool"),
        ({"fetched_at": datetime(2025, 1, 1)}, "RawDeal.fetched_at takes epoch milliseconds"),  # noqa: DTZ001 - refused for lack of a zone
        ({"extras": {"price": 5}}, "RawDeal.extras['price'] must be text, not int"),
        ({"extras": []}, "RawDeal.extras must be an object, not list"),
        ({"prize": 1}, "RawDeal has no field prize"),
    ],
)
def test_a_misfit_is_named_by_its_path(changes, fault):
    with pytest.raises(InvalidValueError) as caught:
        shipped("deals.raw").write(example("deals.raw", **changes))
    assert str(caught.value).startswith(fault)


def test_a_missing_field_is_named_unless_it_has_a_default():
    schema = shipped("deals.raw")
    record = example("deals.raw")
    del record["extras"], record["published_at"]
    read = schema.read(schema.write(record))
    assert (read["extras"], read["published_at"]) == ({}, None)
    del record["link"]
    with pytest.raises(InvalidValueError, match=r"RawDeal\.link is missing"):
        schema.write(record)


def test_a_time_may_be_given_as_an_aware_datetime():
    schema = shipped("deals.raw")
    at = datetime(2025, 11, 24, 22, 0, 5, 250_999, UTC)
    for moment in (at, at.astimezone(timezone.max)):
        record = schema.read(schema.write(example("deals.raw", fetched_at=moment)))
        assert record["fetched_at"] == 1764021605250


def test_an_enum_lists_what_it_takes():
    with pytest.raises(
        InvalidValueError, match=r"ParsedDeal\.condition must be one of new, open_box"
    ):
        shipped("deals.parsed").write(example("deals.parsed", condition="mint"))


def test_nested_misfits_are_named_by_their_place():
    rule = example_of("deals.rules", EXAMPLES / "deals.rules.v1.json")
    rule["any_of"][1]["min_discount_usd"] = 1.5
    with pytest.raises(InvalidValueError, match=r"AlertRule\.any_of\[1\]\.min_discount_usd must"):
        shipped("deals.rules").write(rule)


def test_json_holds_every_digit_of_money():
    assert to_json({"a": Decimal("1E+2"), "b": Decimal("0.1000"), "c": Decimal("1E-4")}) == (
        '{"a": 100, "b": 0.1000, "c": 0.0001}'
    )


def test_json_is_one_line_of_ascii_whatever_the_text():
    hostile = "\u2028 \x1b[31m \n \U0001f525 \u202e \x85"
    line = to_json({hostile: [hostile]})
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == {hostile: [hostile]}


def test_json_names_floats_that_are_no_numbers():
    assert to_json([math.nan, math.inf, -math.inf, 0.5]) == '["NaN", "Infinity", "-Infinity", 0.5]'


def test_json_goes_back_to_the_same_record():
    schema = AvroSchema.of(
        {
            "type": "record",
            "name": "All",
            "fields": [
                {"name": "data", "type": ["null", "bytes"]},
                {"name": "ratio", "type": "double"},
                {"name": "hash", "type": {"type": "fixed", "name": "Hash", "size": 2}},
                {"name": "is_new", "type": "boolean"},
            ],
        }
    )
    record = {"data": b"\x00\xff", "ratio": -math.inf, "hash": b"\x01\x02", "is_new": True}
    body = schema.write(record)
    assert schema.write(json.loads(to_json(record)), from_json=True) == body
    with pytest.raises(InvalidValueError, match=r"All\.data must be base64 text"):
        schema.write(record | {"data": "?"}, from_json=True)
