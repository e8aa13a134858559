import json
from decimal import Decimal

import pytest

from schemas import definitions
from schemas.codec import shipped
from schemas.rules import DEFAULT_RULES, Conditions, InvalidRuleError, Rule, read_rules


def rule(**changes):
    return {"rule_id": "tv", "name": "TVs", "any_of": [{"words": ["tv"]}]} | changes


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "rules.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return path

    return write


def symbols(topic, name):
    field = next(row for row in definitions.definition(topic)["fields"] if row["name"] == name)
    return set(field["type"]["symbols"])


def test_the_model_has_the_fields_of_the_schema():
    schema = definitions.definition("deals.rules")
    assert [*Rule.model_fields, "updated_at"] == [field["name"] for field in schema["fields"]]
    conditions = next(field for field in schema["fields"] if field["name"] == "any_of")
    names = [field["name"] for field in conditions["type"]["items"]["fields"]]
    assert list(Conditions.model_fields) == names


def test_a_rule_may_name_exactly_the_verdicts_and_conditions_that_there_are():
    properties = Conditions.model_json_schema()["properties"]
    assert set(properties["verdicts"]["items"]["enum"]) == symbols("deals.evaluated", "verdict")
    assert set(properties["conditions"]["items"]["enum"]) == symbols("deals.parsed", "condition")


def test_the_default_rule_is_the_one_of_the_design():
    (default,) = read_rules(DEFAULT_RULES)
    assert (default.rule_id, default.is_enabled) == ("default", True)
    assert default.any_of == (
        Conditions(
            verdicts=("bargain",),
            min_discount_usd=Decimal(50),
            min_discount_ratio=0.3,
            is_below_p10=True,
        ),
        Conditions(verdicts=("bargain",), min_days_at_all_time_low=14),
    )


def test_a_rule_becomes_a_record_of_its_topic(written):
    (read,) = read_rules(written(rule(any_of=[{"max_price_usd": 0.1, "words": ["tv"]}])))
    schema = shipped("deals.rules")
    record = schema.read(schema.write(read.record(1_764_021_600_000)))
    assert record["any_of"][0]["max_price_usd"] == Decimal("0.1")
    assert record["updated_at"] == 1_764_021_600_000


def test_a_file_holds_one_rule_or_a_list(written):
    assert [read.rule_id for read in read_rules(written(rule()))] == ["tv"]
    both = [rule(), rule(rule_id="pc")]
    assert [read.rule_id for read in read_rules(written(both))] == ["tv", "pc"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (rule(any_of=[{"word": ["tv"]}]), "rule 1, any_of.0.word: unknown key"),
        (rule(owner="me"), "rule 1, owner: unknown key"),
        ([rule(), rule(rule_id="a b")], "rule 2, rule_id: String should match pattern"),
        (rule(any_of=[]), "rule 1: any_of is empty, so the rule would match nothing"),
        (rule(any_of=[{}]), "rule 1, any_of.0: sets no condition, so it would match every deal"),
        (rule(any_of=[{"words": []}]), "rule 1, any_of.0: sets no condition"),
        (rule(any_of=[{"verdicts": ["good"]}]), "rule 1, any_of.0.verdicts.0: Input should be"),
        (rule(any_of=[{"min_discount_ratio": 30}]), "rule 1, any_of.0.min_discount_ratio: Input"),
        (rule(any_of=[{"max_price_usd": -1}]), "rule 1, any_of.0.max_price_usd: Input should be"),
        (rule(any_of=[{"max_price_usd": 0.00001}]), "rule 1, any_of.0.max_price_usd: Decimal"),
        (rule(any_of=[{"is_below_p10": "yes"}]), "rule 1, any_of.0.is_below_p10: Input should be"),
        (rule(any_of=[{"min_temperature": 1 << 31}]), "rule 1, any_of.0.min_temperature: Input"),
        ("{", "Invalid JSON"),
        ("[[]]", "rule 1: Input should be an object"),
    ],
)
def test_a_fault_is_named_by_rule_and_key(written, content, fault):
    path = written(content)
    with pytest.raises(InvalidRuleError) as caught:
        read_rules(path)
    assert str(caught.value).startswith(f"{path}: {fault}")
    assert str(caught.value).count("\n") == 0


def test_all_faults_of_a_file_are_told_at_once(written):
    with pytest.raises(InvalidRuleError) as caught:
        read_rules(written(rule(name="", owner="me")))
    assert len(str(caught.value).splitlines()) == 2


def test_a_rule_id_stands_once_in_a_file(written):
    with pytest.raises(InvalidRuleError, match="rule_id must not repeat"):
        read_rules(written([rule(), rule()]))


def test_a_missing_file_is_a_fault_of_the_file(tmp_path):
    with pytest.raises(InvalidRuleError, match=r"none\.json: .*No such file"):
        read_rules(tmp_path / "none.json")


def test_a_false_condition_counts_as_set(written):
    (read,) = read_rules(written(rule(any_of=[{"is_below_p10": False}])))
    assert read.any_of[0].is_below_p10 is False
