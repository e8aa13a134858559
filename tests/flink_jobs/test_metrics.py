"""Every metric of the enum moves in the running application, as Flink's REST interface shows it."""

import json
import re
import time
import urllib.parse
import urllib.request
import uuid
from collections import Counter

import pytest

from tests.application import DEADLINE_S, raw_deal
from udfs.metrics import GROUP, Metric

pytestmark = pytest.mark.broker

LATE_S = 11
# Not those of windows, which a clock writes.
SETTLING = (".verdicts_total", "dead_letters_total", "duplicates_total", "documents_rejected_total")


def read(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.load(answer)


def published(running):
    """The sum of each metric over all tasks: {"name" or "label.value.name": number}."""
    found = Counter()
    (job,) = read(f"{running.application.web_url}/jobs/overview")["jobs"]
    job_url = f"{running.application.web_url}/jobs/{job['jid']}"
    for vertex in read(job_url)["vertices"]:
        metrics_url = f"{job_url}/vertices/{vertex['id']}/subtasks/metrics"
        names = [each["id"] for each in read(metrics_url) if f".{GROUP}." in each["id"]]
        # Operators have long names; one a request keeps the address short.
        for name in names:
            (value,) = read(f"{metrics_url}?get={urllib.parse.quote(name)}&agg=sum")
            found[name.partition(f".{GROUP}.")[2]] += value["sum"]
    return found


def settled(running):
    """What is published when all that earlier tests sent has come in: it is up to 10 s late."""
    until_s = time.monotonic() + DEADLINE_S
    known = published(running)
    while True:
        time.sleep(LATE_S)
        now = published(running)
        names = [name for name in now if name == "documents_total" or name.endswith(SETTLING)]
        if all(now[name] == known[name] for name in names):
            return now
        assert time.monotonic() < until_s, now - known
        known = now


def test_every_record_is_counted_where_it_ends(running):
    running.await_passed()
    before = settled(running)
    word = uuid.uuid4().hex[:10]
    lamp = raw_deal(title=f"Acme Lamp {word} $20")
    rates = [raw_deal(title=f"Acme Phone {n} {word} from $30 a month") for n in range(40)]
    nameless = [raw_deal(title="") for _ in range(30)]
    running.send_deals(lamp, lamp, *nameless, *rates)
    running.send("deals.raw", [b"no frame"] * 20)
    running.await_passed()
    wanted = {
        "reason.price_conditional.dead_letters_total": 40,
        "reason.title_missing.dead_letters_total": 30,
        "reason.truncated_frame.dead_letters_total": 20,
        "duplicates_total": 1,
        "documents_total": 2,
    }
    until_s = time.monotonic() + DEADLINE_S
    while True:
        grown = published(running)
        grown.subtract(before)
        verdicts = sum(n for name, n in grown.items() if name.endswith(".verdicts_total"))
        is_all = all(grown[name] >= amount for name, amount in wanted.items())
        if is_all and verdicts == grown["documents_total"]:
            break
        assert time.monotonic() < until_s, grown
        time.sleep(1)


def test_what_is_published_are_the_metrics_of_the_enum(running):
    running.await_passed()
    names = {re.sub(r"^.*\.", "", name) for name in published(running)}
    assert names <= set(Metric)
    # Those of alerts and of Bedrock appear with the first alert, which other tests bring about.
    assert names >= {
        Metric.VERDICTS_TOTAL,
        Metric.DOCUMENTS_TOTAL,
        Metric.BULK_DURATION_MS,
        Metric.RULES_ACTIVE,
        Metric.RULES_REJECTED,
        Metric.DUPLICATES_TOTAL,
    }
