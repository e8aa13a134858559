import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tests.udfs.describing import virtual
from tests.udfs.describing.deals import GOOD, answer, facts
from udfs.describing.batch import (
    Answer,
    CallFailedError,
    Description,
    NotAllowedError,
    ThrottledError,
    describe_batch,
)
from udfs.describing.fallback import fallback_text
from udfs.describing.limits import Breaker, Spending


class Bedrock:
    """Answers by plan: each call takes the next step, the last one for ever.

    Attributes:
        most: The largest number of calls in flight so far.
    """

    def __init__(self, *steps: Answer | BaseException | None, latency_s: float = 0.3) -> None:
        self.steps = list(steps) or [answer()]
        self.latency_s = latency_s
        self.calls = self.in_flight = self.most = 0
        self.requests: list[dict[str, Any]] = []

    async def ask(self, request: dict[str, Any]) -> Answer:
        step = self.steps[min(self.calls, len(self.steps) - 1)]
        self.calls += 1
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        self.requests.append(request)
        try:
            await asyncio.sleep(1e6 if step is None else self.latency_s)  # None: hang
        finally:
            self.in_flight -= 1
        if isinstance(step, BaseException):
            raise step
        return step


def deals(count: int) -> list[dict[str, Any]]:
    return [facts(title=f"Sony TV model {n}") for n in range(count)]


@pytest.fixture
def describe():
    def run(
        known: list[dict[str, Any]], ask: Callable[..., Any], **options: Any
    ) -> tuple[list[Description], float]:
        options.setdefault("breaker", Breaker())
        options.setdefault("spending", Spending(1.0, 1.0, 5.0))
        return virtual.run(describe_batch(known, ask=ask, jitter=lambda: 1.0, **options))

    return run


def statuses(described: list[Description]) -> list[str]:
    return [each.status for each in described]


def test_an_answer_that_holds_is_the_text(describe):
    described, _ = describe([facts()], Bedrock().ask)
    assert described == [Description(GOOD, "ok", pytest.approx(0.001))]


def test_no_deals_are_no_calls(describe):
    assert describe([], Bedrock().ask)[0] == []


def test_calls_run_at_the_same_time_but_not_too_many(describe):
    bedrock = Bedrock()
    described, took_s = describe(deals(40), bedrock.ask, concurrency=10)
    assert statuses(described) == ["ok"] * 40
    assert bedrock.most == 10
    assert took_s == pytest.approx(4 * 0.3)


def test_throughput_at_300_ms_and_50_in_flight_is_above_120_a_second(describe):
    _, took_s = describe(deals(300), Bedrock().ask, concurrency=50, max_calls=300)
    assert 300 / took_s > 120


def test_descriptions_stand_in_the_order_of_the_deals(describe):
    latencies = itertools.cycle([0.5, 0.1, 0.3])

    async def ask(request: dict[str, Any]) -> Answer:
        await asyncio.sleep(next(latencies))
        title = request["messages"][0]["content"][0]["text"].split('"title": "')[1].split('"')[0]
        return answer(f"The {title} costs $199.99 now. That is good.")

    described, _ = describe(deals(6), ask)
    assert [each.text for each in described] == [
        f"The Sony TV model {n} costs $199.99 now. That is good." for n in range(6)
    ]


def test_equal_facts_are_described_and_paid_once(describe):
    bedrock = Bedrock()
    described, _ = describe([facts(), *deals(1), facts(), facts()], bedrock.ask)
    assert bedrock.calls == 2
    assert statuses(described) == ["ok"] * 4
    assert [each.cost_usd > 0 for each in described] == [True, True, False, False]


def test_a_batch_makes_a_bounded_number_of_calls(describe):
    bedrock = Bedrock()
    known = deals(8)
    described, _ = describe(known, bedrock.ask, max_calls=5)
    assert bedrock.calls == 5
    assert statuses(described) == ["ok"] * 5 + ["fallback"] * 3
    assert described[7].text == fallback_text(known[7])


# ---- deadline


def test_a_hanging_call_costs_its_own_row_and_not_the_batch(describe):
    bedrock = Bedrock(answer(), None, answer())
    described, took_s = describe(deals(3), bedrock.ask, budget_s=5)
    assert statuses(described) == ["ok", "timeout", "ok"]
    assert took_s == pytest.approx(5)
    assert bedrock.in_flight == 0
    assert described[1].text == fallback_text(deals(3)[1])


def test_hanging_calls_and_those_that_queue_behind_them_end_at_the_one_deadline(describe):
    bedrock = Bedrock(None)
    described, took_s = describe(
        deals(50), bedrock.ask, budget_s=5, concurrency=4, breaker=Breaker(failures=99)
    )
    assert statuses(described) == ["timeout"] * 50
    assert took_s == pytest.approx(5)
    assert bedrock.calls == 4


def test_slow_calls_are_cut_at_the_deadline(describe):
    described, took_s = describe(deals(9), Bedrock(latency_s=2).ask, budget_s=5, concurrency=3)
    assert statuses(described) == ["ok"] * 6 + ["timeout"] * 3
    assert took_s == pytest.approx(5)


def test_a_call_that_times_out_by_itself_is_a_timeout(describe):
    assert statuses(describe([facts()], Bedrock(TimeoutError()).ask)[0]) == ["timeout"]


# ---- throttling


def test_a_throttled_call_is_made_again_after_growing_waits(describe):
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(seconds)

    bedrock = Bedrock(*[ThrottledError()] * 3, answer(), latency_s=0)
    described, _ = describe([facts()], bedrock.ask, sleep=sleep)
    assert statuses(described) == ["ok"]
    assert waits == [0.2, 0.4, 0.8]


def test_throttling_without_end_is_a_timeout_that_costs_nothing(describe):
    spending = Spending(1.0, 1.0, 5.0)
    described, took_s = describe([facts()], Bedrock(ThrottledError()).ask, spending=spending)
    assert described == [Description(fallback_text(facts()), "timeout")]
    assert took_s < 5
    assert spending.spent_usd == 0


# ---- answers that are none


@pytest.mark.parametrize(
    ("step", "status"),
    [
        (answer(stop_reason="guardrail_intervened", tool_input=None), "refused"),
        (answer(stop_reason="content_filtered", tool_input=None), "refused"),
        (answer(stop_reason="refusal", tool_input=None), "refused"),
        (NotAllowedError("AccessDeniedException"), "refused"),
        (CallFailedError("ValidationException"), "fallback"),
        (answer(stop_reason="max_tokens"), "fallback"),
        (answer(stop_reason="end_turn", tool_input=None), "fallback"),
        (answer(tool_input=None), "fallback"),
        (answer(tool_input={"text": GOOD}), "fallback"),
        (answer("lorem ipsum dolor sit amet et cetera"), "fallback"),
        (answer("The headphones cost $99.99 at Best Buy, a steal."), "fallback"),
        (answer(f"{GOOD} More at http://evil.example"), "fallback"),
    ],
)
def test_every_other_outcome_has_the_templates_text_and_says_why(describe, step, status):
    described, _ = describe([facts()], Bedrock(step).ask)
    assert statuses(described) == [status]
    assert described[0].text == fallback_text(facts())


def test_a_fault_of_the_code_fails_the_batch(describe):
    breaker, spending = Breaker(failures=1), Spending(1.0, 1.0, 5.0)
    with pytest.raises(ZeroDivisionError):
        describe([facts()], Bedrock(ZeroDivisionError()).ask, breaker=breaker, spending=spending)
    assert breaker.allows()


# ---- circuit and money


def test_after_failures_in_a_row_calls_are_skipped_for_a_while_and_then_tried(describe):
    now = [0.0]
    breaker = Breaker(failures=3, cool_down_s=30, clock=lambda: now[0])
    bedrock = Bedrock(*[CallFailedError()] * 3, answer())
    for _ in range(5):
        described, _ = describe([facts()], bedrock.ask, breaker=breaker)
        assert statuses(described) == ["fallback"]
    assert bedrock.calls == 3
    now[0] = 30
    assert statuses(describe([facts()], bedrock.ask, breaker=breaker)[0]) == ["ok"]


def test_an_answer_that_is_not_believed_does_not_open_the_circuit(describe):
    breaker = Breaker(failures=2)
    for _ in range(3):
        describe([facts()], Bedrock(answer("nonsense")).ask, breaker=breaker)
    assert breaker.allows()


def test_the_daily_budget_stops_calls_even_of_one_batch(describe):
    bedrock = Bedrock()
    spending = Spending(0.01, 1.0, 5.0)
    described, _ = describe(deals(30), bedrock.ask, spending=spending, concurrency=30)
    asked = statuses(described).count("ok")
    assert 0 < asked < 10
    assert statuses(described).count("fallback") == 30 - asked
    assert spending.spent_usd <= 0.01
    assert sum(each.cost_usd for each in described) == pytest.approx(spending.spent_usd)


def test_a_call_that_never_answers_counts_at_its_most(describe):
    spending = Spending(1.0, 1.0, 5.0)
    described, _ = describe([facts()], Bedrock(None).ask, spending=spending)
    assert described[0].cost_usd == spending.spent_usd > 0.001
