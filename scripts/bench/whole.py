"""All jobs of the product on a stack of their own, from nothing, and feed items for them."""

import json
import random
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from local.application import Application
from local.ports import Ports, free_port
from local.progress import Progress
from local.stack import Stack
from schemas.codec import Codec
from scripts import rules
from scripts.bench.workload import Product, Workload, products
from scripts.bootstrap import bootstrap
from scripts.connection import Connection
from scripts.rule_files import read_rules

# One offer in so many is of a product that nobody has seen.
NEW_RATIO = 0.1
# Told of: about one item in ten, by its price, whatever the verdict.
RULE = {
    "rule_id": "bench",
    "name": "bench",
    "condition": {
        "all": [
            {"max_price_usd": 50},
            {"verdicts": ["bargain", "fair", "overpriced", "suspect", "unknown"]},
        ]
    },
}


@dataclass(frozen=True)
class Whole:
    """A stack with topics, schemas and RULE, and the jobs, not yet launched."""

    stack: Stack
    connection: Connection
    application: Application


@contextmanager
def all_jobs(
    home: Path, changes: Mapping[str, Mapping[str, str]], *, partitions: int = 1
) -> Iterator[Whole]:
    """Start a stack and prepare the jobs; all of it ends with the block.

    Args:
        home: Emptied first.
        changes: Properties that differ from those of the local stack. Alerts carry the template's
            text in any case: how long Bedrock takes is no property of the pipeline.
        partitions: Of every topic.
    """
    shutil.rmtree(home, ignore_errors=True)
    stack = Stack(home / "stack", Ports.free())
    application: Application | None = None
    try:
        stack.up()
        connection = Connection.to(stack.endpoints())
        bootstrap(connection, partitions=partitions, tell=lambda _: None)
        path = home / "rule.json"
        path.write_text(json.dumps(RULE), "utf-8")
        rules.add(connection, read_rules(path))
        local = {"rest.port": str(free_port())} | dict(changes.get("LocalFlink", {}))
        given = {group: dict(keys) for group, keys in changes.items()}
        given |= {"Bedrock": {"daily.budget.usd": "0.000001"}, "LocalFlink": local}
        application = Application(home, stack.endpoints(), given)
        yield Whole(stack, connection, application)
    finally:
        if application is not None:
            application.stop()
        stack.down(delete=True)


def await_running(application: Application) -> None:
    """Wait until every task runs, and say nothing of it.

    Raises:
        local.application.ApplicationError: they do not.
    """
    application.await_running(Progress())


def items(codec: Codec, count: int, name: str, *, new_ratio: float = NEW_RATIO) -> Iterator[bytes]:
    """Values of deals.raw: offers of products, each a cent cheaper than the last of its product.

    Every item is an offer of its own, so that none is a duplicate; its item_id is NAME-POSITION.

    Args:
        codec: Of deals.raw.
        count: How many.
        name: Of this series; another one has other products.
        new_ratio: Part of the offers that are of products not met before, any time.
    """
    now_ms = time.time_ns() // 1_000_000
    chance = random.Random(name)  # noqa: S311 - a workload, no secret
    most = int(count * new_ratio * 1.5) + 100
    fresh = iter(products(Workload(products=most, seed=crc32(name.encode()))))
    known: list[tuple[Product, int]] = []
    for position in range(count):
        if not known or chance.random() < new_ratio:
            known.append((next(fresh), 0))
            at = -1
        else:
            at = chance.randrange(len(known))
        product, seen = known[at]
        known[at] = product, seen + 1
        cents = max(1, product.price_cents - seen)
        yield codec.encode(
            "deals.raw",
            {
                "source": "bench",
                "feed_url": "https://feed.example.com/rss",
                "item_id": f"{name}-{position}",
                "fetched_at": now_ms + position,
                "published_at": now_ms + position,
                "title": f"{product.title} ${cents / 100:.2f}",
                "link": f"https://shop{position % 50}.example.com/{name}/{position}",
                "summary_html": "",
                "extras": {},
            },
        )
