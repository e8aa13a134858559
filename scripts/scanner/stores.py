"""Where the scanner's memory is kept: a file of its machine, or a table that machines share."""

import os
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import ClientError

from scripts.scanner.feeds import Feed
from scripts.scanner.state import MAX_ITEMS_PER_SOURCE, FeedState, State, StateInUseError, locked

AGENT = "scanner"
LEASE_S = 900.0
"""So long a scanner that has died keeps others from its table; each save renews it."""
KEPT_S = 90 * 24 * 3600
REFRESHED_S = 24 * 3600
"""An item that is still shown is written again only this often."""
_ACTIONS = 100
"""Of one transaction, by DynamoDB's limit."""
_ATTEMPTS = 5


class Store(Protocol):
    """Keeps a State between scans."""

    def held(self) -> AbstractContextManager[None]:
        """Keep other scanners away meanwhile.

        Raises:
            StateInUseError: one is at work.
        """

    def load(self, feeds: Sequence[Feed]) -> State:
        """What is known of these feeds; a new state if nothing is."""

    def save(self, state: State) -> None:
        """Keep it.

        Raises:
            StateInUseError: another scanner has taken over meanwhile; nothing more was written.
        """


class NoStore:
    """Forgets: for runs that send nothing."""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody is kept away."""
        yield

    def load(self, _: Sequence[Feed]) -> State:
        """A new state."""
        return State()

    def save(self, state: State) -> None:
        """Not kept."""


class FileStore:
    """One JSON file."""

    def __init__(self, path: Path) -> None:
        """Take the path; the file need not be there."""
        self._path = path

    def held(self) -> AbstractContextManager[None]:
        """Lock the file."""
        return locked(self._path)

    def load(self, _: Sequence[Feed]) -> State:
        """All that is in the file."""
        return State.load(self._path)

    def save(self, state: State) -> None:
        """Write the file whole or not at all."""
        state.save(self._path)


class TableStore:
    """Entries of a DynamoDB table with the keys agent_id and entry_id.

    A lease keeps other scanners away. Every write is a transaction that demands the lease, so a
    scanner that took too long cannot overwrite what its successor has written.
    """

    def __init__(
        self,
        client: Any,
        table: str,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take a boto3 client of dynamodb and the name of the table."""
        self._client = client
        self._table = table
        self._clock = clock
        self._sleep = sleep
        self._owner = f"{os.uname().nodename}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._feeds: dict[str, FeedState] = {}
        self._items: dict[tuple[str, str], tuple[str, float]] = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Take the lease, and give it back."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=self._key(AGENT, "lease") | self._lease(),
                ConditionExpression="attribute_not_exists(entry_id) OR until_s < :now",
                ExpressionAttributeValues={":now": {"N": repr(self._clock())}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            message = f"another scanner works with table {self._table}: wait for its end, or "
            message += f"{LEASE_S / 60:.0f} minutes if it has died"
            raise StateInUseError(message) from error
        try:
            yield
        finally:
            self._give_back()

    def load(self, feeds: Sequence[Feed]) -> State:
        """Read the entries of the feeds and their sources."""
        state = State()
        wanted = {feed.key for feed in feeds}
        self._feeds, self._items = {}, {}
        for entry in self._entries(AGENT):
            if (key := entry["entry_id"]["S"].removeprefix("feed ")) in wanted:
                state.feeds[key] = _feed_state(entry)
                self._feeds[key] = _feed_state(entry)
        for source in sorted({feed.name for feed in feeds}):
            entries = sorted(
                self._entries(f"{AGENT} {source}"), key=lambda entry: float(entry["seen_s"]["N"])
            )
            items = state.items.setdefault(source, {})
            for entry in entries[-MAX_ITEMS_PER_SOURCE:]:
                item_id, digest = entry["entry_id"]["S"], entry["digest"]["S"]
                items[item_id] = digest
                self._items[source, item_id] = (digest, float(entry["seen_s"]["N"]))
        return state

    def save(self, state: State) -> None:
        """Write what has changed since it was loaded or saved."""
        now_s = self._clock()
        writes = []
        for key, feed in state.feeds.items():
            if self._feeds.get(key) != feed:
                writes.append(self._put(AGENT, f"feed {key}", _feed_attributes(feed), now_s))
        for source, item_id in sorted(state.acknowledged):
            digest = state.items[source].get(item_id)
            known, seen_s = self._items.get((source, item_id), (None, 0.0))
            if digest is not None and (known != digest or now_s - seen_s >= REFRESHED_S):
                attributes = {"digest": {"S": digest}, "seen_s": {"N": repr(now_s)}}
                writes.append(self._put(f"{AGENT} {source}", item_id, attributes, now_s))
                self._items[source, item_id] = (digest, now_s)
        for start in range(0, len(writes), _ACTIONS - 1):
            self._write(writes[start : start + _ACTIONS - 1])
        self._feeds = {key: FeedState(**asdict(feed)) for key, feed in state.feeds.items()}
        state.acknowledged.clear()

    def _write(self, writes: list[dict[str, Any]]) -> None:
        """A transaction of writes and the renewal of the lease."""
        renewal = {
            "Update": {
                "TableName": self._table,
                "Key": self._key(AGENT, "lease"),
                "UpdateExpression": "SET until_s = :until, expires_at = :until",
                # `owner` is a reserved word of DynamoDB.
                "ConditionExpression": "#owner = :owner",
                "ExpressionAttributeNames": {"#owner": "owner"},
                "ExpressionAttributeValues": {
                    ":until": {"N": str(round(self._clock() + LEASE_S))},
                    ":owner": {"S": self._owner},
                },
            }
        }
        for attempt in range(_ATTEMPTS):
            try:
                self._client.transact_write_items(TransactItems=[renewal, *writes])
            except ClientError as error:
                reasons = error.response.get("CancellationReasons", [])
                codes = {reason.get("Code", "None") for reason in reasons} - {"None"}
                if "ConditionalCheckFailed" in codes:
                    message = f"another scanner has taken over table {self._table}: what this one "
                    message += "saw since is not remembered, and will be sent again"
                    raise StateInUseError(message) from error
                is_last = attempt == _ATTEMPTS - 1
                if is_last or not codes & {"TransactionConflict", "ThrottlingError"}:
                    raise
                self._sleep(0.1 * 2.0**attempt)
            else:
                return

    def _give_back(self) -> None:
        try:
            self._client.delete_item(
                TableName=self._table,
                Key=self._key(AGENT, "lease"),
                ConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={":owner": {"S": self._owner}},
            )
        except ClientError as error:
            # Another one has it by now: it is theirs.
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def _entries(self, agent: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="agent_id = :agent",
            ExpressionAttributeValues={":agent": {"S": agent}},
            ConsistentRead=True,
        )
        for page in pages:
            yield from page["Items"]

    def _put(
        self, agent: str, entry: str, attributes: dict[str, Any], now_s: float
    ) -> dict[str, Any]:
        kept = {"expires_at": {"N": str(round(now_s + KEPT_S))}}
        item = self._key(agent, entry) | attributes | kept
        return {"Put": {"TableName": self._table, "Item": item}}

    def _key(self, agent: str, entry: str) -> dict[str, Any]:
        return {"agent_id": {"S": agent}, "entry_id": {"S": entry}}

    def _lease(self) -> dict[str, Any]:
        until = {"N": str(round(self._clock() + LEASE_S))}
        return {"owner": {"S": self._owner}, "until_s": until, "expires_at": until}


def _feed_attributes(feed: FeedState) -> dict[str, Any]:
    texts = {"etag": feed.etag, "last_modified": feed.last_modified}
    return {
        "due_at_s": {"N": repr(feed.due_at_s)},
        "failures": {"N": str(feed.failures)},
    } | {name: {"S": text} for name, text in texts.items() if text is not None}


def _feed_state(entry: dict[str, Any]) -> FeedState:
    return FeedState(
        etag=entry.get("etag", {}).get("S"),
        last_modified=entry.get("last_modified", {}).get("S"),
        due_at_s=float(entry["due_at_s"]["N"]),
        failures=int(entry["failures"]["N"]),
    )
