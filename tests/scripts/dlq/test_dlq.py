import json
import uuid

import pytest

from schemas.topics import MAX_DEAD_LETTER_BYTES, TopicSpec, create_topics, topic_specs
from scripts.dlq import __main__ as dlq
from scripts.dlq import replaying
from scripts.dlq.letters import Filter
from scripts.tail import read_topic
from tests.schemas.records import example
from tests.scripts.topics import write

DAY_MS = 24 * 3600 * 1000
AT_MS = 1_790_000_000_000

pytestmark = pytest.mark.broker


class Aside:
    """Records of deals.raw and a topic of letters about them, of a test's own."""

    def __init__(self, connection, options):
        create_topics(connection.client(), topic_specs(partitions=1))
        self.connection = connection
        self.topic = f"test.{uuid.uuid4().hex}"
        spec = TopicSpec(self.topic, DAY_MS, 2, MAX_DEAD_LETTER_BYTES)
        create_topics(connection.client(), [spec])
        self._options = options

    def deal(self, **changes):
        """(key, bytes) of a feed item of its own."""
        deal = example("deals.raw", item_id=uuid.uuid4().hex, **changes)
        return f"{deal['source']}:{deal['item_id']}", self.connection.codec.encode(
            "deals.raw", deal
        )

    def place(self, key, payload):
        """Write to deals.raw; the offset it got."""
        write(self.connection, "deals.raw", [(key, payload, 0)])
        return max(
            record.offset
            for record in self.raw()
            if record.payload == payload and record.key_text == key
        )

    def letter(self, payload, offset, **changes):
        """Write a dead letter; its origin."""
        value = {
            "stage": "parse_deals",
            "reason": "currency_unknown",
            "detail": "no rate for XXX",
            "topic": "deals.raw",
            "partition": 0,
            "offset": offset,
            "payload": payload,
            "at": AT_MS,
            "code_version": "0.1.0",
        } | changes
        origin = f"{value['topic']}:{value['partition']}:{value['offset']}"
        encoded = self.connection.codec.encode("deals.dlq", value)
        write(self.connection, self.topic, [(origin, encoded, 1)])
        return origin

    def raw(self):
        return list(read_topic(self.connection, "deals.raw", from_beginning=True, until_end=True))

    def copies(self, payload):
        return [record for record in self.raw() if record.payload == payload]

    def run(self, *arguments):
        command, *others = arguments
        return dlq.main([command, "--letters", self.topic, *self._options, *others])


@pytest.fixture
def aside(connection, options):
    return Aside(connection, options)


def test_a_record_goes_back_with_its_bytes_key_and_partition_and_only_once(aside, capsys):
    _, payload = aside.deal()
    offset = aside.place("a key of its own", payload)
    origin = aside.letter(payload, offset)
    assert aside.run("replay", "--origin", origin) == 0
    first, again = aside.copies(payload)
    assert (first.offset, again.offset > offset) == (offset, True)
    assert (again.key_text, again.partition) == ("a key of its own", 0)
    for _ in range(2):
        assert aside.run("replay", "--all") == 0
    assert len(aside.copies(payload)) == 2
    assert "0 sent, 1 replayed before" in capsys.readouterr().out.splitlines()[-1]
    assert aside.run("list") == 0
    assert capsys.readouterr().out.split()[5:7] == [str(len(payload)), "yes"]


def test_the_key_comes_from_the_record_where_its_topic_does_not_keep_it_any_more(aside):
    key, payload = aside.deal()
    aside.letter(payload, 10**9)
    assert aside.run("replay", "--all") == 0
    assert [record.key_text for record in aside.copies(payload)] == [key]


def test_a_dry_run_sends_nothing_and_leaves_no_mark(aside, capsys):
    _, payload = aside.deal()
    aside.letter(payload, 10**9)
    assert aside.run("replay", "--all", "--dry-run") == 0
    assert "1 would be sent" in capsys.readouterr().out
    assert aside.copies(payload) == []
    assert aside.run("replay", "--all") == 0
    assert len(aside.copies(payload)) == 1


def test_two_letters_of_a_record_are_one_replay(aside, capsys):
    _, payload = aside.deal()
    aside.letter(payload, 10**9)
    aside.letter(payload, 10**9, stage="other")
    assert aside.run("replay", "--all") == 0
    assert "1 sent, 0 replayed before, 1 of the same records" in capsys.readouterr().out
    assert len(aside.copies(payload)) == 1


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("cut", "truncated: the letter holds 30 of "),
        ("nothing", "had no value"),
        ("noise", "still unreadable (bad_header_version"),
        ("half", "still unreadable (truncated_avro"),
        ("told", "starts to send an alert once only"),
        ("late", "too late again"),
        ("figures", "newer figures of its window"),
        ("foreign", "no topic of ours"),
        ("moved", "no partition 7 of deals.raw any more"),
    ],
)
def test_what_a_replay_cannot_mend_is_refused_with_the_reason(aside, capsys, what, why):
    key, payload = aside.deal()
    letters = {
        "cut": lambda: aside.letter(payload[:30], aside.place(key, payload)),
        "nothing": lambda: aside.letter(None, 10**9),
        "noise": lambda: aside.letter(b"noise" * 9, 10**9),
        "half": lambda: aside.letter(payload[: len(payload) // 2], 10**9),
        "told": lambda: aside.letter(payload, 10**9, reason="delivery_failed"),
        "late": lambda: aside.letter(payload, 10**9, reason="window_closed"),
        "figures": lambda: aside.letter(payload, 10**9, topic="deals.stats"),
        "foreign": lambda: aside.letter(payload, 10**9, topic="orders"),
        "moved": lambda: aside.letter(payload, 10**9, partition=7),
    }
    origin = letters[what]()
    before = len(aside.raw())
    assert aside.run("replay", "--all") == 1
    said = capsys.readouterr()
    assert why in said.err
    assert origin in said.err
    assert "0 sent, 0 replayed before, 0 of the same records, 1 refused" in said.out
    assert len(aside.raw()) == before


def test_a_replay_that_dies_before_its_end_has_sent_nothing_and_the_next_sends_once(
    aside, monkeypatch
):
    _, payload = aside.deal()
    aside.letter(payload, 10**9)
    commit = replaying._commit

    class Died(BaseException):
        pass

    class Dying:
        """Sends everything and never commits, as a killed tool."""

        def __init__(self, producer):
            self._producer = producer

        def __getattr__(self, name):
            return getattr(self._producer, name)

        def commit_transaction(self, _):
            assert self._producer.flush(30) == 0
            raise Died

    monkeypatch.setattr(
        replaying, "_commit", lambda producer, batch, topic: commit(Dying(producer), batch, topic)
    )
    with pytest.raises(Died):
        aside.run("replay", "--all")
    monkeypatch.setattr(replaying, "_commit", commit)
    assert aside.copies(payload) == []
    assert aside.run("replay", "--all") == 0
    assert len(aside.copies(payload)) == 1


def test_of_two_replays_at_once_the_earlier_one_gives_up_and_each_record_goes_once(aside, capsys):
    _, payload = aside.deal()
    aside.letter(payload, 10**9)
    inner = []

    def other_one(_):
        if not inner:
            inner.append(aside.run("replay", "--all"))

    with pytest.raises(replaying.ToolError, match="another replay has begun"):
        replaying.replay(aside.connection, Filter(), topic=aside.topic, tell=other_one)
    assert inner == [0]
    assert len(aside.copies(payload)) == 1


def test_filters_choose_by_stage_reason_and_time(aside, capsys):
    _, payload = aside.deal()
    aside.letter(payload, 1, at=AT_MS)
    aside.letter(payload, 2, at=AT_MS + 1000, reason="price_missing")
    aside.letter(payload, 3, at=AT_MS + 2000, stage="index_deals", reason="document_rejected")

    def offsets(*arguments):
        capsys.readouterr()
        assert aside.run("list", "--json", *arguments) == 0
        lines = capsys.readouterr().out.splitlines()
        return [int(json.loads(line)["origin"].rpartition(":")[2]) for line in lines]

    assert offsets() == [1, 2, 3]
    assert offsets("--reason", "price_missing") == [2]
    assert offsets("--reason", "price_missing", "--reason", "currency_unknown") == [1, 2]
    assert offsets("--stage", "index_deals") == [3]
    assert offsets("--since", "2026-09-21T14:13:21", "--until", "2026-09-21T14:13:22") == [2]
    assert offsets("--stage", "index_deals", "--reason", "price_missing") == []


def test_a_letter_is_shown_with_its_record_and_nothing_hostile(aside, capsys):
    _, payload = aside.deal(title="Lamp\x1b[31m $5")
    origin = aside.letter(payload, 10**9, detail="bad\x1b[2J")
    assert aside.run("show", "--origin", origin) == 0
    shown = capsys.readouterr().out
    assert "title = Lamp\\x1b[31m $5" in shown
    assert "\x1b" not in shown
    assert aside.run("show", "--origin", "deals.raw:0:5") == 1
    assert "no dead letter fits" in capsys.readouterr().err
