"""Builders: a test names only the fields that matter to it."""

from typing import Any

from scripts.notifier.reading import Received
from tests.schemas.records import example


def alert(**changes: Any) -> dict[str, Any]:
    at_once = dict.fromkeys(("digest_id", "digest_rank", "digest_size", "tell_at", "quiet_hours"))
    return example("deals.alerts", **at_once) | changes


def received(offset: int = 0, partition: int = 0, **changes: Any) -> Received:
    own = f"{partition}-{offset}"
    changes = {"alert_id": f"id-{own}", "product_key": f"product-{own}"} | changes
    return Received("deals.alerts", partition, offset, b"payload", alert(**changes))
