"""All jobs of the product on a stack of their own, from nothing, and feed items for them."""

import random
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
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
from scripts.rule_files import WrittenRule

# One offer in so many is of a product that nobody has seen.
NEW_RATIO = 0.1
# Told of: about one item in ten, by its price, whatever the verdict.
RULE = WrittenRule.model_validate(
    {
        "rule_id": "bench",
        "name": "bench",
        "condition": {
            "all": [
                {"max_price_usd": 50},
                {"verdicts": ["bargain", "fair", "overpriced", "suspect", "unknown"]},
            ]
        },
    }
)

# The first call is over the budget: alerts carry the template's text.
TEMPLATE_ONLY = {"Bedrock": {"daily.budget.usd": "0.000001"}}


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
    whole: Whole | None = None
    try:
        whole = prepared(home, stack, changes, partitions=partitions)
        yield whole
    finally:
        if whole is not None:
            whole.application.stop()
        stack.down(delete=True)


def prepared(
    home: Path,
    stack: Stack,
    changes: Mapping[str, Mapping[str, str]],
    *,
    partitions: int = 1,
    progress: Progress | None = None,
) -> Whole:
    """Start a stack and prepare the jobs, as `all_jobs` does; to end it is the caller's part."""
    stack.up(progress)
    connection = Connection.to(stack.endpoints())
    bootstrap(connection, partitions=partitions, tell=lambda _: None)
    rules.add(connection, [RULE])
    local = {"rest.port": str(free_port())} | dict(changes.get("LocalFlink", {}))
    given = {group: dict(keys) for group, keys in changes.items()}
    given |= TEMPLATE_ONLY | {"LocalFlink": local}
    return Whole(stack, connection, Application(home, stack.endpoints(), given))


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
        link = f"https://shop{position % 50}.example.com/{name}/{position}"
        item = feed_item("bench", f"{name}-{position}", product, seen, link, now_ms + position)
        yield codec.encode("deals.raw", item)


def feed_item(
    source: str, item_id: str, product: Product, seen: int, link: str, at_ms: int
) -> dict[str, Any]:
    """A record of deals.raw: an offer, `seen` cents under the price that the product began with."""
    cents = max(1, product.price_cents - seen)
    return {
        "source": source,
        "feed_url": "https://feed.example.com/rss",
        "item_id": item_id,
        "fetched_at": at_ms,
        "published_at": at_ms,
        "title": f"{product.title} ${cents / 100:.2f}",
        "link": link,
        "summary_html": "",
        "extras": {},
    }
