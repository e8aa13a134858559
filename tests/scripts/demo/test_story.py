"""The scripted story, as a person plays it; what is asserted is read from the topics."""

import json
from collections import Counter
from decimal import Decimal

import pytest

from scripts.demo.story import DAYS, HEADPHONES, MONITOR, Outcome, acts, closing
from tests.scripts.demo.test_demo import ended

DEADLINE_S = 400


@pytest.fixture(scope="module")
def topics(tmp_path_factory):
    """The records of each topic after the story, and what it printed."""
    home, dump = (tmp_path_factory.mktemp("story") / name for name in ("home", "dump"))
    said = ended(home, "--story", "--dump", str(dump), deadline_s=DEADLINE_S)
    assert "all as told" in said
    return {
        path.stem: [json.loads(line, parse_float=Decimal) for line in path.read_text().splitlines()]
        for path in dump.glob("*.jsonl")
    }


def deals(topics, title):
    return [each for each in topics["deals.evaluated"] if each["title"] == title]


@pytest.mark.broker
def test_three_alerts_are_told_each_once_and_no_other(topics):
    alerts = topics["deals.alerts"]
    assert Counter((each["rule_id"], Decimal(each["price_usd"])) for each in alerts) == {
        ("default", Decimal(248)): 1,
        ("espresso", Decimal(138)): 1,
        ("default", Decimal(104)): 1,
    }
    assert len({each["alert_id"] for each in alerts}) == 3


@pytest.mark.broker
def test_a_fall_is_told_with_its_reason_and_the_same_offer_again_is_not_news(topics):
    seen = [each for each in deals(topics, HEADPHONES) if Decimal(each["price_usd"]) == 248]
    assert len(seen) == 1
    assert seen[0]["verdict"] == "bargain"
    assert seen[0]["reasons"][0] == f"lowest in {DAYS + 1} days on record"
    shown = [each for each in topics["deals.parsed"] if "1000xm5" in each["title"].lower()]
    assert len({each["deal_id"] for each in shown if Decimal(each["price_usd"]) == 248}) == 1


@pytest.mark.broker
def test_a_glitch_is_held_and_becomes_no_low(topics):
    glitch, after = deals(topics, HEADPHONES)[DAYS + 1 : DAYS + 3]
    assert (Decimal(glitch["price_usd"]), glitch["verdict"]) == (Decimal("2.48"), "suspect")
    assert "implausibly_low" in glitch["reason_codes"]
    assert Decimal(after["all_time_low"]) == 248


@pytest.mark.broker
def test_an_invented_discount_is_called_one(topics):
    last = deals(topics, MONITOR)[-1]
    assert Decimal(last["list_price_usd"]) == Decimal("399.99")
    assert last["verdict"] == "fair"
    assert any("$399.99 was never charged" in reason for reason in last["reasons"])


@pytest.mark.broker
def test_an_outage_of_bedrock_costs_the_text_only(topics):
    by_price = {Decimal(each["price_usd"]): each for each in topics["deals.alerts"]}
    assert by_price[Decimal(248)]["description_status"] == "ok"
    assert by_price[Decimal(104)]["description_status"] == "timeout"
    assert "$104" in by_price[Decimal(104)]["description"]


@pytest.mark.broker
def test_a_product_of_two_shops_has_one_history_and_a_refurbished_one_its_own(topics):
    other = next(each for each in topics["deals.evaluated"] if Decimal(each["price_usd"]) == 330)
    assert other["linked_from"] is not None
    assert (other["product_key"], other["shops_observed"]) == (
        deals(topics, HEADPHONES)[0]["product_key"],
        2,
    )
    (renewed,) = deals(topics, f"{HEADPHONES} (Refurbished)")
    assert (renewed["linked_from"], renewed["observations"]) == (None, 1)


@pytest.mark.broker
def test_the_best_deal_of_the_day_is_no_invented_one(topics):
    best = [each["best"] for each in topics["deals.stats"] if each["best"]]
    assert any("990 PRO" in deals_of_day[0]["title"] for deals_of_day in best)
    assert not any("KOORUI" in deal["title"] for deals_of_day in best for deal in deals_of_day)


def test_the_end_says_no_when_there_are_no_windows():
    assert not all(closing([]).values())


def test_every_act_says_no_when_nothing_comes_of_it():
    for act in acts():
        held = act.holds(Outcome(len(act.offers), [], []))
        assert not all(held.values()) or act.name == "a duplicate"
