from decimal import Decimal

from scripts.rule_trial import trial
from tests.application import DAY_MS
from tests.schemas.records import example
from udfs.alerting.rules import Rule

NOON_MS = 1_780_012_800_000 - 1_780_012_800_000 % DAY_MS + DAY_MS // 2


def deal(price, day, **changes):
    at = {"price_usd": Decimal(price), "observed_at": NOON_MS + round(day * DAY_MS)}
    return example("deals.evaluated", is_expired=False, verdict="fair", **at) | changes


def told(deals, **policy):
    record = {"rule_id": "r", "any_of": [{"max_price_usd": 80}], "updated_at": 0, "policy": policy}
    found = trial(Rule.from_record(record), deals, memory_days=90)
    assert found.deals == len(deals)
    return [(float(each.deal["price_usd"]), each.is_told, each.why) for each in found.outcomes]


def test_what_does_not_match_is_left_out_and_a_repeat_says_what_was_told():
    assert told([deal(79, 0), deal(90, 1), deal(79, 2)]) == [
        (79, True, "at once"),
        (79, False, "not_cheaper: told at $79.00 on 2026-05-29 12:00, and not cheaper"),
    ]


def test_a_reason_names_what_the_policy_asks():
    deals = [deal(79, 0), deal(78, 1), deal(70, 1.1), deal(10, 1.2, product_key="other")]
    assert [why for *_, why in told(deals, again_if_cheaper_by=0.05, cool_down_minutes=2880)] == [
        "at once",
        "not_cheaper: told at $79.00 on 2026-05-29 12:00, and not cheaper by 5%",
        "cool_down: told at $79.00 on 2026-05-29 12:00: within the cool-down of 2880 minutes",
        "at once",
    ]
    assert [why for *_, why in told(deals, daily_cap=1)] == [
        "at once",
        "at once",
        "cap: 1 told that day already",
        "cap: 1 told that day already",
    ]


def test_later_says_when_in_the_rules_time_zone():
    policy = {"quiet_hours": "13:00-15:00", "time_zone": "Europe/Berlin"}
    assert told([deal(79, 0)], **policy) == [(79, True, "at 2026-05-29 15:00, after quiet hours")]


def test_a_digest_tells_its_best_and_names_what_was_pushed_out():
    def scored(key, score):
        return deal(50, 0, product_key=key, deal_score=score)

    deals = [scored("a", 0.5), scored("b", 0.9), scored("c", 0.1), scored("d", 0.8)]
    assert [(is_told, why) for _, is_told, why in told(deals, digest={"best": 2})] == [
        (False, "not_best: pushed out of its digest"),
        (True, "digest of 2026-05-30 08:00, place 1"),
        (False, "not_best: 2 better ones are in its digest"),
        (True, "digest of 2026-05-30 08:00, place 2"),
    ]


def test_a_disabled_rule_is_tried_too():
    record = {"rule_id": "r", "any_of": [{}], "updated_at": 0, "is_enabled": False}
    assert len(trial(Rule.from_record(record), [deal(1, 0)], 90).outcomes) == 1
