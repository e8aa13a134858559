"""What a rule tells and holds back, against a log that is searched from its beginning each time."""

import json
import os
from collections import Counter
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.udfs.alerting.policy_vectors import FILE, vectors
from udfs.alerting.memory import DAY_MS, Held, RuleMemory
from udfs.alerting.policy import Digest, Policy, terms

HOUR_MS = 3_600_000
MEMORY_DAYS = 3


@dataclass(frozen=True)
class Match:
    product_key: str
    price: int
    at_ms: int
    score: float


@dataclass
class Logged:
    match: Match
    day: int
    digest_id: str | None
    is_told: bool = True


def brute_force(policy: Policy, matches: list[Match]) -> list[int | str]:
    """Each decision from all that was told before, by the words of the README."""
    log: list[Logged] = []
    decisions: list[int | str] = []
    for match in matches:
        of_it = terms("rule", policy, match.at_ms, match.score)
        same = [x.match for x in log if x.is_told and x.match.product_key == match.product_key]
        decision: int | str = 0
        if same:
            apart_ms = abs(match.at_ms - same[-1].at_ms)
            limit = same[-1].price * (10_000 - round(policy.again_if_cheaper_by * 10_000))
            is_cheaper = match.price * 10_000 <= limit and match.price < same[-1].price
            if apart_ms < MEMORY_DAYS * DAY_MS and not is_cheaper:
                decision = "not_cheaper"
            elif apart_ms < policy.cool_down_minutes * 60_000:
                decision = "cool_down"
        if not decision and policy.daily_cap is not None:
            that_day = [x for x in log if x.day == of_it.day]
            decision = "cap" if len(that_day) >= policy.daily_cap else 0
        entry = Logged(match, of_it.day, of_it.digest_id)
        if not decision and policy.digest:
            others = [
                x
                for x in log
                if x.is_told
                and x.digest_id == of_it.digest_id
                and x.match.product_key != match.product_key
            ]
            # Of equal ones the earlier is the better.
            ranked = sorted([*others, entry], key=lambda x: -x.match.score)
            rank = next(n for n, x in enumerate(ranked, start=1) if x is entry)
            if rank > policy.digest.best:
                decision = "not_best"
            else:
                decision = rank
                for x in log:
                    is_replaced = (
                        x.digest_id == of_it.digest_id and x.match.product_key == match.product_key
                    )
                    x.is_told &= not is_replaced and x not in ranked[policy.digest.best :]
        decisions.append(decision)
        if not isinstance(decision, str):
            log.append(entry)
    return decisions


POLICIES = st.builds(
    Policy,
    time_zone=st.sampled_from(("UTC", "America/St_Johns", "Europe/Berlin")),
    daily_cap=st.none() | st.integers(1, 4),
    cool_down_minutes=st.sampled_from((0, 60, 1_440)),
    again_if_cheaper_by=st.sampled_from((0.0, 0.05, 0.5)),
)
DIGESTS = st.builds(Digest, every_hours=st.sampled_from((6, 24)), best=st.integers(1, 3))
MATCHES = st.lists(
    st.builds(
        Match,
        st.sampled_from(("a", "b", "c", "d", "e")),
        st.sampled_from((0, 50, 94, 95, 96, 100, 101)),
        # 2026-10-24, two days before the clocks of Europe go back.
        st.integers(0, 24 * 6).map(lambda hours: 1_792_800_000_000 + hours * HOUR_MS),
        st.sampled_from((0.1, 0.5, 0.9)),
    ),
    max_size=30,
)


def decided(policy: Policy, matches: list[Match]) -> list[int | str]:
    memory = RuleMemory(MEMORY_DAYS)
    return [
        memory.decide(
            each.product_key, each.price, each.at_ms, terms("rule", policy, each.at_ms, each.score)
        )
        for each in matches
    ]


@settings(max_examples=300, deadline=None)
@given(POLICIES, MATCHES)
def test_decisions_are_those_of_a_search_through_all_that_was_told(policy, matches):
    assert decided(policy, matches) == brute_force(policy, matches)


@settings(max_examples=300, deadline=None)
@given(POLICIES, DIGESTS, MATCHES)
def test_digests_hold_the_best_of_their_period(policy, digest, matches):
    policy = policy.model_copy(update={"daily_cap": None, "digest": digest})
    matches.sort(key=lambda each: each.at_ms)
    assert decided(policy, matches) == brute_force(policy, matches)


def step(memory, price, at_hours, product="tv", **policy):
    at_ms = round(at_hours * HOUR_MS)
    return memory.decide(product, price, at_ms, terms("r", Policy(**policy), at_ms, 0.5))


def test_without_a_policy_a_product_is_told_again_only_if_it_is_cheaper():
    memory = RuleMemory(90)
    prices = 100, 100, 110, 100, 99, 99
    assert [step(memory, price, hours) for hours, price in enumerate(prices)] == [
        0, Held.NOT_CHEAPER, Held.NOT_CHEAPER, Held.NOT_CHEAPER, 0, Held.NOT_CHEAPER,
    ]  # fmt: skip
    assert step(memory, 150, 90 * 24 + 4) == 0


def test_cheaper_by_so_much_is_exact():
    memory = RuleMemory(90)
    assert step(memory, 1_000_000, 0) == 0
    assert step(memory, 950_001, 1, again_if_cheaper_by=0.05) is Held.NOT_CHEAPER
    assert step(memory, 950_000, 1, again_if_cheaper_by=0.05) == 0


def test_the_cool_down_is_a_products_own_and_ends():
    memory = RuleMemory(90)
    assert step(memory, 100, 0, cool_down_minutes=120) == 0
    assert step(memory, 50, 1.99, cool_down_minutes=120) is Held.COOL_DOWN
    assert step(memory, 50, 1.99, "pc", cool_down_minutes=120) == 0
    assert step(memory, 50, 2, cool_down_minutes=120) == 0


def test_the_cap_is_of_the_day_in_the_rules_time_zone():
    memory = RuleMemory(90)
    there = {"daily_cap": 1, "time_zone": "Asia/Kolkata"}  # midnight is at 18:30 UTC
    assert step(memory, 100, 18, "a", **there) == 0
    assert step(memory, 100, 18.4, "b", **there) is Held.CAP
    assert step(memory, 100, 18.5, "c", **there) == 0


def test_what_a_better_deal_pushes_out_of_a_digest_may_be_told_in_the_next():
    memory = RuleMemory(90)
    policy = Policy(digest=Digest(best=1))

    def told(product, hours, score):
        at_ms = hours * HOUR_MS
        return memory.decide(product, 100, at_ms, terms("r", policy, at_ms, score))

    assert told("a", 0, 0.5) == 1
    assert told("b", 1, 0.9) == 1
    assert told("a", 2, 0.5) is Held.NOT_BEST
    assert told("a", 30, 0.5) == 1
    assert told("b", 31, 0.9) is Held.NOT_CHEAPER


def test_the_vectors_of_the_state_function_are_what_is_decided_here():
    made = vectors()
    if os.environ.get("REGENERATE") == "1":
        FILE.write_text(json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    assert json.loads(FILE.read_text("utf-8")) == made
    seen = Counter(step["held"] for history in made for step in history["steps"])
    assert set(seen) == {None, *Held}
