import asyncio
from collections import defaultdict

import pytest

from udfs.describing.batch import Answer, NotAllowedError, ThrottledError
from udfs.describing.measuring import Calls
from udfs.flink.counting import Counts
from udfs.metrics import GROUP, Kind, Metric


class Group:
    """A metric group that remembers; as Flink's, a group of a name is made once."""

    def __init__(self, path=(), counters=None, gauges=None):
        self.path = path
        self.counters = defaultdict(int) if counters is None else counters
        self.gauges = {} if gauges is None else gauges

    def add_group(self, name, extra=None):
        added = (name,) if extra is None else (name, extra)
        return Group((*self.path, *added), self.counters, self.gauges)

    def counter(self, name):
        group, path = self, ".".join((*self.path, name))

        class Counter:
            def inc(self, amount):
                group.counters[path] += amount

        return Counter()

    def gauge(self, name, read):
        self.gauges[".".join((*self.path, name))] = read


class Context:
    def __init__(self):
        self.group = Group()

    def get_metric_group(self):
        return self.group


@pytest.fixture
def context():
    return Context()


def test_metrics_are_in_the_group_that_the_service_publishes(context):
    counts = Counts(context)
    counts.add(Metric.UNPRICED_TOTAL, 3)
    counts.add_each(Metric.VERDICTS_TOTAL, {"fair": 2, "bargain": 1})
    counts.watch(Metric.RULES_ACTIVE, lambda: 7)
    counts.add_each(Metric.VERDICTS_TOTAL, {"fair": 1})
    assert context.group.counters == {
        f"{GROUP}.unpriced_total": 3,
        f"{GROUP}.verdict.fair.verdicts_total": 3,
        f"{GROUP}.verdict.bargain.verdicts_total": 1,
    }
    assert context.group.gauges[f"{GROUP}.rules_active"]() == 7


def test_what_does_not_fit_the_metric_is_refused(context):
    counts = Counts(context)
    with pytest.raises(ValueError, match="split by verdict"):
        counts.add(Metric.VERDICTS_TOTAL, 1)
    with pytest.raises(ValueError, match="split by None"):
        counts.add(Metric.UNPRICED_TOTAL, 1, "fair")
    with pytest.raises(ValueError, match="gauge"):
        counts.add(Metric.RULES_ACTIVE, 1)
    with pytest.raises(ValueError, match="counter"):
        counts.watch(Metric.UNPRICED_TOTAL, lambda: 1)


def ask_with(*outcomes):
    waiting = list(outcomes)

    async def ask(_request):
        outcome = waiting.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    return ask


def test_calls_are_counted_with_their_errors_and_the_slowest():
    answer = Answer(None, "end_turn")
    ask = ask_with(answer, ThrottledError(), NotAllowedError(), TimeoutError(), answer)
    times = iter([0.0, 0.1, 1.0, 1.02, 2.0, 2.0, 3.0, 8.0, 9.0, 9.5])
    calls = Calls()

    async def all_of_them():
        measured = calls.measure(ask, clock=lambda: next(times))
        return [await asyncio.gather(measured({}), return_exceptions=True) for _ in range(5)]

    outcomes = [outcome for (outcome,) in asyncio.run(all_of_them())]
    assert outcomes[0] is answer
    assert isinstance(outcomes[1], ThrottledError)
    assert calls.made == 5
    assert calls.errors == {"throttled": 1, "not_allowed": 1, "timeout": 1}
    assert calls.slowest_ms == 5000


def test_a_call_that_the_deadline_cancels_is_a_timeout():
    async def hang(_request):
        await asyncio.Event().wait()

    calls = Calls()

    async def given_up():
        async with asyncio.timeout(0.01):
            await calls.measure(hang)({})

    with pytest.raises(TimeoutError):
        asyncio.run(given_up())
    assert calls.errors == {"timeout": 1}


def test_gauges_are_few_and_the_rest_are_counters():
    assert {metric for metric in Metric if metric.kind is Kind.GAUGE} == {
        Metric.BULK_DURATION_MS,
        Metric.RULES_ACTIVE,
        Metric.RULES_REJECTED,
        Metric.BEDROCK_LATENCY_MS,
    }
