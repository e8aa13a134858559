"""Complaint: alerts that repeat."""

import time

import pytest

from local.progress import Progress
from tests.application import DEADLINE_S, Running
from tests.complaints.asking import ask, told
from tests.complaints.offers import Product

pytestmark = pytest.mark.broker


def prices(running: Running, rule_id: str) -> list[float]:
    return [float(alert["price_usd"]) for alert in told(running, rule_id)]


def test_a_product_is_told_again_only_when_it_is_cheaper(running: Running, tmp_path):
    product = Product(running, "Desk Fan")
    rule_id = ask(running, tmp_path, any_of=[{"words": [product.title.split()[-1]]}])
    repost = {"source": "other", "item_id": "repost", "title": f"{product.title.upper()} $50"}
    product.seen(
        product.offer("50", 0),
        product.offer("50", 2),
        product.offer("55", 3),
        product.offer("50", 4),
        product.offer("49", 5),
        product.offer("49", 7, **(repost | {"title": f"{product.title} $49"})),
    )
    running.await_passed()
    assert prices(running, rule_id) == [50, 49]


def test_what_was_told_is_remembered_when_the_job_starts_again(running: Running, tmp_path):
    product = Product(running, "Desk Fan")
    rule_id = ask(
        running,
        tmp_path,
        any_of=[{"words": [product.title.split()[-1]]}],
        policy={"again_if_cheaper_by": 0.2},
    )
    product.seen(product.offer("50", 0))
    running.await_passed()
    assert prices(running, rule_id) == [50]
    await_checkpoint(running)
    running.application.stop()
    running.application.launch()
    running.application.await_running(Progress())
    product.seen(product.offer("45", 2), product.offer("41", 4))
    running.await_passed()
    assert prices(running, rule_id) == [50]
    product.seen(product.offer("40", 6))
    running.await_passed()
    assert prices(running, rule_id) == [50, 40]


def await_checkpoint(running: Running) -> None:
    """Wait for a checkpoint that begins after now."""
    folder = running.application.home / "flink" / "checkpoints"

    def newest() -> int:
        found = folder.glob("*/chk-*/_metadata")
        return max((path.stat().st_mtime_ns for path in found), default=0)

    until_s = time.monotonic() + DEADLINE_S
    for _ in range(2):  # the next one may have begun already
        before = newest()
        while newest() == before:
            assert time.monotonic() < until_s, "no checkpoint"
            time.sleep(0.1)


def test_alerts_of_quiet_hours_and_digests_say_when_to_tell_them(running: Running, tmp_path):
    fan, lamp = Product(running, "Desk Fan"), Product(running, "Desk Lamp")
    quiet = ask(
        running,
        tmp_path,
        any_of=[{"words": [fan.title.split()[-1]]}],
        policy={"quiet_hours": "00:00-23:59"},
    )
    digest = ask(
        running,
        tmp_path,
        any_of=[{"words": [lamp.title.split()[-1]]}],
        policy={"digest": {"best": 2}, "cool_down_minutes": 60},
    )
    fan.seen(fan.offer("50", 0))
    lamp.seen(lamp.offer("30", 0))
    running.await_passed()
    (alert,) = told(running, quiet)
    assert alert["tell_at"] > alert["observed_at"]
    assert (alert["quiet_hours"], alert["digest_id"]) == ("00:00-23:59 UTC", None)
    (entry,) = told(running, digest)
    assert (entry["digest_rank"], entry["digest_size"]) == (1, 2)
    assert entry["digest_id"] == f"{digest}@{entry['tell_at']}"
