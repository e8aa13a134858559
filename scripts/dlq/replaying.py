"""Replay: records go back to their topics, each once, and leave a mark beside their letters.

Record and mark are one Kafka transaction, which the jobs read committed: if the tool dies in
between, neither counts. A second replay of the same letter finds the mark and sends nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, KafkaException, Producer

from schemas.topics import MAX_DEAD_LETTER_BYTES
from scripts.connection import Connection, ToolError
from scripts.dlq.letters import TOPIC, Filter, Letter, read_letters, replayed_origins
from scripts.dlq.origins import Origins, RefusedError, Replay

# The same for everybody: who starts later shuts out who started earlier.
TRANSACTIONAL_ID = "deal-finder.dlq-replay"
HEADER = "deal-finder-replay-of"
BATCH = 200
BATCH_BYTES = 8 * 1024 * 1024
REQUEST_S = 30.0
# Unanswered letters of a hung tool are given up by the broker after this.
TRANSACTION_S = 60


@dataclass
class Outcome:
    """What became of the letters asked for.

    Attributes:
        sent: Records sent; in a dry run those that would be.
        replayed_before: Letters whose record was sent by an earlier replay.
        same_record: Letters of a record that another letter stands for.
        refused: Letters that were not sent, with the reason.
    """

    sent: Counter[str] = field(default_factory=Counter)
    replayed_before: int = 0
    same_record: int = 0
    refused: list[tuple[Letter, str]] = field(default_factory=list)


def replay(
    connection: Connection,
    wanted: Filter,
    *,
    is_dry_run: bool = False,
    topic: str = TOPIC,
    tell: Callable[[Outcome], None] = lambda _: None,
) -> Outcome:
    """Send the records of the letters asked for to the topics they came from.

    Args:
        connection: Broker and registry.
        wanted: Which letters.
        is_dry_run: Look at everything and send nothing.
        topic: The topic of the letters.
        tell: Hears of the outcome so far, a letter at a time.

    Raises:
        ToolError: another replay has begun, or the broker does not take the records; what was
            not committed has not been sent.
    """
    # Before the ledger is read: an earlier tool can commit nothing from here on.
    producer = None if is_dry_run else _producer(connection)
    outcome = Outcome()
    origins = Origins(connection)
    try:
        batch: list[tuple[Letter, Replay]] = []
        for letter in _not_yet_sent(connection, wanted, topic, outcome):
            try:
                batch.append((letter, origins.replay_of(letter)))
            except RefusedError as refusal:
                outcome.refused.append((letter, str(refusal)))
            size = sum(len(record.value) for _, record in batch)
            if len(batch) >= BATCH or size >= BATCH_BYTES:
                _send(producer, batch, topic, outcome)
                batch = []
            tell(outcome)
        _send(producer, batch, topic, outcome)
        tell(outcome)
    finally:
        origins.close()
    return outcome


def _not_yet_sent(
    connection: Connection, wanted: Filter, topic: str, outcome: Outcome
) -> Iterator[Letter]:
    """A letter of each record that is to be sent; two stages may have put the same one aside."""
    replayed = replayed_origins(connection, topic)
    seen: set[str] = set()
    for letter in read_letters(connection, wanted, replayed, topic):
        if letter.is_replayed:
            outcome.replayed_before += 1
        elif letter.origin in seen:
            outcome.same_record += 1
        else:
            seen.add(letter.origin)
            yield letter


def _producer(connection: Connection) -> Producer:
    producer = Producer(
        connection.client()
        | {
            "client.id": "deal-finder-dlq",
            "transactional.id": TRANSACTIONAL_ID,
            "transaction.timeout.ms": TRANSACTION_S * 1000,
            "compression.type": "lz4",
            "message.max.bytes": MAX_DEAD_LETTER_BYTES,
        }
    )
    producer.init_transactions(REQUEST_S)
    return producer


def _send(
    producer: Producer | None, batch: list[tuple[Letter, Replay]], topic: str, outcome: Outcome
) -> None:
    if not batch:
        return
    if producer is not None:
        try:
            _commit(producer, batch, topic)
        except KafkaException as error:
            failure: KafkaError = error.args[0]
            if failure.code() in (KafkaError._FENCED, KafkaError.PRODUCER_FENCED):  # noqa: SLF001
                message = "another replay has begun: this one ends; nothing is sent twice"
            else:
                message = f"the broker did not take {len(batch)} records, none counts: {failure}"
            raise ToolError(message) from error
    outcome.sent.update(record.topic for _, record in batch)


def _commit(producer: Producer, batch: list[tuple[Letter, Replay]], topic: str) -> None:
    producer.begin_transaction()
    for letter, record in batch:
        producer.produce(
            record.topic,
            key=record.key,
            value=record.value,
            partition=record.partition,
            headers={HEADER: letter.origin},
        )
        producer.produce(
            topic, key=letter.origin.encode(), value=None, partition=letter.letter_partition
        )
        producer.poll(0)
    try:
        producer.commit_transaction(REQUEST_S)
    except KafkaException as error:
        if error.args[0].txn_requires_abort():
            producer.abort_transaction(REQUEST_S)
        raise
