"""Builder: an evaluated deal of which a test says only what matters to it."""

from decimal import Decimal
from typing import Any

DEAL: dict[str, Any] = {
    "deal_id": "deal-1",
    "product_key": "sony wh1000xm5",
    "source": "slickdeals",
    "item_id": "17",
    "url": "https://shop.example/17",
    "merchant": "Best Buy",
    "title": "Sony WH-1000XM5 wireless headphones",
    "brand": "Sony",
    "model_number": "WH-1000XM5",
    "category": "Headphones",
    "price": Decimal("199.9900"),
    "currency": "USD",
    "price_usd": Decimal("199.9900"),
    "list_price": Decimal("399.0000"),
    "list_price_usd": Decimal("399.0000"),
    "condition": "new",
    "coupon": None,
    "expires_at": 1_700_100_000_000,
    "is_expired": False,
    "temperature": 35,
    "observed_at": 1_700_000_000_000,
    "fair_usd_p10": Decimal("250.0000"),
    "fair_usd_p50": Decimal("300.0000"),
    "fair_usd_p90": Decimal("350.0000"),
    "model_version": "history",
    "discount_usd": Decimal("100.0100"),
    "discount_ratio": 0.3334,
    "previous_price": Decimal("279.0000"),
    "low_7d": Decimal("199.9900"),
    "low_30d": Decimal("199.9900"),
    "low_90d": Decimal("189.0000"),
    "all_time_low": Decimal("179.0000"),
    "days_observed": 20,
    "observations": 31,
    "verdict": "bargain",
    "reason_codes": ["below_usual"],
    "reasons": ["33 % under its usual $300"],
    "linked_from": None,
    "unit_count": 1,
    "unit_price_usd": Decimal("199.9900"),
    "deal_score": 0.9,
    "typical_7d": Decimal("250.0000"),
    "typical_30d": Decimal("250.0000"),
    "typical_90d": Decimal("249.0000"),
    "all_time_low_at": 1_699_920_000_000,
    "last_change_at": 1_700_000_000_000,
    "shops_observed": 2,
    "low_badge": "at_low",
}


def deal(**changes: Any) -> dict[str, Any]:
    return DEAL | changes
