import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from schemas import definitions
from schemas.codec import shipped
from scripts.rule_files import DEFAULT_RULES, InvalidRuleError, read_rules
from udfs.alerting.conditions import RECORD_FIELDS, Conditions
from udfs.alerting.policy import Digest, Policy
from udfs.alerting.rules import Rule


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


def test_the_models_have_the_fields_of_the_schema():
    schema = definitions.definition("deals.rules")
    assert list(Rule.model_fields) == [field["name"] for field in schema["fields"]]
    fields = {field["name"]: field["type"] for field in schema["fields"]}
    names = [field["name"] for field in fields["any_of"]["items"]["fields"]]
    assert list(RECORD_FIELDS) == names
    policy = fields["policy"][1]["fields"]
    assert list(Policy.model_fields) == [field["name"] for field in policy]
    digest = policy[-1]["type"][1]["fields"]
    assert list(Digest.model_fields) == [field["name"] for field in digest]
    for model, shipped_fields in ((Policy, policy), (Digest, digest)):
        assert model().model_dump() == {field["name"]: field["default"] for field in shipped_fields}


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


RULES_PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"


def test_the_rules_of_the_page_are_rules_and_it_names_every_key(written):
    text = RULES_PAGE.read_text("utf-8")
    blocks = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 2
    for block in blocks:
        read_rules(written(block))
    conditions, policies = text.partition("## Conditions")[2].split("## Policies")
    rows = {name for row in re.findall(r"^\| (.*?) \|", conditions, re.MULTILINE)
            for name in re.findall(r"`(\w+)`", row)}  # fmt: skip
    assert rows == set(Conditions.model_fields)
    rows = set(re.findall(r"^\| `(\w+)` \|", policies, re.MULTILINE))
    assert rows == set(Policy.model_fields)


def test_a_tree_is_written_to_the_topic_as_json_and_read_back_by_the_jobs(written):
    tree = {"all": [{"conditions": ["new"]}, {"not": {"merchants": ["Bazaar"]}}]}
    plain = {"rule_id": "tv", "name": "TVs"}
    (read,) = read_rules(written(plain | {"condition": tree, "policy": {"daily_cap": 2}}))
    schema = shipped("deals.rules")
    record = schema.read(schema.write(read.record(1_764_021_600_000)))
    assert (record["any_of"], json.loads(record["condition_json"])) == ([], tree)
    rule = Rule.from_record(record)
    assert rule.policy == Policy(daily_cap=2)
    assert rule.clauses == read.rule(0).clauses


def test_what_the_record_cannot_say_makes_an_older_reader_match_nothing(written):
    (read,) = read_rules(written(rule(any_of=[{"words": ["tv"], "min_deal_score": 0.9}])))
    record = read.record(0)
    assert record["any_of"] == []
    assert json.loads(record["condition_json"]) == {
        "any": [{"words": ["tv"], "min_deal_score": 0.9}]
    }


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"condition": {"all": [{"max_price": 9}]}}, "rule 1, condition.all.0.max_price: unknown"),
        ({"condition": {"not": {}}}, "rule 1, condition.not: sets no condition"),
        (
            {"condition": {"all": [{"brands": ["a"]}, {"brands": ["b"]}]}},
            "rule 1: contradicts itself",
        ),
        ({}, "rule 1: takes either any_of or condition"),
        (
            {"condition": {"words": ["tv"]}, "policy": {"quiet_hours": "9-17"}},
            "rule 1, policy.quiet_hours: must be HH:MM-HH:MM",
        ),
        (
            {"condition": {"words": ["tv"]}, "policy": {"digest": {}, "daily_cap": 1}},
            "rule 1, policy: daily_cap: a digest tells its best only",
        ),
    ],
)
def test_a_fault_of_a_tree_or_policy_is_named_by_its_place(written, changes, fault):
    path = written({"rule_id": "tv", "name": "TVs"} | changes)
    with pytest.raises(InvalidRuleError) as caught:
        read_rules(path)
    assert str(caught.value).startswith(f"{path}: {fault}")
