"""What a rule would have told of past deals, and why not of the others that it matches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from schemas.values import EPOCH
from udfs.alerting.hits import HIT_COLUMNS, Hit, hits
from udfs.alerting.matching import RuleBook
from udfs.alerting.memory import Held, RuleMemory, Told
from udfs.alerting.rules import Rule

BATCH = 1_000
SCALE = 10_000


@dataclass(frozen=True)
class Outcome:
    """A deal that the rule matches.

    Attributes:
        deal: The decoded EvaluatedDeal.
        is_told: Whether it comes to an alert.
        why: When it is told, or why it is not.
    """

    deal: dict[str, Any]
    is_told: bool
    why: str


@dataclass(frozen=True)
class Trial:
    """What became of past deals; `deals` is how many there were."""

    deals: int
    outcomes: list[Outcome]


def trial(rule: Rule, deals: Iterable[dict[str, Any]], memory_days: int) -> Trial:
    """Apply a rule to deals as the job would have, had it been there.

    Args:
        rule: Enabled or not.
        deals: Decoded EvaluatedDeals in the order in which they arrived.
        memory_days: Alerts: memory.days of the job.

    Returns:
        The deals that match, in their order.
    """
    book = RuleBook([rule.model_copy(update={"is_enabled": True})])
    memory = RuleMemory(memory_days)
    count, decided = 0, []
    source = iter(deals)
    while batch := list(islice(source, BATCH)):
        count += len(batch)
        for deal, hit in _found(book, batch):
            key, price = deal["product_key"], int(Decimal(deal["price_usd"]) * SCALE)
            told = memory.products.get(key)
            decision = memory.decide(key, price, deal["observed_at"], hit.terms)
            decided.append((deal, hit, decision, told))
    return Trial(
        count,
        [
            _outcome(rule, deal, hit, decision, told, memory)
            for deal, hit, decision, told in decided
        ],
    )


def _found(book: RuleBook, deals: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Hit]]:
    frame = pd.DataFrame(
        {name: pd.Series([deal[name] for deal in deals], dtype=object) for name in HIT_COLUMNS}
    )
    for deal, found in zip(deals, hits(book, frame), strict=True):
        for hit in found:
            yield deal, hit


def _outcome(
    rule: Rule,
    deal: dict[str, Any],
    hit: Hit,
    decision: int | Held,
    told: Told | None,
    memory: RuleMemory,
) -> Outcome:
    policy, terms = rule.policy, hit.terms

    def when(at_ms: int) -> str:
        local = (EPOCH + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(policy.time_zone))
        return f"{local:%Y-%m-%d %H:%M}"

    if isinstance(decision, Held):
        last = f"told at ${told.price / SCALE:,.2f} on {when(told.at_ms)}" if told else ""
        cheaper = f" by {policy.again_if_cheaper_by:.0%}" if policy.again_if_cheaper_by else ""
        best = policy.digest.best if policy.digest else 0
        why = {
            Held.NOT_CHEAPER: f"{last}, and not cheaper{cheaper}",
            Held.COOL_DOWN: f"{last}: within the cool-down of {policy.cool_down_minutes} minutes",
            Held.CAP: f"{policy.daily_cap} told that day already",
            Held.NOT_BEST: f"{best} better ones are in its digest",
        }[decision]
        return Outcome(deal, is_told=False, why=f"{decision}: {why}")
    if terms.digest_id is not None and terms.tell_at is not None:
        places = memory.digests[terms.digest_id]
        place = next(
            (
                number
                for number, each in enumerate(places, start=1)
                if each.product_key == deal["product_key"] and each.score == terms.score
            ),
            None,
        )
        if place is None:
            return Outcome(deal, is_told=False, why="not_best: pushed out of its digest")
        return Outcome(deal, is_told=True, why=f"digest of {when(terms.tell_at)}, place {place}")
    if terms.tell_at is not None:
        return Outcome(deal, is_told=True, why=f"at {when(terms.tell_at)}, after quiet hours")
    return Outcome(deal, is_told=True, why="at once")
