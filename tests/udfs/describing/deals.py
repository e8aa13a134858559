"""Builders: a deal, its facts and answers about it."""

from decimal import Decimal
from typing import Any

from udfs.describing.batch import Answer
from udfs.describing.facts import facts_of

DEAL: dict[str, Any] = {
    "title": "Sony WH-1000XM5 wireless headphones",
    "merchant": "Best Buy",
    "price": Decimal("199.99"),
    "currency": "USD",
    "price_usd": Decimal("199.99"),
    "condition": "new",
    "fair_usd_p50": Decimal("300.00"),
    "discount_usd": Decimal("100.01"),
    "discount_ratio": 0.333367,
    "previous_price": Decimal("279.00"),
    "low_90d": Decimal("189.00"),
    "all_time_low": Decimal("179.00"),
    "days_observed": 20,
    "reasons": ["33 % under its usual $300"],
}
GOOD = "The Sony headphones cost $199.99 at Best Buy. That is 33 % below the usual $300."


def facts(**changes: Any) -> dict[str, Any]:
    return facts_of(DEAL | changes)


def answer(text: str = GOOD, **changes: Any) -> Answer:
    fields = {
        "tool_input": {"description": text},
        "stop_reason": "tool_use",
        "input_tokens": 700,
        "output_tokens": 60,
    }
    return Answer(**fields | changes)
