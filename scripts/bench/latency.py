"""`python -m scripts.bench.latency`: from produced to visible, at steady rates, all jobs running.

A feed item goes to deals.raw. Measured is the time from the broker's append there to its append on
deals.evaluated and deals.alerts, and to the moment a search finds the document. Alerts carry the
template's text: how long Bedrock takes is no property of the pipeline.
"""

import argparse
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from confluent_kafka import Producer
from opensearchpy import OpenSearch, OpenSearchException
from rich.console import Console

from local.application import Application, ApplicationError
from local.build import ROOT, build
from local.ports import Ports, free_port
from local.progress import progress_for
from local.stack import Stack
from schemas.codec import Codec
from scripts import rules
from scripts.bench.reporting import machine
from scripts.bench.task import ENVIRONMENT
from scripts.bench.topics import TopicReader
from scripts.bench.workload import Workload, products
from scripts.bootstrap import bootstrap
from scripts.connection import Connection, reports_errors
from scripts.rule_files import read_rules

HOME = ROOT / ".local" / "bench" / "latency"
OUTPUT = ROOT / ".local" / "bench" / "results"
WARM_UP_S, DRAIN_S = 15.0, 60.0
SAMPLES_PER_S = 5
POLL_S = 0.05
SEARCHABLE = "searchable"
EVALUATED, ALERTS = "deals.evaluated", "deals.alerts"
# Told of: about one item in ten, by its price, whatever the verdict.
RULE = {"rule_id": "bench", "name": "bench", "any_of": [{"max_price_usd": 50}]}


@dataclass(frozen=True)
class Latency:
    """Of one setting; milliseconds.

    Attributes:
        rate_per_s: Items asked for a second.
        sent_per_s: Items that were sent.
        bundle_time_ms: Longest wait for a Python batch.
        checkpoint_interval_s: Time between checkpoints.
        delivery: at-least-once or exactly-once.
        what: deals.evaluated, deals.alerts or searchable.
        count: Items measured.
    """

    rate_per_s: int
    sent_per_s: float
    bundle_time_ms: int
    checkpoint_interval_s: int
    delivery: str
    what: str
    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    bench = argparse.ArgumentParser(prog="python -m scripts.bench.latency", description=__doc__)
    bench.add_argument("--rates", type=int, nargs="+", default=[100, 1000], help="items a second")
    bench.add_argument("--seconds", type=float, default=30.0, help="measured (%(default)s)")
    bench.add_argument("--bundle-ms", type=int, nargs="+", default=[1000, 50])
    bench.add_argument("--checkpoint-s", type=int, nargs="+", default=[10])
    bench.add_argument("--deliveries", nargs="+", default=["at-least-once"])
    bench.add_argument("--home", type=Path, default=HOME, help="topics, state and logs")
    bench.add_argument("--out", type=Path, default=OUTPUT, help="results (.local/bench/results)")
    return bench


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; returns the exit code."""
    options = parser().parse_args(arguments)
    out = Console(highlight=False, soft_wrap=True)
    os.environ.update(ENVIRONMENT)
    measured: list[Latency] = []
    settings = [
        (delivery, checkpoint_s, bundle_ms, rate)
        for delivery in options.deliveries
        for checkpoint_s in options.checkpoint_s
        for bundle_ms in options.bundle_ms
        for rate in options.rates
    ]
    with progress_for(sys.stdout) as progress:
        build(progress)
    for delivery, checkpoint_s, bundle_ms, rate in settings:
        try:
            found = _measure(options, delivery, checkpoint_s, bundle_ms, rate)
        except ApplicationError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        for each in found:
            out.print(_line(each), markup=False)
        measured += found
    options.out.mkdir(parents=True, exist_ok=True)
    results = {"machine": machine(), "latencies": [asdict(each) for each in measured]}
    (options.out / "latency.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    (options.out / "latency.md").write_text(markdown(measured), "utf-8")
    out.print(markdown(measured), markup=False)
    return 0


def markdown(measured: Sequence[Latency]) -> str:
    """The table."""
    lines = [
        "| items/s | delivery | checkpoints s | bundle ms | until | items | p50 ms | p95 ms"
        " | p99 ms | max ms |",
        "|---:|---|---:|---:|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {each.rate_per_s:,} | {each.delivery} | {each.checkpoint_interval_s}"
        f" | {each.bundle_time_ms} | {each.what} | {each.count:,} | {each.p50_ms:,.0f}"
        f" | {each.p95_ms:,.0f} | {each.p99_ms:,.0f} | {each.max_ms:,.0f} |"
        for each in measured
    ]
    return "\n".join(lines) + "\n"


def _line(each: Latency) -> str:
    return (
        f"{each.rate_per_s}/s, {each.delivery}, bundle {each.bundle_time_ms} ms, {each.what}: "
        f"p50 {each.p50_ms:,.0f} ms, p99 {each.p99_ms:,.0f} ms of {each.count:,} "
        f"({each.sent_per_s:,.0f}/s sent)"
    )


def _measure(
    options: argparse.Namespace, delivery: str, checkpoint_s: int, bundle_ms: int, rate: int
) -> list[Latency]:
    """Run everything at one rate, from nothing."""
    home = options.home.resolve() / f"{delivery}-{checkpoint_s}-{bundle_ms}-{rate}"
    shutil.rmtree(home, ignore_errors=True)
    stack = Stack(home / "stack", Ports.free())
    application: Application | None = None
    try:
        stack.up()
        connection = Connection.to(stack.endpoints())
        bootstrap(connection, partitions=1, tell=lambda _: None)
        path = home / "rule.json"
        path.write_text(json.dumps(RULE), "utf-8")
        rules.add(connection, read_rules(path))
        changes = {
            "Kafka": {"delivery": delivery},
            "Bedrock": {"daily.budget.usd": "0.000001"},
            "LocalFlink": {
                "checkpoint.interval.s": str(checkpoint_s),
                "bundle.time.ms": str(bundle_ms),
                "rest.port": str(free_port()),
            },
        }
        application = Application(home, stack.endpoints(), changes)
        application.launch()
        application.await_running(progress_for(None))
        feeder = Feeder(connection, rate, WARM_UP_S + options.seconds)
        searching = Searching(stack.endpoints().opensearch_url)
        searching.start()
        feeder.run(searching)
        _await_all(connection, feeder.sent)
        searching.stop(DRAIN_S)
        waits = _waits(connection, feeder, searching)
    finally:
        if application is not None:
            application.stop()
        stack.down(delete=True)
    return [
        Latency(
            *(rate, feeder.sent / feeder.seconds, bundle_ms, checkpoint_s, delivery),
            what,
            len(found),
            *(float(each) for each in np.percentile(found, [50, 95, 99, 100])),
        )
        for what, found in waits.items()
        if found
    ]


class Feeder:
    """Sends feed items to deals.raw at a steady rate."""

    def __init__(self, connection: Connection, rate_per_s: int, seconds: float) -> None:
        """Encode all of them before the first is sent."""
        self._producer = Producer(connection.client() | {"linger.ms": 1})
        self._rate_per_s = rate_per_s
        self.seconds = seconds
        self.sent = 0
        self.measured_from = int(rate_per_s * WARM_UP_S)
        count = int(rate_per_s * seconds)
        self._values = list(_items(connection.codec, count))

    def run(self, searching: "Searching") -> None:
        """Send; some of those after the warm-up are searched for."""
        step = max(1, self._rate_per_s // SAMPLES_PER_S)
        began_s = time.monotonic()
        while self.sent < len(self._values):
            due = min(len(self._values), int((time.monotonic() - began_s) * self._rate_per_s) + 1)
            for position in range(self.sent, due):
                self._producer.produce("deals.raw", self._values[position], f"bench:{position}")
                if position >= self.measured_from and position % step == 0:
                    searching.expect(f"item-{position}")
            self.sent = max(self.sent, due)
            self._producer.poll(0)
            time.sleep(0.002)
        self.seconds = time.monotonic() - began_s
        self._producer.flush()


class Searching(threading.Thread):
    """Searches for items until each has been found."""

    def __init__(self, url: str) -> None:
        """Connect."""
        super().__init__(daemon=True)
        self._client = OpenSearch(url)
        self._lock = threading.Lock()
        self._pending: set[str] = set()
        self._halt = threading.Event()
        self.found_at_s: dict[str, float] = {}

    def expect(self, item_id: str) -> None:
        """Search for this one too."""
        with self._lock:
            self._pending.add(item_id)

    def stop(self, patience_s: float) -> None:
        """End when all is found, or after so long."""
        until_s = time.monotonic() + patience_s
        while self._pending and time.monotonic() < until_s:
            time.sleep(POLL_S)
        self._halt.set()
        self.join()
        self._client.close()

    def run(self) -> None:
        """Search."""
        while not self._halt.wait(POLL_S):
            with self._lock:
                wanted = list(self._pending)
            if not wanted:
                continue
            query = {"terms": {"item_id": wanted[:1_000]}}
            try:
                answer = self._client.search(
                    index="deals",
                    body={"query": query, "_source": ["item_id"], "size": 1_000},
                )
            except OpenSearchException:
                continue  # the index is made by the first document
            now_s = time.time()
            hits = {hit["_source"]["item_id"] for hit in answer["hits"]["hits"]}
            with self._lock:
                self._pending -= hits
            self.found_at_s |= dict.fromkeys(hits, now_s)


def _items(codec: Codec, count: int) -> Iterator[bytes]:
    known = products(Workload(products=count))
    now_ms = time.time_ns() // 1_000_000
    for position, product in enumerate(known):
        yield codec.encode(
            "deals.raw",
            {
                "source": "bench",
                "feed_url": "https://feed.example.com/rss",
                "item_id": f"item-{position}",
                "fetched_at": now_ms + position,
                "published_at": now_ms + position,
                "title": f"{product.title} ${product.price_cents / 100:.2f}",
                "link": f"https://shop.example.com/offer/{position}",
                "summary_html": "",
                "extras": {},
            },
        )


def _await_all(connection: Connection, count: int) -> None:
    """Until nothing more comes out."""
    reader = TopicReader(connection.kafka)
    known, since_s = -1, time.monotonic()
    while time.monotonic() - since_s < 5 or (
        known < count * 0.5 and time.monotonic() - since_s < DRAIN_S
    ):
        now = reader.count(EVALUATED)
        if now > known:
            known, since_s = now, time.monotonic()
        time.sleep(0.2)
    reader.close()


def _waits(
    connection: Connection, feeder: Feeder, searching: Searching
) -> Mapping[str, list[float]]:
    """Milliseconds by what was waited for, of the items after the warm-up."""
    reader = TopicReader(connection.kafka)
    codec = connection.codec
    sent_ms: dict[str, float] = {}
    for position, at_ms in enumerate(reader.times_ms("deals.raw")):
        if position >= feeder.measured_from:
            sent_ms[f"item-{position}"] = at_ms
    waits: dict[str, list[float]] = {EVALUATED: [], ALERTS: [], SEARCHABLE: []}
    items: dict[str, str] = {}
    for value, at_ms in zip(
        reader.values(EVALUATED, reader.count(EVALUATED)), reader.times_ms(EVALUATED), strict=True
    ):
        deal: dict[str, Any] = codec.decode(value)
        items[deal["deal_id"]] = deal["item_id"]
        if deal["item_id"] in sent_ms:
            waits[EVALUATED].append(at_ms - sent_ms[deal["item_id"]])
    for value, at_ms in zip(
        reader.values(ALERTS, reader.count(ALERTS)), reader.times_ms(ALERTS), strict=True
    ):
        item = items.get(codec.decode(value)["deal_id"])
        if item in sent_ms:
            waits[ALERTS].append(at_ms - sent_ms[item])
    for item, at_s in searching.found_at_s.items():
        waits[SEARCHABLE].append(at_s * 1000 - sent_ms[item])
    reader.close()
    return waits


if __name__ == "__main__":
    sys.exit(main())
