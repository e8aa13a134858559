import re
from decimal import Decimal

import pytest

from udfs.alerting.identity import alert_id


def test_the_id_is_the_same_on_every_machine_and_in_every_release():
    assert alert_id("tv", "lg c4", Decimal("999.00")) == "5aa6bd9ef9397750eec19c98ad2588bf"


def test_the_id_is_128_bits_of_hexadecimal():
    assert re.fullmatch("[0-9a-f]{32}", alert_id("a", "b", 1))


@pytest.mark.parametrize("price", [999, 999.0, Decimal("999"), Decimal("999.0000"), "9.99e2"])
def test_one_price_however_written_is_one_id(price):
    assert alert_id("tv", "lg c4", price) == alert_id("tv", "lg c4", Decimal("999.00"))


def test_minus_zero_is_zero():
    assert alert_id("a", "b", -0.0) == alert_id("a", "b", 0)


def test_rule_product_and_price_each_count():
    ids = [
        alert_id("a", "bc", 1),
        alert_id("ab", "c", 1),
        alert_id("a", "bc", Decimal("1.0001")),
        alert_id('a","b', "c", 1),
        alert_id("a", 'b","c', 1),
    ]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("price", [float("nan"), float("inf")])
def test_a_deal_without_a_price_has_no_id(price):
    with pytest.raises(ValueError, match="needs a price"):
        alert_id("a", "b", price)
