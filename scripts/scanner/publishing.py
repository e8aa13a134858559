"""Where scanned items go: Kafka, or lines of JSON."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TextIO

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.values import InvalidValueError
from scripts.scanner.entries import RawDeal, record_key

TOPIC = "deals.raw"
_CHECK_S = 15.0
Encode = Callable[[RawDeal], bytes]


class Sink(Protocol):
    """Takes records of deals.raw."""

    def send(self, deal: RawDeal) -> None:
        """Take a record; what becomes of it is known after `settle`."""

    def settle(self) -> dict[str, str]:
        """Wait until all that was sent is acknowledged or given up.

        Returns:
            What was not delivered since the last call: key of the record to why.
        """


class JsonLinesSink:
    """Writes a JSON object a line, ASCII only; a line written counts as delivered."""

    def __init__(self, file: TextIO) -> None:
        """Take the open file."""
        self._file = file

    def send(self, deal: RawDeal) -> None:
        """Write a record."""
        self._file.write(json.dumps(deal, sort_keys=True) + "\n")

    def settle(self) -> dict[str, str]:
        """Hand what was written to the system."""
        self._file.flush()
        return {}


class KafkaSink:
    """Sends records to deals.raw: idempotent, acknowledged by all in-sync replicas."""

    def __init__(
        self,
        properties: Mapping[str, Any],
        encode: Encode,
        *,
        topic: str = TOPIC,
        timeout_s: float = 30.0,
        make_producer: Callable[[dict[str, Any]], Any] = Producer,
    ) -> None:
        """Connect.

        Args:
            properties: Of librdkafka, e.g. {"bootstrap.servers": ...}.
            encode: A record to the bytes of its Kafka value.
            topic: Where to.
            timeout_s: Within which a record is delivered or given up.
            make_producer: Takes the properties.
        """
        self._encode = encode
        self._topic = topic
        self._timeout_s = timeout_s
        self._waiting: set[str] = set()
        self._failures: dict[str, str] = {}
        self._producer = make_producer(
            {
                "client.id": "deal-finder-scanner",
                "compression.type": "zstd",
                "linger.ms": 20,
                **properties,
                # Not the caller's choice: an acknowledged record is there, once, in order.
                "enable.idempotence": True,
                "acks": "all",
                "delivery.timeout.ms": int(timeout_s * 1000),
            }
        )

    def check(self) -> None:
        """Make sure at the start, not a timeout a feed later, that there is somewhere to send to.

        Raises:
            KafkaException: the broker does not answer, or does not have the topic.
        """
        # All topics: to ask for one by name may create it, without its retention.
        if self._topic not in self._producer.list_topics(timeout=_CHECK_S).topics:
            message = f"the broker has no topic {self._topic}"
            raise KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART, message))

    def send(self, deal: RawDeal) -> None:
        """Queue a record; one that cannot be encoded or queued is a failure of its own."""
        key = record_key(deal)
        try:
            value = self._encode(deal)
        except InvalidValueError as error:
            self._failures[key] = f"does not fit the schema: {error}"
            return
        self._waiting.add(key)
        try:
            self._queue(key, value)
        except (BufferError, KafkaException) as error:
            self._waiting.discard(key)
            self._failures[key] = str(error)

    def settle(self) -> dict[str, str]:
        """Wait for the delivery reports."""
        # Reports come within the delivery timeout; a little longer, for the last to be served.
        self._drain(self._timeout_s + 1.0)
        for key in self._waiting:
            self._failures[key] = f"not acknowledged within {self._timeout_s:g} s"
        failures, self._failures = self._failures, {}
        self._waiting = set()
        return failures

    def _queue(self, key: str, value: bytes) -> None:
        for is_last in (False, True):
            try:
                self._producer.produce(
                    self._topic, key=key.encode(), value=value, on_delivery=self._reporter(key)
                )
            except BufferError:
                if is_last:
                    raise
                self._drain(self._timeout_s)  # full: wait for room once
            else:
                self._producer.poll(0)
                return

    def _drain(self, timeout_s: float) -> None:
        """Flush in short calls, for Python sees a Ctrl-C only between them."""
        end_s = time.monotonic() + timeout_s
        while self._producer.flush(0.2) and time.monotonic() < end_s:
            pass

    def _reporter(self, key: str) -> Callable[[KafkaError | None, Message], None]:
        def report(error: KafkaError | None, _: Message) -> None:
            self._waiting.discard(key)
            if error is not None:
                self._failures[key] = error.str()

        return report
