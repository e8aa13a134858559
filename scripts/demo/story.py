"""`--story`: what Deal Finder promises, act by act, on everything real; each says what it expects.

Time in the story is event time: a price a day for weeks takes a moment.
"""

import json
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from scripts import rules
from scripts.demo.once import await_caught_up, await_windows, values
from scripts.demo.session import Session
from scripts.demo.windows import EVERYTHING, latest
from scripts.rule_files import WrittenRule
from scripts.scanner.entries import RawDeal

DAY_MS = 24 * 3600 * 1000
HOUR_MS = 3600 * 1000
DAYS = 40
HEADPHONES = "Sony Black Bluetooth Headphones - WH-1000XM5"
MONITOR = 'KOORUI GP01 27" 240Hz Gaming Monitor'
ESPRESSO = "DeLonghi EC685M Dedica Espresso Machine"
SSD = "Samsung 990 PRO 2TB NVMe SSD MZ-V9P2T0B"
RULE = WrittenRule.model_validate_json(
    json.dumps(
        {
            "rule_id": "espresso",
            "name": "New espresso machines under $140, but not from that shop",
            "condition": {
                "all": [
                    {"words": ["espresso"], "conditions": ["new"], "max_price_usd": 140},
                    {"not": {"merchants": ["Walmart"]}},
                ]
            },
        }
    )
)


@dataclass(frozen=True)
class Offer:
    """An item of a feed: a title at a price in a shop, so many days into the story."""

    title: str
    price_usd: float
    day: float
    merchant: str = "bestbuy"
    list_price_usd: float | None = None
    link: str = ""

    def raw(self, item: int, start_ms: int) -> RawDeal:
        """As the scanner would send it."""
        at_ms = start_ms + round(self.day * DAY_MS)
        was = "" if self.list_price_usd is None else f" (was ${self.list_price_usd:,.2f})"
        slug = "-".join(self.title.lower().split())
        link = self.link or f"https://{self.merchant}.example.com/{slug}?utm_source=story-{item}"
        return {
            "source": "story",
            "feed_url": "https://story.example.com/rss",
            "item_id": f"story-{item}",
            "fetched_at": at_ms,
            "published_at": at_ms,
            "title": f"{self.title} ${self.price_usd:,.2f}{was}",
            "link": link,
            "summary_html": "",
            "extras": {"merchant": self.merchant},
        }


@dataclass
class Outcome:
    """What an act brought.

    Attributes:
        offers: Sent.
        evaluated: New records of deals.evaluated, in order.
        alerts: New records of deals.alerts.
    """

    offers: int
    evaluated: list[dict[str, Any]]
    alerts: list[dict[str, Any]]

    @property
    def last(self) -> Mapping[str, Any]:
        """The last evaluated deal; empty if there is none."""
        return self.evaluated[-1] if self.evaluated else {}

    @property
    def told(self) -> list[tuple[str, float]]:
        """Rule and price of each alert."""
        return [(alert["rule_id"], float(alert["price_usd"])) for alert in self.alerts]


@dataclass(frozen=True)
class Act:
    """One promise.

    Attributes:
        name: In a word or two.
        what: Happens, in a sentence.
        offers: What the feeds show.
        holds: What must come of it: a sentence, and whether it does.
        before: What happens first.
    """

    name: str
    what: str
    offers: tuple[Offer, ...]
    holds: Callable[[Outcome], dict[str, bool]]
    before: Callable[["Stage"], None] = field(default=lambda _: None)


@dataclass
class Stage:
    """Where the story is played."""

    session: Session
    bedrock_url: str

    def add_rule(self) -> None:
        """As `python -m scripts.rules add` does, while the jobs run."""
        rules.add(self.session.connection, [RULE])
        time.sleep(3)  # a task polls the topic; said in the README

    def break_bedrock(self) -> None:
        """No call is answered any more."""
        self._faults({"hang": True})

    def mend_bedrock(self) -> None:
        """All calls are."""
        self._faults({})

    def _faults(self, faults: Mapping[str, Any]) -> None:
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.bedrock_url}/faults", json.dumps(faults).encode(), method="PUT"
        )
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310
            pass


def acts() -> tuple[Act, ...]:
    """The story, in order."""
    usual = tuple(Offer(HEADPHONES, 348 + day % 3, day) for day in range(DAYS))
    fall = Offer(HEADPHONES, 248, DAYS)
    return (
        Act(
            "history",
            f"headphones cost about $348, every day for {DAYS} days",
            usual,
            lambda seen: {
                "each price is remembered": seen.last.get("days_observed") == DAYS,
                "the usual price is known": seen.last.get("typical_90d") == 349,
                "nobody is told": not seen.alerts,
            },
        ),
        Act(
            "a price falls",
            "they are $248",
            (fall,),
            lambda seen: {
                "a bargain": seen.last.get("verdict") == "bargain",
                "the reason is the lowest price on record": "all_time_low"
                in seen.last.get("reason_codes", ()),
                "the default rule tells of it, once": seen.told == [("default", 248)],
                "described by Bedrock": [a["description_status"] for a in seen.alerts] == ["ok"],
            },
        ),
        Act(
            "a duplicate",
            "another feed shows the same offer, with other tracking, an hour later",
            (Offer(HEADPHONES.upper(), 248, DAYS + 1 / 24),),
            lambda seen: {
                "it is no news": not seen.evaluated,
                "nobody is told again": not seen.alerts,
            },
        ),
        Act(
            "a glitch",
            "for one look they are $2.48, then $340 again",
            (Offer(HEADPHONES, 2.48, DAYS + 2), Offer(HEADPHONES, 340, DAYS + 2.1)),
            lambda seen: {
                "it is held as suspect": [deal["verdict"] for deal in seen.evaluated][:1]
                == ["suspect"],
                "it is no all-time low": seen.last.get("all_time_low") == 248,
                "nobody is told": not seen.alerts,
            },
        ),
        Act(
            "two shops",
            "another shop has them in words of its own for $330, and refurbished ones for $190",
            (
                Offer("Black Bluetooth Headphones - WH1000XM5", 330, DAYS + 3, "target"),
                Offer(f"{HEADPHONES} (Refurbished)", 190, DAYS + 3, "walmart"),
            ),
            lambda seen: {
                "it is the same product, and shares its price history": [
                    (deal["shops_observed"], float(deal["all_time_low"]))
                    for deal in seen.evaluated[:1]
                ]
                == [(2, 248.0)],
                "refurbished is another product": seen.last.get("observations") == 1,
                "nobody is told": not seen.alerts,
            },
        ),
        Act(
            "a fake discount",
            "a monitor is $119.99 every day, and one day its seller says it was $399.99",
            (
                *(Offer(MONITOR, 119.99, day, "amazon") for day in range(DAYS)),
                Offer(MONITOR, 118.99, DAYS, "amazon", 399.99),
            ),
            lambda seen: {
                "no bargain": seen.last.get("verdict") == "fair",
                "the reason says that nobody ever paid it": "list_price_never_charged"
                in seen.last.get("reason_codes", ()),
                "nobody is told": not seen.alerts,
            },
        ),
        Act(
            "a rule",
            "somebody asks for new espresso machines under $140, but not from walmart",
            (
                Offer(ESPRESSO, 139, DAYS, "walmart"),
                Offer(f"{ESPRESSO} (Refurbished)", 99, DAYS, "target"),
                Offer(ESPRESSO, 149, DAYS, "bestbuy"),
                Offer(ESPRESSO, 138, DAYS, "target"),
            ),
            lambda seen: {
                "told of the one that fits, without a restart": [
                    each for each in seen.told if each[0] == "espresso"
                ]
                == [("espresso", 138)],
            },
            before=Stage.add_rule,
        ),
        Act(
            "an outage",
            "Bedrock answers no more, and an SSD of $170 falls to $104",
            (
                *(Offer(SSD, 169 + day % 3, day, "newegg") for day in range(DAYS)),
                Offer(SSD, 104, DAYS, "newegg"),
            ),
            lambda seen: {
                "told all the same": seen.told == [("default", 104)],
                "with the template's text, and the reason": [
                    bool(alert["description"]) and alert["description_status"]
                    for alert in seen.alerts
                ]
                == ["timeout"],
            },
            before=Stage.break_bedrock,
        ),
    )


def closing(windows: Iterable[Mapping[str, Any]]) -> dict[str, bool]:
    """What must hold of the windows of all categories at the end."""
    days = [each for each in windows if each["window_kind"] == "sliding"]
    with_fall = [each for each in days if any(SSD in best["title"] for best in each["best"])]
    best = {each["best"][0]["title"] for each in with_fall}
    return {
        "the SSD is the best deal of its day, before the headphones": best == {SSD},
        "the invented discount is in no list of best deals": not any(
            MONITOR in deal["title"] for each in days for deal in each["best"]
        ),
        "and is counted as fake": any(each["fake_list_prices"] for each in days),
    }


def play(session: Session, console: Console) -> bool:
    """Play all acts; whether all that must hold does."""
    stage = Stage(session, session.stack.endpoints().bedrock_endpoint_url)
    start_ms = time.time_ns() // 1_000_000 // DAY_MS * DAY_MS - (DAYS + 5) * DAY_MS
    counts = {"deals.evaluated": 0, "deals.alerts": 0}
    sent, is_good = 0, True
    try:
        for number, act in enumerate(acts(), start=1):
            console.print(
                f"{number} {act.name}: {act.what}", style="bold", markup=False, soft_wrap=True
            )
            act.before(stage)
            _send(session, [offer.raw(sent + i, start_ms) for i, offer in enumerate(act.offers)])
            sent += len(act.offers)
            await_caught_up(session)
            new = {topic: values(session, topic)[seen:] for topic, seen in counts.items()}
            counts = {topic: counts[topic] + len(values) for topic, values in new.items()}
            outcome = Outcome(len(act.offers), new["deals.evaluated"], new["deals.alerts"])
            _show(console, outcome)
            is_good &= _tell(console, act.holds(outcome))
        console.print(f"{len(acts()) + 1} the windows of these days", style="bold", markup=False)
        await_windows(session)
        windows = latest(values(session, "deals.stats")).values()
        everything = [each for each in windows if each["category"] == EVERYTHING]
        is_good &= _tell(console, closing(everything))
    finally:
        stage.mend_bedrock()
    return is_good


def _show(console: Console, outcome: Outcome) -> None:
    if outcome.last:
        deal = outcome.last
        reasons = "; ".join(deal["reasons"])
        console.print(
            f"  ${deal['price_usd']} {deal['verdict']}: {reasons}", markup=False, soft_wrap=True
        )
    for alert in outcome.alerts:
        text = f"  told ({alert['rule_id']}): {alert['description']}"
        console.print(text, style="green", markup=False, soft_wrap=True)


def _tell(console: Console, held: Mapping[str, bool]) -> bool:
    """Say of each sentence whether it holds; whether all do."""
    for sentence, is_so in held.items():
        mark, style = ("yes", "dim") if is_so else ("NO", "bold red")
        console.print(f"  {mark:>3}  {sentence}", style=style, markup=False, soft_wrap=True)
    return all(held.values())


def _send(session: Session, items: Sequence[RawDeal]) -> None:
    sink = session.raw_sink()
    for item in items:
        sink.send(item)
    if undelivered := sink.settle():
        message = f"not delivered: {undelivered}"
        raise RuntimeError(message)
