import re

import pytest
from confluent_kafka.admin import AdminClient

from schemas import definitions
from scripts import bootstrap, rules

pytestmark = pytest.mark.broker

# The stack is shared: other tests may have made the topics, with one partition or with more.
PARTITIONS = 1


def told(connection):
    lines = []
    bootstrap.bootstrap(connection, partitions=PARTITIONS, tell=lines.append)
    return lines


def test_everything_the_jobs_need_is_there_afterwards(connection):
    lines = told(connection)
    assert len(lines) == 2 * len(definitions.TOPICS) + 1
    assert set(definitions.TOPICS) <= set(
        AdminClient(connection.client()).list_topics(timeout=30).topics
    )
    for topic in definitions.TOPICS:
        assert f"version {connection.registry.version_id(topic)}" in "\n".join(lines)
    assert "default" in rules.stored(connection)


def test_a_second_time_changes_nothing(connection):
    told(connection)
    written = rules.stored(connection)
    lines = told(connection)
    assert [line for line in lines if line.endswith(("created", "written"))] == []
    assert rules.stored(connection) == written


def test_a_default_rule_that_somebody_removed_stays_removed(connection):
    told(connection)
    rules.publish(connection, {"default": None})
    try:
        assert told(connection)[-1] == "rule default: was removed, stays so"
        assert rules.stored(connection)["default"] is None
    finally:
        rules.add(connection, rules.read_rules(bootstrap.DEFAULT_RULES))


def test_the_command_prints_what_it_did(connection, options, capsys):
    assert bootstrap.main([*options, f"--partitions={PARTITIONS}"]) == 0
    out = capsys.readouterr().out
    assert "topic deals.raw: " in out
    assert "rule default: " in out


def test_too_few_partitions_end_the_command_with_one_message(connection, options, capsys):
    told(connection)
    assert bootstrap.main([*options, "--partitions", "64"]) == 1
    message = capsys.readouterr().err
    assert re.match(r"error: deals\.raw has \d+ partitions, not 64; ", message)
    assert message.count("\n") == 1
