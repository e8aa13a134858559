"""A seeded stream of priced offers, as deals.parsed carries them.

Titles are like real ones; some offers are repeated or late, some records compressed or damaged.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schemas.codec import shipped
from schemas.frames import frame
from schemas.registry import Registry

TOPIC = "deals.parsed"
DAY_MS = 86_400_000
START_MS = 1_780_000_000_000
SPAN_DAYS = 60
RECENT = 5_000
SOURCES = ("slickdeals", "pepper-uk", "pepper-de", "dealnews", "shop-feed")
MERCHANTS = (None, "amazon", "walmart", "bestbuy", "newegg", "target", "costco", "ebay")

# Kind, category, usual price in USD, and what sellers say of it.
KINDS = (
    ("4K OLED TV", "tv", 900, ("{a}-Inch", "{b}0Hz HDR10+", "Smart Google TV", "HDMI 2.1")),
    ("NVMe M.2 SSD", "storage", 95, ("{c}TB", "PCIe 4.0 x4", "up to {d}00MB/s", "Internal")),
    ("Wireless Mechanical Keyboard", "peripherals", 80, ("{e}% Layout", "Hot-Swappable", "RGB")),
    ("Gaming Laptop", "laptops", 1_150, ('{f}.6" FHD', "Core i7-{d}50H", "{g}GB RAM", "RTX 4060")),
    ("DDR5 Desktop Memory Kit", "memory", 110, ("{g}GB (2x{h}GB)", "{d}00MHz CL36", "Black")),
    ("Noise Cancelling Headphones", "audio", 180, ("Bluetooth 5.{h}", "{a}-Hour Battery", "ANC")),
    ("Robot Vacuum and Mop", "home", 320, ("{d}000Pa Suction", "Self-Emptying", "LiDAR")),
    (
        "Cordless Drill Combo Kit",
        "tools",
        140,
        ("{i}V MAX", "{h}-Tool", "Brushless", "2 Batteries"),
    ),
    ("Espresso Machine", "kitchen", 260, ("{b} Bar", "with Milk Frother", "{c}.5L Tank")),
    ("WiFi 6E Mesh System", "network", 210, ("AXE{d}400", "{h}-Pack", "up to {a}00 sq. ft.")),
    ("LED Desk Lamp", "home", 32, ("{b}W", "Dimmable", "USB-C Charging Port", "Adjustable Arm")),
    ("Graphics Card", "gpus", 520, ("GeForce RTX {d}070", "{g}GB GDDR6X", "Triple Fan OC")),
    ("Running Shoes", "shoes", 75, ("Men's Size {b}", "Wide", "Breathable Mesh")),
    ("AA Rechargeable Batteries", "batteries", 22, ("{g}-Pack", "{d}00mAh NiMH", "with Charger")),
)
BRANDS = (
    *("Samsung", "LG", "Sony", "Anker", "Logitech", "Corsair", "ASUS", "MSI", "Kingston"),
    *("Crucial", "DeWalt", "Makita", "Bosch", "Philips", "Breville", "Ninja", "Shark", "TP-Link"),
    *("Netgear", "Sandisk", "Seagate", "Razer", "HyperX", "Dell", "Acer", "Lenovo", "Jabra"),
    *("Sennheiser", "Bose", "Eufy", "Roborock", "Gigabyte", "Zotac", "Brooks", "Energizer"),
)
SERIES = ("Pro", "Ultra", "Evo", "Prime", "Core", "Plus", "Max", "Elite", "Air", "Nova", "Titan")


@dataclass(frozen=True)
class Workload:
    """What is streamed.

    Attributes:
        observations: Records, the bad ones included.
        products: Distinct ones they are drawn from, each as likely as the other.
        seed: The same seed gives the same bytes.
        duplicate_ratio: Records that repeat one of the latest, minutes later.
        late_ratio: Records that are up to two days late.
        zlib_ratio: Records that are compressed.
        bad_ratio: Records that are no record.
    """

    observations: int = 250_000
    products: int = 25_000
    seed: int = 7
    duplicate_ratio: float = 0.10
    late_ratio: float = 0.05
    zlib_ratio: float = 0.20
    bad_ratio: float = 0.0005


@dataclass(frozen=True)
class Product:
    """One of those on offer; the price in cents."""

    key: str
    title: str
    brand: str
    category: str
    price_cents: int


def products(workload: Workload) -> list[Product]:
    """All products of a workload."""
    chance = random.Random(workload.seed)  # noqa: S311 - a workload, no secret
    return [_product(number, chance) for number in range(workload.products)]


def _product(number: int, chance: random.Random) -> Product:
    kind, category, usual_usd, said = chance.choice(KINDS)
    brand = chance.choice(BRANDS)
    words = " ".join(said).format(
        a=chance.choice((24, 32, 40, 43, 50, 55, 65, 75)),
        b=chance.choice((6, 9, 12, 14, 15, 20)),
        c=chance.choice((1, 2, 4, 8)),
        d=chance.choice((32, 48, 50, 60, 70, 72)),
        e=chance.choice((60, 65, 75, 96)),
        f=chance.choice((13, 14, 15, 16)),
        g=chance.choice((8, 16, 24, 32, 48, 64)),
        h=chance.choice((2, 3, 4)),
        i=chance.choice((12, 18, 20)),
    )
    model = f"{chance.choice('ABCDEKMQRSWX')}{chance.choice('ABCDEFGTXZ')}{number % 97}{number:05d}"
    title = f"{brand} {chance.choice(SERIES)} {kind} {words} {model}"
    cents = round(usual_usd * chance.lognormvariate(0, 0.5) * 100) // 100 * 100 + 99
    return Product(f"{brand.lower()}:{model.lower()}", title, brand, category, cents)


def records(workload: Workload, registry: Registry) -> Iterator[tuple[bytes, bytes]]:
    """Kafka keys and values, in order.

    Raises:
        schemas.registry.RegistryError: the schema is not registered.
    """
    chance = random.Random(workload.seed + 1)  # noqa: S311
    version_id = registry.version_id(TOPIC)
    schema = shipped(TOPIC)
    for deal in deals(workload, chance):
        body = schema.write(deal)
        is_packed = chance.random() < workload.zlib_ratio
        value = frame(version_id, body, compression="zlib" if is_packed else None)
        if chance.random() < workload.bad_ratio:
            value = _damaged(value, chance)
        yield deal["product_key"].encode(), value


def deals(workload: Workload, chance: random.Random) -> Iterator[dict[str, Any]]:
    """The deals that the records hold, in order."""
    known = products(workload)
    prices = [product.price_cents for product in known]
    recent: list[dict[str, Any]] = []
    for position in range(workload.observations):
        if recent and chance.random() < workload.duplicate_ratio:
            deal = dict(recent[chance.randrange(len(recent))])
            deal["observed_at"] += chance.randrange(60_000, 3_600_000)
        else:
            deal = _deal(position, workload, known, prices, chance)
            if len(recent) < RECENT:
                recent.append(deal)
            else:
                recent[position % RECENT] = deal
        yield deal


def _deal(
    position: int,
    workload: Workload,
    known: list[Product],
    prices: list[int],
    chance: random.Random,
) -> dict[str, Any]:
    at = chance.randrange(len(known))
    product = known[at]
    if chance.random() < 0.3:
        prices[at] = max(99, round(product.price_cents * chance.uniform(0.6, 1.2)))
    seen = chance.random()
    cents = prices[at]
    if seen < 0.002:  # a glitch
        cents = max(1, cents // 20)
    price = Decimal(cents).scaleb(-2)
    listed = Decimal(round(product.price_cents * chance.uniform(1.0, 2.5))).scaleb(-2)
    list_price = listed if chance.random() < 0.5 else None
    source = SOURCES[at % len(SOURCES)]
    late_ms = chance.randrange(2 * DAY_MS) if chance.random() < workload.late_ratio else 0
    return {
        "deal_id": f"{at:08x}{at % len(SOURCES)}",
        "product_key": product.key,
        "source": source,
        "item_id": f"{source}-{position}",
        "url": f"https://www.example.com/deals/{product.key.replace(':', '-')}",
        "merchant": MERCHANTS[at % len(MERCHANTS)],
        "title": product.title,
        "brand": product.brand,
        "model_number": product.key.partition(":")[2],
        "category": product.category,
        "price": price,
        "currency": "USD",
        "price_usd": price,
        "list_price": list_price,
        "list_price_usd": list_price,
        "condition": "new" if chance.random() < 0.95 else "refurbished",
        "coupon": None,
        "expires_at": None,
        "is_expired": False,
        "temperature": chance.randrange(300),
        "observed_at": START_MS + SPAN_DAYS * DAY_MS * position // workload.observations - late_ms,
    }


def _damaged(value: bytes, chance: random.Random) -> bytes:
    match chance.randrange(4):
        case 0:
            return value[: chance.randrange(1, len(value))]
        case 1:
            return b"\x02" + value[1:]
        case 2:
            return value[:2] + bytes(16) + value[18:]
        case _:
            return b"not a record"
