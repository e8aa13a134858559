"""Complaint: "was" prices that nobody ever paid."""

import pytest

from tests.application import Running
from tests.complaints.offers import Product

pytestmark = pytest.mark.broker


def test_a_was_price_that_was_never_charged_is_called_so_and_makes_no_bargain(running: Running):
    product = Product(running, "Monitor")
    product.seen(*(product.offer("90", day) for day in range(16)))
    (fake,) = product.seen(
        product.offer("90", 17, summary_html="<p>was $199, now 55% off, you save $109</p>")
    )
    assert fake["list_price_usd"] == 199
    assert "seller's 'was' $199 was never charged in 17 days on record" in fake["reasons"]
    assert (fake["verdict"], fake["fair_usd_p50"]) == ("fair", 90)
    assert [
        alert for alert in product.alerts() if alert["observed_at"] == fake["observed_at"]
    ] == []


def test_a_was_price_that_was_charged_is_not(running: Running):
    product = Product(running, "Monitor")
    days = product.seen(*(product.offer("199" if day < 10 else "120", day) for day in range(16)))
    (true,) = product.seen(product.offer("90", 17, summary_html="<p>was $199</p>"))
    assert days[-1]["typical_90d"] == 199
    assert true["list_price_usd"] == 199
    assert not any("was" in reason for reason in true["reasons"])
    assert true["verdict"] == "bargain"
