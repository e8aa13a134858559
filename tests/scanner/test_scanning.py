import threading

import pytest

from scripts.scanner.entries import RawDeal, record_key
from scripts.scanner.fetching import Fetcher, Limits
from scripts.scanner.politeness import Politeness
from scripts.scanner.scanning import scan
from scripts.scanner.state import State
from tests.scanner.builders import feed, item, rss

NOW_S = 1_784_600_000.0


class Broker:
    """A sink that loses the records whose key is in `broken`."""

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.sent: list[RawDeal] = []
        self.batch: list[RawDeal] = []

    def send(self, deal: RawDeal) -> None:
        self.batch.append(deal)

    def settle(self) -> dict[str, str]:
        batch, self.batch = self.batch, []
        self.sent += [deal for deal in batch if record_key(deal) not in self.broken]
        return {record_key(d): "lost" for d in batch if record_key(d) in self.broken}


@pytest.fixture
def shop(tmp_path):
    return tmp_path / "shop.xml"


@pytest.fixture
def run(shop):
    """Scan feeds as often as wanted, with one memory and one broker."""

    class Run:
        def __init__(self) -> None:
            self.broker = Broker()
            self.state = State()
            self.fetcher = Fetcher(Politeness(0.0), Limits(total_s=10), allow_private=True)
            self.now_s = NOW_S

        def __call__(self, *feeds, **named):
            feeds = feeds or (feed(location=str(shop)),)
            return scan(
                feeds,
                self.broker,
                lambda: self.now_s,
                state=self.state,
                fetcher=self.fetcher,
                **named,
            )

        def take(self) -> list[RawDeal]:
            sent, self.broker.sent = self.broker.sent, []
            return sent

    return Run()


def test_an_item_is_sent_once_and_again_when_it_changed(run, shop):
    shop.write_bytes(rss(item()))
    assert run().feeds[0].new == 1
    assert "revised_at" not in run.take()[0]["extras"]
    run.now_s += 60
    (unchanged,) = run().feeds
    assert (unchanged.items, unchanged.skipped) == (1, 1)
    assert run.take() == []
    shop.write_bytes(rss(item(title="Lamp $4")))
    assert run().feeds[0].changed == 1
    (revised,) = run.take()
    assert revised["extras"]["revised_at"] == str(round(run.now_s * 1000))
    assert revised["fetched_at"] == round(run.now_s * 1000)
    assert run().feeds[0].skipped == 1


def test_resend_sends_unchanged_items_as_they_are(run, shop):
    shop.write_bytes(rss(item()))
    run()
    report = run(resend=True)
    assert (report.sent, report.feeds[0].resent) == (1, 1)
    assert "revised_at" not in run.take()[1]["extras"]


def test_what_was_not_acknowledged_is_named_and_sent_again(run, shop):
    shop.write_bytes(rss(item(guid="a"), item(guid="b")))
    run.broker.broken = {"shop:a"}
    report = run()
    assert report.undelivered == {"shop:a": "lost"}
    assert report.sent == 1
    run.broker.broken = set()
    report = run()
    assert [deal["item_id"] for deal in run.take()] == ["b", "a"]
    assert (report.feeds[0].new, report.feeds[0].skipped) == (1, 1)


def test_a_broken_feed_never_stops_the_others(run, shop, web, tmp_path):
    shop.write_bytes(rss(item()))
    (tmp_path / "bomb.xml").write_text('<!DOCTYPE a [<!ENTITY b "c">]><rss>&b;</rss>')
    web.serve("/500", status=500)
    web.serve("/page", b"<html/>")
    report = run(
        feed(name="gone", location=str(tmp_path / "gone.xml")),
        feed(name="bomb", location=str(tmp_path / "bomb.xml")),
        feed(name="html", location=web.url("/page")),
        feed(name="down", location=web.url("/500")),
        feed(name="shop", location=str(shop)),
    )
    errors = {done.feed.name: done.error for done in report.feeds}
    assert errors.pop("shop") is None
    assert {name for name, error in errors.items() if error} == {"gone", "bomb", "html", "down"}
    assert len(report.failed) == 4
    assert [deal["source"] for deal in run.take()] == ["shop"]


def test_a_feed_is_asked_conditionally_once_all_of_it_is_acknowledged(run, web):
    remote = feed(location=web.url())
    web.serve("/feed", rss(item(guid="a"), item(guid="b")), ETag='"v1"')
    run.broker.broken = {"shop:a"}
    run(remote)
    run.broker.broken = set()
    run(remote)
    web.serve("/feed", status=304)
    report = run(remote)
    assert report.feeds[0].is_unmodified
    assert report.sent == 0
    sent = [headers.get("If-None-Match") for _, headers in web.requests]
    assert sent == [None, None, '"v1"']
    run(remote, resend=True)
    assert "If-None-Match" not in web.requests[-1][1]


def test_a_failing_feed_is_tried_ever_more_rarely_and_soon_again_when_it_is_back(run, shop):
    place = feed(location=str(shop), interval_s=300)
    pauses = []
    for _ in range(6):
        run(place)
        pauses.append(run.state.of_feed(place).due_at_s - run.now_s)
    assert pauses == [600, 1200, 2400, 3600, 3600, 3600]
    shop.write_bytes(rss())
    run(place)
    assert run.state.of_feed(place).due_at_s - run.now_s == 300
    assert run.state.of_feed(place).failures == 0


def test_a_server_that_says_when_is_not_asked_before(run, web):
    web.serve("/feed", status=503, Retry_After="7200")
    place = feed(location=web.url(), interval_s=60)
    run(place)
    assert run.state.of_feed(place).due_at_s - run.now_s == 7200


def test_items_of_a_feed_are_sent_oldest_first(run, shop):
    days = ["20", "02", "11"]
    shop.write_bytes(rss(*(item(guid=day, pubDate=f"{day} Jul 2026 10:00:00 GMT") for day in days)))
    run()
    assert [deal["item_id"] for deal in run.take()] == ["02", "11", "20"]


def test_a_stopped_scan_ends_between_feeds_and_tells_of_what_it_did(run, shop):
    shop.write_bytes(rss(item()))
    stop = threading.Event()
    feeds = [feed(name=f"f{n}", location=str(shop)) for n in range(3)]
    report = run(*feeds, stop=stop, progress=lambda done: stop.set())
    assert [done.feed.name for done in report.feeds] == ["f0"]


def test_the_report_of_each_feed_comes_as_it_is_done(run, shop):
    shop.write_bytes(rss(item()))
    seen = []
    report = run(feed(name="a", location=str(shop)), progress=seen.append)
    assert seen == report.feeds
    assert seen[0].seconds >= 0
