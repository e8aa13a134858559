"""Builders: a test names only the fields that matter to it."""

from typing import Any

from scripts.notifier.reading import Received
from tests.schemas.records import example


def alert(**changes: Any) -> dict[str, Any]:
    return example("deals.alerts", digest_id=None, digest_rank=None) | changes


def received(offset: int = 0, partition: int = 0, **changes: Any) -> Received:
    changes = {"alert_id": f"id-{partition}-{offset}"} | changes
    return Received("deals.alerts", partition, offset, b"payload", alert(**changes))
