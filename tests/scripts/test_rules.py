import json
from decimal import Decimal
from uuid import uuid4

import pytest

from schemas.topics import create_topics, topic_specs
from scripts import rules
from scripts.tail import read_topic
from tests.schemas.records import example
from tests.scripts.topics import write


@pytest.fixture
def rule_id(connection):
    """A rule id of this test's own; its rule is removed afterwards."""
    create_topics(connection.client(), topic_specs(partitions=1))
    own = f"test-{uuid4().hex}"
    yield own
    rules.publish(connection, {own: None})


@pytest.fixture
def written(tmp_path):
    def write_json(**rule):
        path = tmp_path / "rule.json"
        path.write_text(json.dumps(rule), "utf-8")
        return str(path)

    return write_json


def listed(options, capsys):
    capsys.readouterr()
    assert rules.main(["list", *options]) == 0
    return {rule["rule_id"]: rule for rule in map(json.loads, capsys.readouterr().out.splitlines())}


@pytest.mark.broker
def test_an_added_rule_is_listed_replaced_and_removed(rule_id, options, written, capsys):
    def add(name):
        path = written(rule_id=rule_id, name=name, any_of=[{"max_price_usd": 9.5}])
        assert rules.main(["add", path, *options]) == 0

    add("first")
    first = listed(options, capsys)[rule_id]
    assert first["name"] == "first"
    assert first["any_of"][0]["max_price_usd"] == 9.5
    add("second")
    second = listed(options, capsys)[rule_id]
    assert second["name"] == "second"
    assert second["updated_at"] >= first["updated_at"]
    assert rules.main(["remove", rule_id, *options]) == 0
    assert rule_id not in listed(options, capsys)


@pytest.mark.broker
def test_a_removed_rule_is_a_tombstone(rule_id, connection, options, written):
    path = written(rule_id=rule_id, name="x", any_of=[{"words": ["tv"]}])
    rules.main(["add", path, *options])
    rules.main(["remove", rule_id, *options])
    records = read_topic(connection, "deals.rules", from_beginning=True, until_end=True)
    own = [record for record in records if record.key_text == rule_id]
    assert [record.is_tombstone for record in own] == [False, True]


@pytest.mark.broker
def test_removing_what_is_not_there_is_an_error(rule_id, options, capsys):
    assert rules.main(["remove", rule_id, *options]) == 1
    assert capsys.readouterr().err == f"error: there is no rule {rule_id}\n"


@pytest.mark.broker
def test_a_bad_rule_writes_nothing(rule_id, connection, options, written, capsys):
    path = written(rule_id=rule_id, name="x", any_of=[{"max_price": 9}])
    assert rules.main(["add", path, *options]) == 1
    assert capsys.readouterr().err == f"error: {path}: rule 1, any_of.0.max_price: unknown key\n"
    assert rule_id not in rules.stored(connection)


@pytest.mark.broker
def test_a_record_that_nobody_can_read_does_not_replace_a_rule(rule_id, connection, written):
    (rule,) = rules.read_rules(
        rules.Path(written(rule_id=rule_id, name="x", any_of=[{"words": ["tv"]}]))
    )
    rules.add(connection, [rule])
    (partition,) = {
        record.partition
        for record in read_topic(connection, "deals.rules", from_beginning=True, until_end=True)
        if record.key_text == rule_id
    }
    write(connection, "deals.rules", [(rule_id, b"noise", partition)])
    assert rules.current(connection)[rule_id]["name"] == "x"


@pytest.mark.broker
def test_a_rule_is_tried_on_past_deals_before_it_is_added(
    rule_id, connection, options, written, capsys
):
    deals = [
        example(
            "deals.evaluated", title=f"{rule_id} lamp", price_usd=Decimal(price), is_expired=False
        )
        for price in (70, 90, 69, 69)
    ]
    encoded = [connection.codec.encode("deals.evaluated", deal) for deal in deals]
    write(connection, "deals.evaluated", [("k", value, 0) for value in encoded])
    path = written(
        rule_id=rule_id,
        name="x",
        condition={"all": [{"words": [rule_id]}, {"max_price_usd": 80}]},
    )
    assert rules.main(["test", path, "--days", "1", *options]) == 0
    shown = capsys.readouterr()
    assert [line.split("\t")[1:2] + line.split("\t")[3:] for line in shown.out.splitlines()] == [
        ["70.00", "yes", "at once"],
        ["69.00", "yes", "at once"],
        ["69.00", "no", "not_cheaper: told at $69.00 on 2025-11-24 22:00, and not cheaper"],
    ]
    assert f"{rule_id}: " in shown.err
    assert "2 told, 1 held back" in shown.err
    rules.main(["add", path, *options])
    capsys.readouterr()
    assert rules.main(["test", rule_id, "--json", *options]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["is_told"] for line in lines] == [True, True, False]
    assert rules.main(["test", rule_id, "--days", "0", *options]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.broker
def test_a_rule_that_is_nowhere_cannot_be_tried(rule_id, options, capsys):
    assert rules.main(["test", rule_id, *options]) == 1
    assert capsys.readouterr().err == f"error: there is neither a file nor a rule {rule_id}\n"


def test_a_valid_file_is_called_valid_without_a_broker(written, capsys):
    assert (
        rules.main(["validate", written(rule_id="tv", name="x", any_of=[{"words": ["tv"]}])]) == 0
    )
    assert capsys.readouterr().out == "tv: valid\n"


def test_an_invalid_file_names_the_key_without_a_broker(written, capsys):
    path = written(rule_id="tv", name="x", any_of=[{"wrods": ["tv"]}])
    assert rules.main(["validate", path]) == 1
    assert "any_of.0.wrods: unknown key" in capsys.readouterr().err
