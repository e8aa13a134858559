"""Builders: an evaluated deal and a rule of which a test says only what matters to it."""

from typing import Any

import pandas as pd

from udfs.alerting.rules import Rule

DEAL: dict[str, Any] = {
    "title": "Sony WH-1000XM5 wireless headphones",
    "product_key": "sony wh1000xm5",
    "merchant": "Best Buy",
    "brand": "Sony",
    "category": "Headphones",
    "condition": "new",
    "verdict": "bargain",
    "is_expired": False,
    "price_usd": 200.0,
    "discount_usd": 100.0,
    "discount_ratio": 1 / 3,
    "fair_usd_p10": 250.0,
    "all_time_low": 200.0,
    "days_observed": 20,
    "temperature": 35,
    "deal_score": 0.8,
    "unit_price_usd": 100.0,
    "previous_price": 260.0,
    "low_7d": 200.0,
    "low_30d": 200.0,
    "low_90d": 180.0,
}


def deal(**changes: Any) -> dict[str, Any]:
    return DEAL | changes


def frame(*deals: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(deals), columns=list(DEAL))


def rule(rule_id: str = "rule", *any_of: dict[str, Any], **changes: Any) -> Rule:
    record = {"rule_id": rule_id, "name": "", "any_of": list(any_of), "updated_at": 0} | changes
    return Rule.from_record(record)
