"""What is on deals.dlq: letters, and marks that say which of them have been replayed.

A mark is a record without value under the key of its letters, in the same topic: it is written
in one transaction with the replayed record, and is kept at least as long as they are.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Any

from scripts.connection import Connection
from scripts.tail import read_topic

TOPIC = "deals.dlq"


@dataclass(frozen=True)
class Letter:
    """One dead letter.

    Attributes:
        origin: topic:partition:offset of the record that could not be used.
        letter_partition: partition of deals.dlq that it is on.
        payload: the record's value; None if it had none.
        at_ms: when it was put aside, UTC epoch ms.
        is_replayed: the record was sent to its topic again.
    """

    origin: str
    letter_partition: int
    stage: str
    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    payload: bytes | None
    at_ms: int
    code_version: str
    is_replayed: bool = False


@dataclass(frozen=True)
class Filter:
    """Which letters are meant; what is empty or None asks for nothing.

    Attributes:
        since_ms: put aside at or after this, UTC epoch ms.
        until_ms: put aside before this.
    """

    origins: Set[str] = field(default_factory=frozenset)
    reasons: Set[str] = field(default_factory=frozenset)
    stages: Set[str] = field(default_factory=frozenset)
    topics: Set[str] = field(default_factory=frozenset)
    since_ms: int | None = None
    until_ms: int | None = None

    @property
    def asks_for_something(self) -> bool:
        """Whether any letter could be left out."""
        return self != Filter()

    def takes(self, letter: Letter) -> bool:
        """Whether a letter is meant."""
        named = (
            (self.origins, letter.origin),
            (self.reasons, letter.reason),
            (self.stages, letter.stage),
            (self.topics, letter.topic),
        )
        return (
            all(not wanted or value in wanted for wanted, value in named)
            and (self.since_ms is None or letter.at_ms >= self.since_ms)
            and (self.until_ms is None or letter.at_ms < self.until_ms)
        )


def replayed_origins(connection: Connection, topic: str = TOPIC) -> set[str]:
    """Origins whose records were sent again: the ledger of replays."""
    return {
        record.key_text
        for record in read_topic(connection, topic, from_beginning=True, until_end=True)
        if record.payload is None and record.key_text is not None
    }


def read_letters(
    connection: Connection, wanted: Filter, replayed: Set[str], topic: str = TOPIC
) -> Iterator[Letter]:
    """The letters that a filter takes, as they come; records that are no letters are left out.

    Args:
        connection: Broker and registry.
        wanted: Which.
        replayed: From `replayed_origins`.
        topic: The topic of the letters, another for a trial.
    """
    for record in read_topic(connection, topic, from_beginning=True, until_end=True):
        if record.value is None:
            continue
        letter = _letter(record.value, record.partition, replayed)
        if wanted.takes(letter):
            yield letter


def _letter(value: dict[str, Any], letter_partition: int, replayed: Set[str]) -> Letter:
    origin = f"{value['topic']}:{value['partition']}:{value['offset']}"
    return Letter(
        origin=origin,
        letter_partition=letter_partition,
        stage=value["stage"],
        reason=value["reason"],
        detail=value["detail"],
        topic=value["topic"],
        partition=value["partition"],
        offset=value["offset"],
        payload=value["payload"],
        at_ms=value["at"],
        code_version=value["code_version"],
        is_replayed=origin in replayed,
    )
