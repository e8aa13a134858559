import pytest
from confluent_kafka.admin import AdminClient

from schemas import definitions
from scripts import bootstrap, rules
from tests.scripts.conftest import options_of

pytestmark = pytest.mark.broker


def told(connection):
    lines = []
    bootstrap.bootstrap(connection, tell=lines.append)
    return lines


def test_everything_the_jobs_need_is_there_afterwards(fresh):
    lines = told(fresh)
    assert len(lines) == 2 * len(definitions.TOPICS) + 1
    assert set(definitions.TOPICS) <= set(
        AdminClient(fresh.client()).list_topics(timeout=30).topics
    )
    for topic in definitions.TOPICS:
        assert f"version {fresh.registry.version_id(topic)}" in "\n".join(lines)
    assert "default" in rules.stored(fresh)


def test_a_second_time_changes_nothing(fresh):
    told(fresh)
    written = rules.stored(fresh)
    lines = told(fresh)
    assert [line for line in lines if line.endswith(("created", "written"))] == []
    assert rules.stored(fresh) == written


def test_a_default_rule_that_somebody_removed_stays_removed(fresh):
    told(fresh)
    rules.publish(fresh, {"default": None})
    try:
        assert told(fresh)[-1] == "rule default: was removed, stays so"
        assert rules.stored(fresh)["default"] is None
    finally:
        rules.add(fresh, rules.read_rules(bootstrap.DEFAULT_RULES))


def test_the_command_prints_what_it_did(fresh, capsys):
    assert bootstrap.main(options_of(fresh)) == 0
    out = capsys.readouterr().out
    assert "topic deals.raw: " in out
    assert "rule default: " in out


def test_too_few_partitions_end_the_command_with_one_message(fresh, capsys):
    told(fresh)
    assert bootstrap.main([*options_of(fresh), "--partitions", "64"]) == 1
    assert "deals.raw has 4 partitions, not 64" in capsys.readouterr().err
