import json
import logging
import queue
import threading
import time
from collections.abc import Iterable

import pytest

from tests.udfs.alerting.deals import deal, frame
from udfs.alerting.book import RuleReader, RulesUnavailableError

Record = tuple[str, bytes | None]
DEADLINE_S = 10.0


class Topic:
    """A topic in memory: it is at its end when what was written before `end()` was read."""

    def __init__(self, *records: Record, ends: bool = True) -> None:
        self.waiting: queue.Queue[Record | Exception | None] = queue.Queue()
        self.write(*records)
        self.ended = self.closed = False
        if ends:
            self.waiting.put(None)

    def write(self, *records: Record | Exception) -> None:
        for record in records:
            self.waiting.put(record)

    def poll(self, timeout_s: float) -> Iterable[Record]:
        try:
            found = self.waiting.get(timeout=timeout_s)
        except queue.Empty:
            return []
        if isinstance(found, Exception):
            raise found
        if found is None:
            self.ended = True
            return []
        return [found]

    def is_at_end(self) -> bool:
        return self.ended

    def close(self) -> None:
        self.closed = True

    def __str__(self) -> str:
        return "a topic in memory"


def record(rule_id: str, **changes: object) -> Record:
    fields = {"rule_id": rule_id, "any_of": [{}], "updated_at": 0} | changes
    return rule_id, json.dumps(fields).encode()


def wait_for(reader: RuleReader, *rule_ids: str) -> None:
    until = time.monotonic() + DEADLINE_S
    while reader.current().rule_ids != rule_ids:
        assert time.monotonic() < until, reader.current().rule_ids
        threading.Event().wait(0.005)


@pytest.fixture
def read():
    readers = []

    def start(topic: Topic, deadline_s: float = DEADLINE_S) -> RuleReader:
        reader = RuleReader(topic, json.loads, poll_s=0.02)
        readers.append(reader)
        return reader.start(deadline_s)

    yield start
    for reader in readers:
        reader.close()


def test_the_first_book_holds_all_that_the_topic_held_at_start(read):
    reader = read(Topic(record("a"), record("b"), record("c")))
    assert reader.current().rule_ids == ("a", "b", "c")
    assert reader.current().match(frame(deal())) == [["a", "b", "c"]]


def test_an_empty_topic_is_an_empty_book(read):
    assert len(read(Topic()).current()) == 0


def test_a_changed_rule_takes_effect_without_a_restart(read):
    topic = Topic(record("a"))
    reader = read(topic)
    before = reader.current()
    topic.write(record("b"), record("a", any_of=[{"brands": ["lg"]}]))
    wait_for(reader, "a", "b")
    until = time.monotonic() + DEADLINE_S
    while reader.current().match(frame(deal())) != [["b"]]:
        assert time.monotonic() < until
        threading.Event().wait(0.005)
    assert before.match(frame(deal())) == [["a"]]


def test_a_tombstone_removes_a_rule(read):
    topic = Topic(record("a"), record("b"), ("b", None), ("never-there", None))
    reader = read(topic)
    assert reader.current().rule_ids == ("a",)
    topic.write(("a", None))
    wait_for(reader)


BAD = [
    ("b", b"{broken"),
    ("b", b'{"rule_id": "b"}'),
    record("b", any_of=[{"verdicts": ["superb"]}]),
    ("b", record("other")[1]),
]


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_record_is_counted_and_does_not_stop_the_others(read, bad):
    reader = read(Topic(record("a"), bad, record("c")))
    assert reader.current().rule_ids == ("a", "c")
    assert reader.rejected == 1


def test_bad_records_are_logged_once(read, caplog):
    with caplog.at_level(logging.WARNING):
        assert read(Topic(*BAD)).rejected == len(BAD)
    assert len(caplog.records) == 1


def test_a_bad_record_switches_its_rule_off_as_it_would_after_compaction(read):
    assert read(Topic(record("a"), ("a", b"{broken"))).current().rule_ids == ()
    assert read(Topic(("a", b"{broken"), record("a"))).current().rule_ids == ("a",)


def test_a_topic_that_is_not_read_to_its_end_in_time_is_a_clear_error(read):
    topic = Topic(record("a"), ends=False)
    with pytest.raises(RulesUnavailableError, match=r"a topic in memory .* in 0\.05 s"):
        read(topic, deadline_s=0.05)
    assert topic.closed


def test_a_source_that_fails_at_start_is_a_clear_error(read):
    topic = Topic(ends=False)
    topic.write(OSError("no broker"))
    with pytest.raises(RulesUnavailableError, match="cannot be read: no broker") as caught:
        read(topic)
    assert isinstance(caught.value.__cause__, OSError)
    assert topic.closed


def test_a_source_that_fails_later_stops_the_task_instead_of_matching_old_rules(read):
    topic = Topic(record("a"))
    reader = read(topic)
    topic.write(OSError("gone"))
    reader._thread.join(DEADLINE_S)
    with pytest.raises(RulesUnavailableError, match="no longer followed: gone"):
        reader.current()


def test_rules_are_not_there_before_the_start():
    with pytest.raises(RulesUnavailableError, match="not been read yet"):
        RuleReader(Topic(), json.loads).current()


def test_close_ends_the_thread_and_closes_the_source(read):
    topic = Topic(record("a"))
    reader = read(topic)
    reader.close()
    assert not reader._thread.is_alive()
    assert topic.closed
    reader.close()
