"""`python -m scripts.bench.state`: what the price memory keeps of a product, and what saving costs.

evaluate_deals without the model, RocksDB, incremental checkpoints every 10 s to disk. Every product
is seen --looks times, on as many days; then known ones are seen at --rate a second for --steady
seconds. Of the checkpoints of that time the duration is taken, and of the last one the size.
"""

import argparse
import random
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from confluent_kafka import Producer

from local.application import Application, ApplicationError
from local.components import components
from local.flink_rest import ask
from local.ports import Ports, free_port
from local.progress import Progress
from local.stack import Stack
from schemas.codec import shipped
from schemas.frames import frame
from schemas.topics import create_topics, topic_specs
from scripts.bench.command import FOLDER, add_folders, begin, write
from scripts.bench.ending import end_in_order
from scripts.bench.topics import TopicReader
from scripts.bench.workload import DAY_MS, START_MS, Workload, deals
from scripts.connection import Connection, reports_errors

HOME = FOLDER / "state"
PROGRAM = Path(__file__).with_name("without_model.py")
TOPIC, EVALUATED = "deals.parsed", "deals.evaluated"
SILENT_S, EVERY_S = 120.0, 0.5
# Bytes of a product; seconds of a checkpoint of 10^6 products: must, aim.
BYTES_BAR, CHECKPOINT_BAR_S, BAR_PRODUCTS = (500, 250), (3.0, 1.0), 1_000_000


@dataclass(frozen=True)
class Kept:
    """What was found with so many products.

    Attributes:
        products: Distinct ones.
        looks: Days on which each was seen.
        state_bytes: Of the last checkpoint, all of it.
        checkpoints: Completed while known products were seen.
        checkpoint_s: Median and most of their durations.
        added_bytes: Median of what they wrote.
    """

    products: int
    looks: int
    state_bytes: int
    checkpoints: int
    checkpoint_s: tuple[float, float]
    added_bytes: float

    @property
    def bytes_a_product(self) -> float:
        """Of the state."""
        return self.state_bytes / self.products


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    bench = argparse.ArgumentParser(prog="python -m scripts.bench.state", description=__doc__)
    bench.add_argument("--products", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    bench.add_argument("--looks", type=int, default=2, help="days (%(default)s)")
    bench.add_argument("--rate", type=int, default=1_000, help="a second (%(default)s)")
    bench.add_argument("--steady", type=float, default=45.0, help="seconds (%(default)s)")
    add_folders(bench, HOME)
    return bench


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; returns the exit code."""
    options = parser().parse_args(arguments)
    out = begin()
    found: list[Kept] = []
    try:
        for count in options.products:
            found.append(_measure(options, count))
            out.print(markdown(found).splitlines()[-1], markup=False)
            results = {"kept": [asdict(each) for each in found]}
            write(options.out, "state", results, markdown(found))
    except (ApplicationError, TimeoutError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    out.print(markdown(found), markup=False)
    return 0


def _measure(options: argparse.Namespace, count: int) -> Kept:
    home = options.home.resolve() / str(count)
    shutil.rmtree(home, ignore_errors=True)
    parts = {name: part for name, part in components().items() if name in ("kafka", "aws")}
    stack = Stack(home / "stack", Ports.free(), parts=parts)
    application: Application | None = None
    try:
        stack.up()
        connection = Connection.to(stack.endpoints())
        connection.registry.register_all()
        create_topics(connection.client(), topic_specs(1))
        changes = {
            "Jobs": {"run": "evaluate_deals"},
            "Linking": {"max.products": "0"},
            "LocalFlink": {"bundle.time.ms": "1000", "rest.port": str(free_port())},
        }
        application = Application(home, stack.endpoints(), changes, PROGRAM)
        application.launch()
        application.await_running(Progress())
        sending = Sending(connection, count)
        for day in range(options.looks):
            sending.send(range(count), day)
        reader = TopicReader(connection.kafka)
        _await(application, reader, count * options.looks)
        began_ms = time.time() * 1000
        sending.send_steadily(options.rate, options.steady, options.looks)
        _await(application, reader, 0)
        reader.close()
        return _kept(count, options.looks, began_ms, checkpoints(application.web_url))
    finally:
        if application is not None:
            application.stop()
        stack.down(delete=True)


class Sending:
    """Sends observations of products by their numbers."""

    def __init__(self, connection: Connection, count: int) -> None:
        """Take a model of a deal."""
        self._producer = Producer(
            connection.client() | {"linger.ms": 20, "queue.buffering.max.messages": 500_000}
        )
        self._count = count
        self._version_id = connection.registry.version_id(TOPIC)
        self._deal = next(deals(Workload(observations=1, products=1), random.Random(7)))  # noqa: S311

    def send(self, numbers: Sequence[int], day: int) -> None:
        """Send an observation of each, at a price of that day."""
        for at, number in enumerate(numbers):
            key, value = self._record(number, day)
            self._producer.produce(TOPIC, value, key)
            if at % 10_000 == 0:
                self._producer.flush()
        self._producer.flush()

    def send_steadily(self, rate: int, seconds: float, day: int) -> None:
        """Send observations of random products."""
        chance = random.Random(7)  # noqa: S311 - a workload, no secret
        began_s, sent = time.monotonic(), 0
        while (passed_s := time.monotonic() - began_s) < seconds:
            for _ in range(int(passed_s * rate) - sent):
                sent += 1
                key, value = self._record(chance.randrange(self._count), day + sent % 3)
                self._producer.produce(TOPIC, value, key)
            self._producer.poll(0)
            time.sleep(0.01)
        self._producer.flush()

    def _record(self, number: int, day: int) -> tuple[bytes, bytes]:
        key = f"brand{number % 400}:model-{number:08d}"
        price = Decimal(1_000 + (number * 7 + day * 113) % 90_000).scaleb(-2)
        record = self._deal | {
            "product_key": key,
            "deal_id": f"{number:032x}",
            "price": price,
            "price_usd": price,
            "observed_at": START_MS + day * DAY_MS + number % DAY_MS,
        }
        return key.encode(), frame(self._version_id, shipped(TOPIC).write(record))


def _await(application: Application, reader: TopicReader, expected: int) -> None:
    """Until so many deals are out, or, without a number, until no more come."""
    known, since_s = -1, time.monotonic()
    while known < expected or not expected:
        time.sleep(EVERY_S)
        application.check()
        count = reader.count(EVALUATED)
        silent_s = time.monotonic() - since_s
        if count > known:
            known, since_s = count, time.monotonic()
        elif not expected and silent_s > 3:
            return
        elif silent_s > SILENT_S:
            message = f"no output for {SILENT_S:g} s after {known} of {expected}"
            raise TimeoutError(message)


def checkpoints(web_url: str) -> list[Mapping[str, Any]]:
    """The latest completed checkpoints, the newest first, as Flink's REST API tells them."""
    (job,) = ask(f"{web_url}/jobs")["jobs"]
    history = ask(f"{web_url}/jobs/{job['id']}/checkpoints")["history"]
    return [each for each in history if each["status"] == "COMPLETED"]


def _kept(count: int, looks: int, began_ms: float, completed: Sequence[Mapping[str, Any]]) -> Kept:
    steady = [each for each in completed if each["trigger_timestamp"] >= began_ms]
    if not steady:
        message = "no checkpoint was completed while known products were seen: more --steady"
        raise TimeoutError(message)
    seconds = [each["end_to_end_duration"] / 1000 for each in steady]
    return Kept(
        products=count,
        looks=looks,
        state_bytes=int(steady[0]["state_size"]),
        checkpoints=len(steady),
        checkpoint_s=(median(seconds), max(seconds)),
        added_bytes=median(each["checkpointed_size"] for each in steady),
    )


def markdown(found: Sequence[Kept]) -> str:
    """The table."""
    lines = [
        "| products | days each | state MB | bytes a product | checkpoint s (median, most)"
        " | written each MB | bar |",
        "|---:|---:|---:|---:|---:|---:|---|",
    ]
    for each in found:
        middle_s, most_s = each.checkpoint_s
        bars = [f"bytes {_said(each.bytes_a_product, BYTES_BAR)}"]
        if each.products == BAR_PRODUCTS:
            bars.append(f"checkpoint {_said(middle_s, CHECKPOINT_BAR_S)}")
        lines.append(
            f"| {each.products:,} | {each.looks} | {each.state_bytes / 1e6:,.1f}"
            f" | {each.bytes_a_product:,.0f} | {middle_s:.2f}, {most_s:.2f} ({each.checkpoints})"
            f" | {each.added_bytes / 1e6:,.2f} | {'; '.join(bars)} |"
        )
    return "\n".join(lines) + "\n"


def _said(value: float, bar: tuple[float, float]) -> str:
    must, aim = bar
    said = "missed" if value > must else "met" if value > aim else "aim met"
    return f"{said} ({must:g} / {aim:g})"


if __name__ == "__main__":
    end_in_order()
    sys.exit(main())
