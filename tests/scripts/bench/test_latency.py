from dataclasses import replace

import pytest

from schemas.codec import Codec
from scripts.bench.latency_report import Latency, Setting, markdown, write
from scripts.bench.visible import ALERTS, EVALUATED, SEARCHABLE, waits_ms
from tests.schemas.records import example

USUAL = Setting(rate_per_s=1000, bundle_time_ms=50, checkpoint_s=10, delivery="at-least-once")


def latency(what, p99_ms, setting=USUAL, *, is_sustained=True):
    waits = [1.0] * 50 + [p99_ms] * 50
    return Latency.of(setting, what, waits, (1000.0, 990.0), is_sustained=is_sustained)


class Values(Codec):
    """Reads what `value` writes."""

    def __init__(self):
        pass

    def decode(self, value, *, topic=None):
        deal_id, item_id = value.decode().split()
        return {"deal_id": deal_id} | ({"item_id": item_id} if topic == EVALUATED else {})


def value(item_id):
    return f"deal-of-{item_id} {item_id}".encode()


def test_a_wait_is_from_the_item_to_its_evaluation_its_alert_and_its_document():
    sent = {"a": 10.0, "b": 11.0}
    seen = [
        (ALERTS, value("a"), 10.3),  # in hand before the evaluation
        (EVALUATED, value("a"), 10.2),
        (EVALUATED, value("warming-up"), 10.2),
        (EVALUATED, value("b"), 11.1),
    ]
    waits = waits_ms(Values(), sent, seen, {"b": 12.5, "warming-up": 12.0})
    rounded = {what: [round(each) for each in found] for what, found in waits.items()}
    assert rounded == {EVALUATED: [200, 100], ALERTS: [300], SEARCHABLE: [1500]}


def test_what_comes_again_was_visible_before():
    seen = [(EVALUATED, value("a"), 10.2), (EVALUATED, value("a"), 99.0)]
    assert waits_ms(Values(), {"a": 10.0}, seen, {})[EVALUATED] == [pytest.approx(200)]


@pytest.mark.parametrize(
    ("what", "p99_ms", "changes", "said"),
    [
        (ALERTS, 390, {}, "aim met (800 / 400)"),
        (ALERTS, 790, {}, "met (800 / 400)"),
        (ALERTS, 810, {}, "missed (800 / 400)"),
        (SEARCHABLE, 2100, {"bundle_time_ms": 1000}, "aim met (4,000 / 2,500)"),
        (EVALUATED, 1, {}, ""),
        (ALERTS, 1, {"rate_per_s": 100}, ""),
        (ALERTS, 1, {"checkpoint_s": 60}, ""),
        (ALERTS, 1, {"delivery": "exactly-once"}, ""),
    ],
)
def test_a_bar_is_for_one_setting(what, p99_ms, changes, said):
    assert latency(what, p99_ms, replace(USUAL, **changes)).bar == said


def test_what_the_jobs_did_not_keep_up_with_is_called_so(tmp_path):
    measured = [latency(ALERTS, 99_000, is_sustained=False), latency(SEARCHABLE, 900)]
    text = markdown(measured)
    assert "not sustained: 990/s; missed (800 / 400)" in text
    assert "| 1,000 | at-least-once | 10 | 50 | searchable | 100 |" in text
    write(measured, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        *("latency.json", "latency.md", "latency.png"),
    }


def test_the_examples_have_the_fields_that_waits_are_made_of():
    assert {"deal_id", "item_id"} <= example(EVALUATED).keys()
    assert "deal_id" in example(ALERTS)
