import logging
from datetime import date

import pytest

from udfs.describing.limits import Breaker, Spending
from udfs.describing.prompt import request_for


class Time:
    def __init__(self) -> None:
        self.now_s = 0.0
        self.day = date(2026, 11, 24)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def breaker(time) -> Breaker:
    return Breaker(failures=3, cool_down_s=30, clock=lambda: time.now_s)


@pytest.fixture
def spending(time) -> Spending:
    return Spending(1.0, 1.0, 5.0, call_usd=1.0, today=lambda: time.day)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.failed(OSError("away"))


def test_calls_are_skipped_after_several_failures_in_a_row(breaker):
    fail(breaker, 2)
    assert breaker.allows()
    breaker.succeeded()
    fail(breaker, 2)
    assert breaker.allows()
    fail(breaker, 1)
    assert not breaker.allows()


def test_after_the_cool_down_one_call_tries(breaker, time):
    fail(breaker, 3)
    time.now_s = 29.9
    assert not breaker.allows()
    time.now_s = 30.0
    assert breaker.allows()
    assert not breaker.allows()


def test_a_good_trial_closes_the_circuit(breaker, time):
    fail(breaker, 3)
    time.now_s = 30
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.allows()


def test_a_bad_trial_opens_it_for_another_cool_down(breaker, time):
    fail(breaker, 3)
    time.now_s = 30
    assert breaker.allows()
    fail(breaker, 1)
    assert not breaker.allows()
    time.now_s = 60
    assert breaker.allows()


def test_a_trial_that_was_not_made_leaves_the_way_free_for_the_next(breaker, time):
    fail(breaker, 3)
    time.now_s = 30
    assert breaker.allows()
    breaker.abandoned()
    assert breaker.allows()


def test_opening_is_logged_once_with_the_last_error(breaker, caplog):
    with caplog.at_level(logging.WARNING):
        fail(breaker, 9)
    assert [record.getMessage() for record in caplog.records] == [
        "describing paused: failures=3 cool_down_s=30 last=OSError: away"
    ]


def test_a_call_costs_what_its_tokens_cost(spending):
    assert spending.cost_usd(700, 60) == pytest.approx(0.001)


def test_money_set_aside_is_gone_until_settled(spending):
    assert spending.reserve(0.6)
    assert not spending.reserve(0.6)
    spending.settle(0.6, 0.1)
    assert spending.spent_usd == pytest.approx(0.1)
    assert spending.reserve(0.6)


def test_a_call_that_could_cost_more_than_a_call_may_is_not_made():
    spending = Spending(1.0, 1.0, 5.0, call_usd=0.01)
    assert not spending.reserve(0.0101)
    assert spending.spent_usd == 0
    assert spending.reserve(0.01)


def test_a_new_day_has_new_money(spending, time):
    assert spending.reserve(1.0)
    assert not spending.reserve(0.01)
    time.day = date(2026, 11, 25)
    assert spending.reserve(0.01)


def test_a_call_settled_after_midnight_does_not_make_money(spending, time):
    spending.reserve(1.0)
    time.day = date(2026, 11, 25)
    spending.settle(1.0, 0.2)
    assert 0 <= spending.spent_usd <= 0.2


def test_at_the_configured_price_no_call_can_cost_a_cent(spending):
    widest = {
        "title": "\u00e9" * 120,
        "title_gives_orders": False,
        "merchant": "\u00e9" * 40,
        "price_usd": "9" * 14 + ".00",
        "reasons": ["\u00e9" * 120] * 3,
    }
    assert spending.most_usd(request_for(widest)) < 0.01
