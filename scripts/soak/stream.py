"""What is sent: feed items of known products, at rates that change by phase."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Producer

from scripts.bench.whole import feed_item
from scripts.bench.workload import Workload, products
from scripts.connection import Connection

TOPIC = "deals.raw"
STEP_S = 0.005


@dataclass(frozen=True)
class Phase:
    """A stretch of the stream.

    Attributes:
        name: What it is for.
        rate_per_s: Items a second.
        seconds: How long.
        hot_ratio: Share of the items that are of one product.
    """

    name: str
    rate_per_s: int
    seconds: float
    hot_ratio: float = 0.0


@dataclass(frozen=True)
class Stretch:
    """A phase as it was: positions of its items and epoch seconds, the ends exclusive."""

    name: str
    first: int
    end: int
    from_s: float
    to_s: float


class Items:
    """Offers without end: each a deal of its own, a cent under the product's last one.

    So every item is evaluated exactly once, and one that meets a rule is always told.
    """

    def __init__(self, count: int, seed: int) -> None:
        """Make that many products."""
        self._known = products(Workload(products=count, seed=seed))
        self._chance = random.Random(seed)  # noqa: S311 - a workload, no secret
        self._seen = [0] * count
        self._next_new = 0
        # Dear enough to fall by a cent some ten thousand times.
        self._hot = max(range(count), key=lambda number: self._known[number].price_cents)

    def item(self, position: int, hot_ratio: float) -> dict[str, Any]:
        """The next record; `position` is its number in the stream."""
        number = self._hot if self._chance.random() < hot_ratio else self._other()
        self._seen[number] += 1
        link = f"https://shop.example.com/offer/{position}"
        at_ms = time.time_ns() // 1_000_000
        product, seen = self._known[number], self._seen[number]
        return feed_item("soak", str(position), product, seen, link, at_ms)

    def _other(self) -> int:
        # At first each product once, so that its title is new to the jobs only then.
        if self._next_new == len(self._known):
            return self._chance.randrange(len(self._known))
        self._next_new += 1
        return self._next_new - 1


class Feeder:
    """Sends the phases, one after the other; deals.raw has one partition."""

    def __init__(self, connection: Connection, items: Items) -> None:
        """Connect."""
        self._codec, self._items = connection.codec, items
        queue = {"queue.buffering.max.messages": 500_000, "linger.ms": 5, "acks": "all"}
        self._producer = Producer(connection.client() | queue)
        self.sent = 0

    def send(self, phase: Phase, is_over: Callable[[], bool] = lambda: False) -> Stretch:
        """Send a phase, to its end or until it is over.

        Raises:
            TimeoutError: the broker did not take all of it.
        """
        first, from_s, began_s = self.sent, time.time(), time.monotonic()
        while (passed_s := time.monotonic() - began_s) < phase.seconds and not is_over():
            while self.sent < first + int(passed_s * phase.rate_per_s):
                item = self._items.item(self.sent, phase.hot_ratio)
                self._producer.produce(TOPIC, self._codec.encode(TOPIC, item), item["item_id"])
                self.sent += 1
            self._producer.poll(0)
            time.sleep(STEP_S)
        if self._producer.flush(60):
            message = "the broker did not take all records within 60 s"
            raise TimeoutError(message)
        return Stretch(phase.name, first, self.sent, from_s, time.time())
