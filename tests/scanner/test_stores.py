import json
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws

from scripts.scanner import function
from scripts.scanner.state import FeedState, Novelty, StateInUseError
from scripts.scanner.stores import LEASE_S, REFRESHED_S, FileStore, TableStore
from tests.scanner.builders import deal, feed, item, rss

TABLE = "deal-finder-dev-agent-state"


class Clock:
    now_s = 1_780_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def dynamodb(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        # As terraform/modules/storage makes it.
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "agent_id", "KeyType": "HASH"},
                {"AttributeName": "entry_id", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("agent_id", "entry_id")
            ],
        )
        yield client


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["file", "table"])
def store(request, tmp_path, dynamodb, clock):
    """Makes stores of the same memory, as two scanners have them."""

    def make():
        if request.param == "file":
            return FileStore(tmp_path / "state.json")
        return TableStore(dynamodb, TABLE, clock)

    return make


@pytest.fixture
def table(dynamodb, clock):
    return lambda: TableStore(dynamodb, TABLE, clock)


def remember(store, *deals, **feed_changes) -> None:
    with store.held():
        state = store.load([feed()])
        for one in deals:
            state.acknowledge(one)
        for name, value in feed_changes.items():
            setattr(state.of_feed(feed()), name, value)
        store.save(state)


def test_what_one_scanner_keeps_the_next_one_knows(store):
    remember(store(), deal(), etag='"v1"', due_at_s=12.5, failures=2)
    state = store().load([feed()])
    assert state.novelty(deal()) is Novelty.UNCHANGED
    assert state.novelty(deal(title="Lamp $4")) is Novelty.CHANGED
    assert state.novelty(deal(item_id="other")) is Novelty.NEW
    assert state.of_feed(feed()) == FeedState('"v1"', None, 12.5, 2)


def test_a_second_scanner_is_kept_away_while_the_first_is_at_work(store):
    with store().held(), pytest.raises(StateInUseError, match="another scanner"), store().held():
        pass
    with store().held():
        pass


def test_the_items_seen_last_are_kept(store, monkeypatch):
    for module in ("state", "stores"):
        monkeypatch.setattr(f"scripts.scanner.{module}.MAX_ITEMS_PER_SOURCE", 2)
    one = store()
    for number, item_id in enumerate(["a", "b", "c"]):
        Clock.now_s += number
        remember(one, deal(item_id=item_id))
    assert set(store().load([feed()]).items["shop"]) == {"b", "c"}


def test_the_lease_of_a_scanner_that_died_ends(table, clock):
    dead = table().held()
    dead.__enter__()
    with pytest.raises(StateInUseError), table().held():
        pass
    clock.now_s += LEASE_S + 1
    with table().held():
        pass


def test_a_scanner_that_lost_its_lease_writes_nothing_any_more(table, clock, dynamodb):
    slow, fast = table(), table()
    with slow.held():
        state = slow.load([feed()])
        state.acknowledge(deal(title="old"))
        clock.now_s += LEASE_S + 1
        with fast.held():
            newer = fast.load([feed()])
            newer.acknowledge(deal(title="new"))
            fast.save(newer)
            with pytest.raises(StateInUseError, match="has taken over"):
                slow.save(state)
    assert table().load([feed()]).novelty(deal(title="new")) is Novelty.UNCHANGED


def test_the_end_of_one_that_lost_its_lease_does_not_end_that_of_its_successor(table, clock):
    with table().held():
        clock.now_s += LEASE_S + 1
        successor = table().held()
        successor.__enter__()
    with pytest.raises(StateInUseError), table().held():
        pass
    successor.__exit__(None, None, None)
    with table().held():
        pass


def count_writes(dynamodb) -> list[int]:
    sizes: list[int] = []
    dynamodb.meta.events.register(
        "before-call.dynamodb.TransactWriteItems",
        lambda params, **_: sizes.append(params["body"].count(b'"Put"')),
    )
    return sizes


def test_what_has_not_changed_is_written_again_only_once_a_day(table, clock, dynamodb):
    one = table()
    remember(one, deal(), deal(item_id="b"))
    sizes = count_writes(dynamodb)
    remember(one, deal(), deal(item_id="b", title="Lamp $3"))
    assert sizes == [1]
    clock.now_s += REFRESHED_S
    remember(one, deal(), deal(item_id="b", title="Lamp $3"))
    assert sizes == [1, 2]
    remember(one, deal())
    assert sizes == [1, 2]


def test_more_than_a_transaction_takes_is_written_in_several(table, dynamodb):
    sizes = count_writes(dynamodb)
    deals = [deal(item_id=str(number)) for number in range(250)]
    remember(table(), *deals)
    assert sizes == [99, 99, 52]
    state = table().load([feed()])
    assert all(state.novelty(one) is Novelty.UNCHANGED for one in deals)


def test_entries_end_by_themselves_when_they_are_no_longer_seen(table, clock, dynamodb):
    remember(table(), deal())
    entries = dynamodb.scan(TableName=TABLE)["Items"]
    assert entries
    for entry in entries:
        assert int(entry["expires_at"]["N"]) > clock.now_s


SETTINGS = {
    "BOOTSTRAP_SERVERS": "b-1:9098",
    "REGISTRY": "deal-finder-dev",
    "STATE_TABLE": TABLE,
    "AWS_REGION": "us-east-1",
}


CONTEXT = SimpleNamespace(aws_request_id="request-1")


def test_the_function_scans_with_the_settings_of_its_environment(
    dynamodb, web, tmp_path, monkeypatch, capsys
):
    web.serve("/feed", rss(item()))
    feeds = tmp_path / "feeds.toml"
    feeds.write_text(f'[[feed]]\nname = "shop"\nurl = "{web.url()}"\n')
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FEEDS", str(feeds))
    # Kafka's place is taken by a file; all else is as in the function.
    dump = tmp_path / "raw.jsonl"
    extra = ["--dump", str(dump), "--allow-private"]
    make = function.arguments
    monkeypatch.setattr(
        function, "arguments", lambda environ, request_id: make(environ, request_id) + extra
    )
    assert function.handler({}, CONTEXT) == {"exit_code": 0}
    assert '"item_id": "lamp"' in dump.read_text()
    assert function.handler({}, CONTEXT) == {"exit_code": 0}
    assert dump.read_text() == ""  # the table remembers
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(line["job"], line["correlation_id"]) for line in lines} == {
        ("scan_feeds", "request-1")
    }


def test_a_scan_that_fails_is_an_error_of_the_function(dynamodb, monkeypatch, tmp_path):
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FEEDS", str(tmp_path / "none.toml"))
    with pytest.raises(function.ScanFailedError, match="exit code 2"):
        function.handler({}, CONTEXT)


@pytest.mark.parametrize("missing", SETTINGS)
def test_a_missing_setting_is_named(missing):
    settings = {name: value for name, value in SETTINGS.items() if name != missing}
    with pytest.raises(function.ScanFailedError, match=missing):
        function.arguments(settings, "request-1")


def test_the_function_signs_in_with_its_role():
    options = function.arguments(SETTINGS, "request-1")
    assert options[options.index("--security") + 1] == "MSK_IAM"
