"""Complaint: no way to say "only new, only under $80, not from that shop"."""

import pytest

from tests.application import Running
from tests.complaints.asking import ask, told
from tests.complaints.offers import Product

pytestmark = pytest.mark.broker


def test_only_new_only_under_80_dollars_and_not_from_that_shop(running: Running, tmp_path):
    product = Product(running, "Desk Lamp")
    word = product.title.split()[-1]
    rule_id = ask(
        running,
        tmp_path,
        condition={
            "all": [
                {"words": [word], "conditions": ["new"]},
                {"not": {"merchants": ["Bad Shop"]}},
                {"max_price_usd": 80},
            ]
        },
    )

    def offer(name: str, price: str, **changes):
        extras = {"merchant": changes.pop("merchant", "Good Shop")}
        item = f"{product.title} {name}"
        return product.offer(price, 0, item_id=item, extras=extras, title=f"{item} ${price}")

    deals = product.seen(
        offer("in red", "70"),
        offer("in blue (used)", "60"),
        offer("in green", "90"),
        offer("in grey", "70", merchant="Bad Shop"),
        offer("in black", "79.99"),
    )
    assert [deal["condition"] for deal in deals] == ["new", "used", "new", "new", "new"]
    running.await_passed()
    assert sorted(str(alert["price_usd"]) for alert in told(running, rule_id)) == [
        "70.0000",
        "79.9900",
    ]
    assert {alert["merchant"] for alert in told(running, rule_id)} == {deals[0]["merchant"]}
