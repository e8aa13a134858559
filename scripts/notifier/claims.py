"""What was sent: an alert is claimed before it is sent, so that nobody else sends it too.

A claim is made durable before the message leaves. A process that dies between the two leaves a
claim without an outcome, and nobody can know whether the message went out: such an alert is not
sent again.
"""

import sqlite3
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import boto3
from botocore.exceptions import ClientError

from schemas.registry import credentials

# Longer than an alert can be read again from its topic (30 days, schemas/topics.py), shorter than
# the time after which the same alert may be told anew (90 days, Alerts: memory.days).
MEMORY_DAYS = 60
MEMORY_MS = MEMORY_DAYS * 24 * 3600 * 1000


class State(StrEnum):
    """How far an alert got."""

    CLAIMED = "claimed"
    """It is being sent; after a crash: perhaps sent."""
    SENT = "sent"
    """Every service took it."""
    FAILED = "failed"
    """A service did not take it after the last try: a dead letter."""
    OUTRANKED = "outranked"
    """Better deals have filled its digest: not sent."""
    UNCERTAIN = "uncertain"
    """Claimed by a process that ended before it knew the outcome: a dead letter, not sent again."""


def now_ms() -> int:
    """UTC epoch milliseconds."""
    return time.time_ns() // 1_000_000


class Claims(Protocol):
    """Remembers the state of alerts, across restarts and between processes."""

    def claim(self, alert_id: str) -> State | None:
        """Claim an alert: None, and it is ours to send; else the state that it has already."""

    def settle(self, alert_id: str, state: State) -> None:
        """Remember the outcome of a claim."""

    def release(self, alert_id: str) -> None:
        """Give back a claim of ours: the message did not go out."""

    def close(self) -> None:
        """Let go of files and connections."""


class SqliteClaims:
    """Claims in a file of this machine; processes that share the file share the claims."""

    def __init__(self, path: Path | None, clock_ms: Callable[[], int] = now_ms) -> None:
        """Open or make the file, and forget what is older than MEMORY_DAYS.

        Args:
            path: of the file; None keeps the claims in memory, for as long as this object lives.
            clock_ms: UTC epoch milliseconds.

        Raises:
            OSError: its folder cannot be made.
            sqlite3.Error: it is no such file, or cannot be opened.
        """
        self._clock_ms = clock_ms
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(path or ":memory:", timeout=30, isolation_level=None)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = FULL")  # a claim outlives the power
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS claims (alert_id TEXT PRIMARY KEY, state TEXT NOT NULL, "
            "claimed_at_ms INTEGER NOT NULL, settled_at_ms INTEGER)"
        )
        self._file.execute("DELETE FROM claims WHERE claimed_at_ms < ?", (self._forgotten_ms(),))

    def claim(self, alert_id: str) -> State | None:
        """Claim an alert: None, and it is ours to send; else the state that it has already."""
        made = self._file.execute(
            "INSERT INTO claims VALUES (?, ?, ?, NULL) ON CONFLICT (alert_id) DO UPDATE "
            "SET state = excluded.state, claimed_at_ms = excluded.claimed_at_ms, "
            "settled_at_ms = NULL WHERE claimed_at_ms < ?",
            (alert_id, State.CLAIMED, self._clock_ms(), self._forgotten_ms()),
        )
        if made.rowcount:
            return None
        query = "SELECT state FROM claims WHERE alert_id = ?"
        (state,) = self._file.execute(query, (alert_id,)).fetchone()
        return State(state)

    def settle(self, alert_id: str, state: State) -> None:
        """Remember the outcome of a claim."""
        self._file.execute(
            "UPDATE claims SET state = ?, settled_at_ms = ? WHERE alert_id = ?",
            (state, self._clock_ms(), alert_id),
        )

    def release(self, alert_id: str) -> None:
        """Give back a claim of ours: the message did not go out."""
        self._file.execute("DELETE FROM claims WHERE alert_id = ?", (alert_id,))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _forgotten_ms(self) -> int:
        return self._clock_ms() - MEMORY_MS


class DynamoClaims:
    """Claims in a DynamoDB table with the keys of terraform's agent-state: agent_id, entry_id."""

    def __init__(
        self,
        table: str,
        group: str,
        region: str,
        endpoint_url: str | None = None,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        """Connect; nothing is asked yet.

        Args:
            table: its name.
            group: consumer group of the notifier: each has its own claims.
            region: AWS region.
            endpoint_url: None for AWS itself.
            clock_ms: UTC epoch milliseconds.
        """
        resource = boto3.resource(
            "dynamodb",
            region_name=region,
            endpoint_url=endpoint_url,
            **credentials(endpoint_url),
        )
        self._table = resource.Table(table)
        self._group = group
        self._clock_ms = clock_ms

    def claim(self, alert_id: str) -> State | None:
        """Claim an alert: None, and it is ours to send; else the state that it has already."""
        now_s = self._clock_ms() // 1000
        item = self._key(alert_id) | {
            "state": State.CLAIMED.value,
            "claimed_at_ms": self._clock_ms(),
            "expires_at": now_s + MEMORY_MS // 1000,
        }
        try:
            self._table.put_item(
                Item=item,
                # DynamoDB deletes what has expired days later: until then it does not count.
                ConditionExpression="attribute_not_exists(entry_id) OR expires_at < :now",
                ExpressionAttributeValues={":now": now_s},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return State(error.response["Item"]["state"]["S"])
        return None

    def settle(self, alert_id: str, state: State) -> None:
        """Remember the outcome of a claim."""
        self._table.update_item(
            Key=self._key(alert_id),
            UpdateExpression="SET #state = :state, settled_at_ms = :now",
            ExpressionAttributeNames={"#state": "state"},  # a reserved word there
            ExpressionAttributeValues={":state": state.value, ":now": self._clock_ms()},
        )

    def release(self, alert_id: str) -> None:
        """Give back a claim of ours: the message did not go out."""
        self._table.delete_item(Key=self._key(alert_id))

    def close(self) -> None:
        """Close the connections."""
        self._table.meta.client.close()

    def _key(self, alert_id: str) -> dict[str, Any]:
        return {"agent_id": self._group, "entry_id": alert_id}
