"""What must come of the stream, computed from the stream alone: no code of the jobs is used here.

The words are those of README and schemas/: looks of a day and price are one observation, all by
event time; a late observation gets what was known of its past.
"""

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from statistics import median_high, median_low

from tests.kill.stream import DAY_MS, MISTAKES, Entry, Look

RULE = "ring"
# Everything at or under it is told of, in 1/10000 USD.
MAX_PRICE = 25_0000
Facts = dict[str, int | None]


@dataclass
class Expected:
    """What must be on the topics and in the index.

    Attributes:
        parsed: Item id and event time -> the look.
        sent: How often each of them was sent: a feed may show the very same record again.
        letters: (partition, offset) on deals.raw -> reason.
        evaluated: Link and event time -> what is said of the observation.
        alerts: (product, price) of each alert.
        documents: Link -> event time of the newest evaluation.
    """

    parsed: dict[tuple[str, int], Look] = field(default_factory=dict)
    sent: Counter[tuple[str, int]] = field(default_factory=Counter)
    letters: dict[tuple[int, int], str] = field(default_factory=dict)
    evaluated: dict[tuple[str, int], Facts] = field(default_factory=dict)
    alerts: set[tuple[int, int]] = field(default_factory=set)
    documents: dict[str, int] = field(default_factory=dict)


def expect(made: Sequence[Entry]) -> Expected:
    """What must come of these records, in this order in each partition from offset 0 on."""
    said = Expected()
    offsets: dict[int, int] = defaultdict(int)
    known: dict[int, list[Look]] = defaultdict(list)
    cheapest: dict[int, int] = {}
    for entry in made:
        offset = offsets[entry.partition]
        offsets[entry.partition] += 1
        if entry.mistake is not None:
            said.letters[entry.partition, offset] = MISTAKES[entry.mistake]
            continue
        look = entry.look
        said.parsed[look.item_id, look.at_ms] = look
        said.sent[look.item_id, look.at_ms] += 1
        if look.is_duplicate:
            continue
        known[look.product].append(look)
        said.evaluated[look.link, look.at_ms] = facts(known[look.product])
        said.documents[look.link] = max(look.at_ms, said.documents.get(look.link, 0))
        # Told before, a product is told again only when it is cheaper.
        if look.price <= MAX_PRICE and look.price < cheapest.get(look.product, MAX_PRICE + 1):
            cheapest[look.product] = look.price
            said.alerts.add((look.product, look.price))
    return said


def facts(known: Sequence[Look]) -> Facts:
    """What is to be said of the last of the observations of a product, in order of arrival."""
    newest = known[-1]
    past = sorted((each for each in known if each.day <= newest.day), key=lambda each: each.day)
    before = past[:-1]
    low = min(each.price for each in past)
    recent = [each for each in past if each.day >= newest.day - 90]
    changes = [new.day for old, new in itertools.pairwise(recent) if old.price != new.price]
    return {
        "price_usd": newest.price,
        "previous_price": before[-1].price if before else None,
        **{
            f"low_{days}d": min(each.price for each in past if each.day > newest.day - days)
            for days in (7, 30, 90)
        },
        "all_time_low": low,
        "all_time_low_at": max(each.day for each in past if each.price == low) * DAY_MS,
        **{f"typical_{days}d": _usual(before, newest.day - days) for days in (7, 30, 90)},
        "last_change_at": changes[-1] * DAY_MS if changes else None,
        "days_observed": len(past),
        "observations": len(known),
        "shops_observed": len({each.shop for each in known}),
    }


def _usual(before: Sequence[Look], from_day: int) -> int | None:
    """The median, half up."""
    prices = [each.price for each in before if each.day >= from_day]
    return (median_low(prices) + median_high(prices) + 1) // 2 if prices else None


def alert_id(product_key: str, price: int) -> str:
    """The identity that an alert of the rule must have, price in 1/10000 USD."""
    text = json.dumps([RULE, product_key, f"{price // 10_000}.{price % 10_000:04d}"])
    return blake2b(text.encode(), digest_size=16).hexdigest()
