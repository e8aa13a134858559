import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from schemas.frames import Reason, frame
from scripts import tail
from scripts.connection import ToolError
from scripts.tail import Record, json_line, read_topic, text_line
from tests.schemas.records import example
from tests.scripts.topics import new_topic, write

ROOT = Path(__file__).resolve().parents[2]


def record(**changes):
    place = {
        "topic": "deals.evaluated",
        "partition": 1,
        "offset": 7,
        "timestamp_ms": 1_764_021_605_000,
        "key": b"kestrel:kg-27q",
        "payload": b"\x03",
    }
    return Record(**place | changes)


def everything(connection, topic):
    return list(read_topic(connection, topic, from_beginning=True, until_end=True))


def test_a_line_shows_what_matters_of_a_deal():
    assert text_line(record(value=example("deals.evaluated"))) == (
        "2025-11-24 22:00:05 1/7  verdict=bargain  price_usd=149.99  fair_usd_p50=229.00  title="
        'Kestrel 27" QHD 165Hz Gaming Monitor (KG-27Q)  reasons=lowest in 41 days on record; '
        "35 % under its usual $229"
    )


def test_a_line_of_a_foreign_topic_shows_every_field():
    value = {"a": Decimal("0.1250"), "b": None, "c": {"d": [], "e": 1}}
    assert text_line(record(topic="other", value=value)).endswith('a=0.1250  b=-  c={"e": 1}')


def test_a_title_cannot_move_the_cursor_or_turn_the_text_around():
    hostile = "\x1b[2J\r\n\x9b31m\u202e\u2066 \U0001f469\u200d\U0001f4bb \u0627\u0644"
    line = text_line(record(value=example("deals.evaluated", title=hostile)))
    assert r"title=\x1b[2J\r\n\x9b31m\u202e\u2066 " in line
    assert "\U0001f469\u200d\U0001f4bb \u0627\u0644" in line


def test_a_bad_record_is_shown_with_its_reason_and_a_hostile_key_escaped():
    bad = record(reason=Reason.CORRUPT_ZLIB, detail="cut", key=b"\xff\x1b")
    assert text_line(bad) == (
        r"2025-11-24 22:00:05 1/7  BAD RECORD corrupt_zlib: cut (1 bytes, key \xff\x1b)"
    )


def test_json_holds_exact_money_and_only_the_records_fields():
    line = json_line(record(value=example("deals.evaluated")), with_metadata=False)
    parsed = json.loads(line, parse_float=str)
    assert list(parsed) == list(example("deals.evaluated"))
    assert parsed["price"] == "149.9900"
    assert parsed["observed_at"] == 1_764_021_600_000


def test_metadata_is_added_on_demand():
    shown = json.loads(json_line(record(value={"a": 1}), with_metadata=True))
    assert shown == {
        "a": 1,
        "_kafka": {
            "topic": "deals.evaluated",
            "partition": 1,
            "offset": 7,
            "timestamp": 1_764_021_605_000,
            "key": "kestrel:kg-27q",
        },
    }


def test_bad_records_and_tombstones_always_tell_where_they_are():
    bad = json.loads(json_line(record(reason=Reason.ZLIB_BOMB, detail="x"), with_metadata=False))
    assert (bad["_reason"], bad["_detail"], bad["_payload"]) == ("zlib_bomb", "x", "Aw==")
    assert bad["_kafka"]["offset"] == 7
    gone = json.loads(json_line(record(is_tombstone=True), with_metadata=False))
    assert (gone["_tombstone"], gone["_kafka"]["key"]) == (True, "kestrel:kg-27q")


@pytest.mark.broker
def test_all_records_come_decoded_and_in_order(connection):
    topic = new_topic(connection)
    titles = [f"title {i}" for i in range(50)]
    encode = connection.codec.encode
    values = [
        encode("deals.raw", example("deals.raw", title=title), compression=("zlib", None)[i % 2])
        for i, title in enumerate(titles)
    ]
    write(connection, topic, [(f"k{i}", value, i % 2) for i, value in enumerate(values)])
    records = everything(connection, topic)
    for part in (0, 1):
        own = [record for record in records if record.partition == part]
        assert [record.value["title"] for record in own] == titles[part::2]
        assert [record.offset for record in own] == list(range(25))
        assert [record.key_text for record in own] == [f"k{i}" for i in range(part, 50, 2)]


@pytest.mark.broker
def test_bad_records_come_with_their_reason_and_the_good_ones_behind_them(connection):
    topic = new_topic(connection, partitions=1)
    good = connection.codec.encode("deals.raw", example("deals.raw"))
    values = [good, None, b"noise", frame(uuid4(), b""), good[:-1], good + b"\x00", good]
    write(connection, topic, [(None, value, 0) for value in values])
    assert [record.reason for record in everything(connection, topic)] == [
        None,
        "empty_record",
        "truncated_frame",
        "unknown_schema_version",
        "truncated_avro",
        "trailing_bytes",
        None,
    ]


@pytest.mark.broker
def test_an_empty_topic_ends_at_once(connection):
    assert everything(connection, new_topic(connection)) == []


@pytest.mark.broker
def test_the_end_is_the_one_at_the_call(connection):
    topic = new_topic(connection, partitions=1)
    good = connection.codec.encode("deals.raw", example("deals.raw"))
    write(connection, topic, [("before", good, 0)])
    records = read_topic(connection, topic, from_beginning=True, until_end=True)
    write(connection, topic, [("after", good, 0)])
    assert [record.key_text for record in records] == ["before"]


@pytest.mark.broker
def test_following_starts_at_the_call_and_misses_nothing(connection):
    topic = new_topic(connection)
    good = connection.codec.encode("deals.raw", example("deals.raw"))
    write(connection, topic, [("before", good, 0), ("before", good, 1)])
    records = read_topic(connection, topic, from_beginning=False, until_end=False)
    write(connection, topic, [("after", good, 0), ("after", good, 1)])
    assert [next(records).key_text, next(records).key_text] == ["after", "after"]
    records.close()


@pytest.mark.broker
def test_only_committed_records_are_shown_and_markers_do_not_hang_the_end(connection):
    topic = new_topic(connection, partitions=1)
    good = connection.codec.encode("deals.raw", example("deals.raw"))
    producer = Producer(connection.client() | {"transactional.id": topic})
    producer.init_transactions(30)
    for key, is_committed in (("committed", True), ("aborted", False)):
        producer.begin_transaction()
        producer.produce(topic, key=key, value=good)
        assert producer.flush(30) == 0
        (producer.commit_transaction if is_committed else producer.abort_transaction)(30)
    # The partition now ends with the aborted record and a marker: no message reaches the end.
    assert [record.key_text for record in everything(connection, topic)] == ["committed"]


@pytest.mark.broker
def test_a_missing_topic_is_an_error_and_not_created(connection):
    for _ in range(2):
        with pytest.raises(ToolError, match="there is no topic nowhere; there are: "):
            read_topic(connection, "nowhere", from_beginning=True, until_end=True)


@pytest.mark.broker
def test_the_command_prints_an_object_a_line(connection, options, capsys):
    topic = new_topic(connection, partitions=1)
    good = connection.codec.encode("deals.raw", example("deals.raw", title="a\u2028b"))
    write(connection, topic, [("k", good, 0), ("k", b"", 0)])
    arguments = [topic, "--json", "--metadata", "--from-beginning", "--until-end", *options]
    assert tail.main(arguments) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["title"], first["_kafka"]["key"]) == ("a\u2028b", "k")
    assert second["_reason"] == "empty_record"


@pytest.mark.broker
def test_a_version_that_is_in_no_registry_is_no_obstacle(connection, options, capsys):
    topic = new_topic(connection, partitions=1)
    write(connection, topic, [("k", frame(uuid4(), b"x"), 0)])
    assert tail.main([topic, "--from-beginning", "--until-end", *options]) == 0
    assert "BAD RECORD unknown_schema_version" in capsys.readouterr().out


@pytest.mark.broker
def test_following_ends_quietly_with_ctrl_c(connection, options):
    topic = new_topic(connection, partitions=1)
    good = connection.codec.encode("deals.raw", example("deals.raw"))
    write(connection, topic, [("k", good, 0)])
    command = [sys.executable, "-m", "scripts.tail", topic, "--json", "--from-beginning", *options]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert json.loads(process.stdout.readline())["source"] == "slickdeals"
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 130
            assert process.stderr.read() == ""
        finally:
            process.kill()
