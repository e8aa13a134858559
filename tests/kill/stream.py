"""The input of the kill ring: a seeded stream with duplicates, late and bad records.

The stream is made so that what it must give can be told without the jobs: a product has one price a
day, prices stay within a factor of two, and all looks at a product come in one partition.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.codec import shipped
from schemas.frames import frame

DAY_MS = 24 * 3600 * 1000
FIRST_DAY = 20_600  # 2026-05-27
NOON_MS = DAY_MS // 2
LOOKS = 10
PARTITIONS = 4
CENT = 100  # of 1/10000 USD
FACTORS = (0.8, 0.9, 1.0, 1.0, 1.1, 1.25)
DUPLICATES, BAD = 0.12, 0.03
OUT_OF_ORDER = 0.15
# What is wrong with a bad record -> the reason of its dead letter.
MISTAKES = {
    "no price": "price_missing",
    "no title": "title_missing",
    "no rate": "currency_unknown",
    "noise": "bad_header_version",
    "cut": "truncated_avro",
    "nothing": "empty_record",
}


@dataclass(frozen=True)
class Look:
    """An offer as it was seen.

    Attributes:
        price: In 1/10000 USD.
        at_ms: When, epoch ms.
        is_duplicate: It repeats an earlier look: the price history drops it.
    """

    item_id: str
    product: int
    shop: str
    price: int
    at_ms: int
    is_duplicate: bool = False

    @property
    def day(self) -> int:
        """The UTC day."""
        return self.at_ms // DAY_MS

    @property
    def link(self) -> str:
        """The offer's page: its identity."""
        return f"https://{self.shop}.example.com/lamps/{self.product}"

    @property
    def title(self) -> str:
        """Without the price."""
        return f"Kestrel Lamp Qx{self.product:05d}"


@dataclass(frozen=True)
class Entry:
    """A record of deals.raw: a look, or a mistake."""

    partition: int
    look: Look
    mistake: str | None = None


def entries(seed: int, count: int) -> list[Entry]:
    """So many records, in the order in which they are written."""
    chance = random.Random(seed)
    products = max(1, round(count * (1 - DUPLICATES - BAD) / LOOKS))
    plans = [_plan(chance, product) for product in range(products)]
    made: list[Entry] = []
    for number in range(LOOKS):
        order = list(range(products))
        chance.shuffle(order)
        for product in order:
            look = plans[product][number]
            made.append(Entry(product % PARTITIONS, look))
            if chance.random() < DUPLICATES:
                made.append(Entry(product % PARTITIONS, _again(chance, look)))
            if chance.random() < BAD:
                made.append(Entry(product % PARTITIONS, look, chance.choice([*MISTAKES])))
    return made


def _plan(chance: random.Random, product: int) -> list[Look]:
    """The looks at a product in the order in which they arrive."""
    base_cents = chance.randint(1000, 20_000)
    day = FIRST_DAY + chance.randint(0, 5)
    looks = []
    for number in range(LOOKS):
        shop = "shop-b" if product % 3 == 0 and chance.random() < 0.4 else "shop-a"
        price = round(base_cents * chance.choice(FACTORS)) * CENT
        at_ms = day * DAY_MS + NOON_MS
        looks.append(Look(f"{product}-{number}", product, shop, price, at_ms))
        day += chance.randint(1, 6)
    for number in range(LOOKS - 1):
        if chance.random() < OUT_OF_ORDER:
            looks[number : number + 2] = looks[number + 1], looks[number]
    return looks


def _again(chance: random.Random, look: Look) -> Look:
    """The same record once more, or the same offer some hours later."""
    later_ms = chance.choice((0, 0, 3600 * 1000, 5 * 3600 * 1000))
    name = look.item_id if later_ms == 0 else f"{look.item_id}-again"
    return Look(name, look.product, look.shop, look.price, look.at_ms + later_ms, is_duplicate=True)


def encoded(made: list[Entry], version: bytes) -> Iterator[tuple[int, str, bytes | None]]:
    """(partition, key, value) of each entry; `version` is the id of the schema deals.raw."""
    from uuid import UUID

    schema, version_id = shipped("deals.raw"), UUID(bytes=version)
    for entry in made:
        look, mistake = entry.look, entry.mistake
        title = f"{look.title} ${look.price / 10_000:.2f}"
        if mistake in ("no price", "no title", "no rate"):
            title = {"no price": "Sale on everything", "no title": "", "no rate": "Lamp kr 50"}[
                mistake
            ]
        value: bytes | None = frame(
            version_id,
            schema.write(
                {
                    "source": f"feed-{look.shop}",
                    "feed_url": "ring.xml",
                    "item_id": look.item_id,
                    "fetched_at": look.at_ms,
                    "published_at": look.at_ms,
                    "title": title,
                    "link": look.link,
                    "summary_html": "",
                    "extras": {"merchant": look.shop},
                }
            ),
        )
        match mistake:
            case "noise":
                value = b"noise" * 10
            case "cut":
                value = value[:-5] if value else None
            case "nothing":
                value = None
        yield entry.partition, f"feed-{look.shop}:{look.item_id}", value
