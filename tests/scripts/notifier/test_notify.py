"""The notifier as a process, on the real broker and registry."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import boto3
import pytest

from schemas.registry import credentials
from schemas.topics import create_topics, topic_specs
from scripts import notify
from scripts.tail import read_topic
from tests.scripts.notifier.alerts import alert
from tests.scripts.notifier.server import serving
from tests.scripts.topics import new_topic, write

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def hook():
    with serving() as hook:
        yield hook


@pytest.fixture
def topic(connection):
    create_topics(
        connection.client(), [each for each in topic_specs(1) if each.name == "deals.dlq"]
    )
    return new_topic(connection, partitions=2)


@pytest.fixture
def command(topic, options, tmp_path):
    """The options of a notifier of this test's own."""
    return [
        *("--topic", topic, "--group", f"test-{uuid4().hex}"),
        *("--store", str(tmp_path / "claims.db"), "--tries", "2", *options),
    ]


def send(connection, topic, *ids):
    """Write an alert for each id, on both partitions in turn."""
    alerts = [alert(alert_id=each, title=each) for each in ids]
    values = [connection.codec.encode("deals.alerts", each) for each in alerts]
    write(connection, topic, [("rule", value, i % 2) for i, value in enumerate(values)])


def dead_letters(connection, topic):
    records = read_topic(connection, "deals.dlq", from_beginning=True, until_end=True)
    return [each for each in records if each.value and each.value["topic"] == topic]


@contextmanager
def notifier(command, *more):
    """A notifier process; killed at the end at the latest."""
    with subprocess.Popen(
        [sys.executable, "-m", "scripts.notify", *command, *more],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_lines(process, count):
    """So many lines of its output: each is printed when the outcome is remembered."""
    return [process.stdout.readline() for _ in range(count)]


def told(hook):
    return sorted(title.partition(" for ")[0] for title in hook.titles)


@pytest.mark.broker
def test_killed_between_messages_and_started_again_each_alert_is_told_once(
    connection, topic, command, hook
):
    first, second = [f"a{i}" for i in range(6)], [f"b{i}" for i in range(6)]
    send(connection, topic, *first, first[0], first[3])
    with notifier(command, "--service", hook.url, "--from-beginning") as process:
        lines = read_lines(process, 6)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL
    assert sorted(line.split()[1].rstrip(":") for line in lines) == first
    send(connection, topic, *second, *first, second[5])
    with notifier(command, "--service", hook.url, "--from-beginning", "--once") as process:
        assert process.wait(90) == 0, process.stderr.read()
        assert process.stderr.read().endswith(
            "6 alerts sent in 6 messages, 15 repeated, 0 failed, 0 uncertain, 0 unreadable\n"
        )
    assert told(hook) == first + second
    assert dead_letters(connection, topic) == []


@pytest.mark.broker
def test_killed_while_sending_the_alert_is_not_told_again_and_reported(
    connection, topic, command, hook
):
    hook.holds.set()
    send(connection, topic, "a")
    with notifier(command, "--service", hook.url, "--from-beginning") as process:
        hook.await_messages(1)  # it came, and the notifier does not know that yet
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
    hook.holds.clear()
    send(connection, topic, "b")
    with notifier(command, "--service", hook.url, "--once") as process:
        assert process.wait(90) == 1
        assert "perhaps sent, and not sent again" in process.stderr.read()
    assert told(hook) == ["a", "b"]
    (letter,) = dead_letters(connection, topic)
    assert (letter.value["stage"], letter.value["reason"]) == ("notify", "delivery_failed")
    assert letter.key_text == f"{topic}:0:0"
    assert connection.codec.decode(letter.value["payload"])["alert_id"] == "a"


@pytest.mark.broker
def test_after_the_last_try_the_alert_is_a_dead_letter_without_secrets(
    connection, topic, command, hook, capfd
):
    hook.codes += [500, 500]
    send(connection, topic, "a", "b")
    more = ["--service", hook.url, "--from-beginning", "--once"]
    assert notify.main([*command, *more]) == 1
    assert told(hook) in (["a"], ["b"])
    (letter,) = dead_letters(connection, topic)
    assert letter.value["detail"].startswith("service 1 (json): ")
    assert "500" in letter.value["detail"]
    captured = capfd.readouterr()
    assert "delivery_failed: service 1 (json)" in captured.err
    for text in (letter.value["detail"], captured.out, captured.err):
        assert "SECRET" not in text


@pytest.mark.broker
def test_the_first_run_begins_at_the_end_and_the_next_where_it_ended(
    connection, topic, command, hook
):
    send(connection, topic, "old")
    with notifier(command, "--service", hook.url, "--once") as process:
        assert process.wait(90) == 0
    send(connection, topic, "new", "newer")
    with notifier(command, "--service", hook.url, "--once") as process:
        assert process.wait(90) == 0
    assert told(hook) == ["new", "newer"]


@pytest.mark.broker
def test_a_dry_run_prints_and_leaves_no_trace(connection, topic, command, capsys, tmp_path):
    send(connection, topic, "a", "b", "a")
    write(connection, topic, [("rule", b"noise", 0)])
    for _ in range(2):
        assert notify.main([*command, "--dry-run", "--from-beginning", "--once"]) == 1
        captured = capsys.readouterr()
        lines = captured.out.splitlines()
        assert sorted(line[:15] for line in lines) == ["would send: a f", "would send: b f"]
        assert "1 unreadable" in captured.err
    assert not (tmp_path / "claims.db").exists()
    assert dead_letters(connection, topic) == []


@pytest.mark.broker
def test_without_a_service_alerts_are_shown_here(connection, topic, command, capsys):
    send(connection, topic, "a")
    assert notify.main([*command, "--from-beginning", "--once"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("a for $149.99  Kestrel sells")
    assert captured.out.count("\n") == 1
    assert captured.err.startswith("1 alerts sent in 1 messages")


@pytest.mark.broker
def test_ctrl_c_ends_it_in_order(connection, topic, command):
    send(connection, topic, "a")
    with notifier(command, "--from-beginning") as process:
        assert read_lines(process, 1)[0].startswith("a for ")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stderr.read().startswith("1 alerts sent")


@pytest.mark.broker
def test_the_alerts_of_a_digest_come_as_one_message(connection, topic, command, hook):
    alerts = [
        alert(
            alert_id=f"a{rank}",
            product_key=f"p{rank}",
            title=f"t{rank}",
            digest_id="d",
            digest_rank=rank,
        )
        for rank in (2, 1, 3)
    ]
    values = [connection.codec.encode("deals.alerts", each) for each in alerts]
    write(connection, topic, [("rule", value, 0) for value in values])
    assert notify.main([*command, "--service", hook.url, "--from-beginning", "--once"]) == 0
    assert hook.titles == ["3 deals, the best: t1 for $149.99"]


@pytest.mark.broker
def test_a_table_of_dynamodb_remembers_as_a_file_does(connection, topic, command, hook, endpoints):
    keys = {"agent_id": "HASH", "entry_id": "RANGE"}
    client = boto3.client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=endpoints.aws_endpoint_url,
        **credentials(endpoints.aws_endpoint_url),
    )
    name = f"test-{uuid4().hex}"
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    send(connection, topic, "a", "b")
    more = ["--store", f"dynamodb:{name}", "--service", hook.url, "--from-beginning", "--once"]
    for _ in range(2):
        assert notify.main([*command, *more]) == 0
    assert told(hook) == ["a", "b"]
    items = client.scan(TableName=name)["Items"]
    assert sorted((item["entry_id"]["S"], item["state"]["S"]) for item in items) == [
        ("a", "sent"),
        ("b", "sent"),
    ]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--service", "discrod://SECRET"], "service 1 (discrod)"),
        (["--template", "none.toml"], "none.toml"),
        (["--tries", "0"], "'0' is not a number above 0"),
        (["--service-file", "none"], "none: "),
    ],
)
def test_wrong_options_are_named_without_a_broker(arguments, why, capsys):
    with pytest.raises(SystemExit, match="2"):
        notify.main(arguments)
    error = capsys.readouterr().err
    assert why in error
    assert "SECRET" not in error


@pytest.mark.broker
def test_a_missing_topic_and_a_bad_store_are_one_line(command, capsys, tmp_path):
    assert notify.main([*command, "--topic", "nowhere"]) == 1
    assert "error: there is no topic nowhere" in capsys.readouterr().err
    bad = tmp_path / "bad.db"
    bad.write_text("no database, but long enough to be read as one" * 9, "utf-8")
    assert notify.main([*command, "--store", str(bad)]) == 1
    assert "bad.db: file is not a database" in capsys.readouterr().err


def test_the_options_that_readme_shows_exist():
    readme = (ROOT / "README.md").read_text("utf-8")
    shown = re.findall(r"^python -m scripts\.notify (.*)$", readme, re.MULTILINE)
    assert len(shown) == 2
    for arguments in shown:
        notify.parser().parse_args(arguments.split())
