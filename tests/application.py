"""The whole application for tests: a stack of its own, all jobs, a way in and a way out."""

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from opensearchpy import OpenSearch

from local.application import Application
from local.build import build
from local.ports import Ports, free_port
from local.progress import Progress
from local.stack import Stack
from scripts.bootstrap import bootstrap
from scripts.connection import Connection
from scripts.tail import Record, read_topic

DEADLINE_S = 90.0
DAY_MS = 24 * 3600 * 1000
START_MS = 1_780_000_000_000  # 2026-05-28: event times of the tests count from here


def raw_deal(**changes: Any) -> dict[str, Any]:
    """A feed item of a known price; a test says only what matters to it."""
    day = changes.pop("day", 0.0)
    at = START_MS + round(day * DAY_MS)
    return {
        "source": "test",
        "feed_url": "test.xml",
        "item_id": uuid.uuid4().hex,
        "fetched_at": at,
        "published_at": at,
        "title": f"Acme Lamp {uuid.uuid4().hex[:8]} $20",
        "link": f"https://deals.example.com/{uuid.uuid4().hex}",
        "summary_html": "",
        "extras": {"merchant": "Example"},
    } | changes


class Running:
    """The running application."""

    def __init__(self, stack: Stack, application: Application) -> None:
        self.stack = stack
        self.application = application
        self.connection = Connection.to(stack.endpoints())

    def send(self, topic: str, values: list[bytes | None], key: str = "k") -> list[tuple[int, int]]:
        """Produce; returns (partition, offset) of each once the broker has them."""
        placed: dict[int, tuple[int, int]] = {}
        producer = Producer(self.connection.client() | {"acks": "all", "linger.ms": 5})
        for number, value in enumerate(values):

            def on_delivery(error: Any, message: Any, number: int = number) -> None:
                assert error is None, error
                placed[number] = (message.partition(), message.offset())

            producer.produce(topic, value=value, key=key, on_delivery=on_delivery)
        assert producer.flush(30) == 0
        return [placed[number] for number in range(len(values))]

    def send_deals(self, *deals: dict[str, Any]) -> None:
        """Encode and produce feed items, in their order."""
        self.send("deals.raw", [self.connection.codec.encode("deals.raw", deal) for deal in deals])

    def records(self, topic: str) -> list[Record]:
        """All committed records of a topic so far."""
        return list(read_topic(self.connection, topic, from_beginning=True, until_end=True))

    def await_records(
        self,
        topic: str,
        matches: Callable[[dict[str, Any]], bool],
        count: int = 1,
        deadline_s: float = DEADLINE_S,
    ) -> list[dict[str, Any]]:
        """The matching records of a topic, in order, as soon as there are `count` of them."""
        until_s = time.monotonic() + deadline_s
        while True:
            found = [
                record.value
                for record in self.records(topic)
                if record.value is not None and matches(record.value)
            ]
            if len(found) >= count:
                return found
            self.application.check()
            assert time.monotonic() < until_s, f"{len(found)} of {count} records on {topic}"

    def await_passed(self) -> None:
        """Wait until a deal sent now has passed every job: what was before it has passed too.

        The topics of the tests have one partition, so one marker is enough.
        """
        marker = f"Marker Gadget {uuid.uuid4().hex[:10]}"
        self.send_deals(raw_deal(title=f"{marker} $20"))
        (deal,) = self.await_records("deals.evaluated", lambda d: marker in d["title"])
        self.await_documents(lambda d: d["deal_id"] == deal["deal_id"])

    def await_documents(
        self, matches: Callable[[dict[str, Any]], bool], count: int = 1
    ) -> list[dict[str, Any]]:
        """The matching documents of the index, as soon as there are `count` of them."""
        until_s = time.monotonic() + DEADLINE_S
        with OpenSearch(self.stack.endpoints().opensearch_url) as client:
            while True:
                client.indices.refresh(index="deals", ignore_unavailable=True)
                hits = client.search(index="deals", size=5000, ignore_unavailable=True)
                documents = [hit["_source"] for hit in hits["hits"]["hits"]]
                found = [document for document in documents if matches(document)]
                if len(found) >= count:
                    return found
                assert time.monotonic() < until_s, f"{len(found)} of {count} documents"


def start(home: Path, changes: dict[str, dict[str, str]] | None = None) -> Iterator[Running]:
    """A stack of its own on free ports, with the application on it; ended at the end."""
    build(Progress())
    stack = Stack(home / "stack", Ports.free())
    application: Application | None = None
    try:
        stack.up()
        bootstrap(Connection.to(stack.endpoints()), partitions=1, tell=lambda _: None)
        # A port of its own: another run on this machine may be about to take the usual one.
        own = {"checkpoint.interval.s": "2", "rest.port": str(free_port())}
        # Tests send deals of a year in any order: none of them is too late for its windows.
        settings = {
            "LocalFlink": own,
            "Windows": {"lateness.hours": str(400 * 24), "idle.s": "5"},
        } | (changes or {})
        application = Application(home, stack.endpoints(), settings)
        application.launch()
        application.await_running(Progress())
        yield Running(stack, application)
    finally:
        if application is not None:
            application.stop()
        stack.down()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """All jobs; shared, so a test tells its own records by its own titles and keys."""
    yield from start(tmp_path_factory.mktemp("application"))
