import json
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from flink_jobs.config import ConfigError, JobConfig, JobName
from main import LOCAL_PROPERTIES, SERVICE_PROPERTIES, load, main, properties_path
from udfs.version import CODE_VERSION


def properties(**changes: dict[str, str | None]) -> list[dict]:
    """The committed local properties; changes={"Kafka": {"key": "value" or None to remove}}."""
    groups = {
        entry["PropertyGroupId"]: dict(entry["PropertyMap"])
        for entry in json.loads(LOCAL_PROPERTIES.read_text())
    }
    for group, keys in changes.items():
        merged = groups.get(group, {}) | keys
        groups[group] = {key: value for key, value in merged.items() if value is not None}
    return [{"PropertyGroupId": name, "PropertyMap": keys} for name, keys in groups.items()]


@pytest.fixture
def write(tmp_path: Path):
    def _write(content: object) -> Path:
        path = tmp_path / "properties.json"
        path.write_text(json.dumps(content))
        return path

    return _write


def test_the_committed_local_file_is_loaded():
    config = JobConfig.load(LOCAL_PROPERTIES)
    assert config.jobs.run == tuple(JobName)
    assert config.parsing.rates_usd["GBP"] == Decimal("1.31")
    assert config.parsing.rates_as_of == date(2026, 11, 20)


def test_groups_of_the_service_itself_are_left_alone(write):
    service = {"PropertyGroupId": "kinesis.analytics.flink.run.options", "PropertyMap": {"a": "b"}}
    assert JobConfig.load(write([*properties(), service])).jobs.run


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Kafka": {"bootstrap.servers": None}}, "group Kafka, key bootstrap.servers: missing"),
        ({"Kafka": {"bootstrap.server": "x:1"}}, "group Kafka, key bootstrap.server: unknown"),
        ({"Bedrock": {"budget.s": "soon"}}, "group Bedrock, key budget.s: "),
        ({"Jobs": {"run": "parse_deals,evaluate"}}, "group Jobs, key run: "),
        ({"Jobs": {"run": ""}}, "group Jobs, key run: "),
        ({"Parsing": {"rates.usd": "EUR=0"}}, "rates.usd"),
        ({"Parsing": {"rates.usd": "EUR"}}, "expected KEY=VALUE"),
        ({"Kafka": {"delivery": "twice"}}, "group Kafka, key delivery: "),
        ({"DeadLetters": {"max.ratio": "0"}}, "group DeadLetters, key max.ratio: "),
        ({"DeadLetters": {"window.records": "50"}}, "max.consecutive: more than window.records"),
        ({"Nonsense": {"a": "b"}}, "group Nonsense: unknown"),
    ],
)
def test_a_mistake_names_file_group_and_key_on_one_line(write, changes, message):
    path = write(properties(**changes))
    with pytest.raises(ConfigError) as caught:
        JobConfig.load(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_group_is_named(write):
    path = write([entry for entry in properties() if entry["PropertyGroupId"] != "Search"])
    with pytest.raises(ConfigError, match="group Search: missing"):
        JobConfig.load(path)


@pytest.mark.parametrize("content", ["{", '{"a": 1}', "[1]", '[{"PropertyGroupId": "Jobs"}]'])
def test_a_file_of_another_form_is_a_clear_error(tmp_path, content):
    path = tmp_path / "properties.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match="not a list of property groups"):
        JobConfig.load(path)


def test_no_value_reaches_the_message(write):
    path = write(properties(Search={"password": "hunter2", "budget.s": "hunter2"}))
    with pytest.raises(ConfigError) as caught:
        JobConfig.load(path)
    assert "hunter2" not in str(caught.value)


def test_a_secret_is_not_shown(write):
    config = JobConfig.load(write(properties(Search={"password": "hunter2"})))
    assert "hunter2" not in repr(config)


@pytest.mark.parametrize("value", ["false", "True", "1", ""])
def test_only_true_is_local(value):
    assert properties_path({"IS_LOCAL": value}) == SERVICE_PROPERTIES
    assert properties_path({"IS_LOCAL": "true"}) == LOCAL_PROPERTIES


@pytest.mark.parametrize("is_local", ["true", "false"])
def test_another_place_for_the_properties_can_be_named(is_local, tmp_path):
    environ = {"IS_LOCAL": is_local, "DEAL_FINDER_PROPERTIES": str(tmp_path)}
    assert properties_path(environ) == tmp_path


def test_local_settings_are_refused_on_the_service_and_demanded_locally(write):
    path = write([entry for entry in properties() if entry["PropertyGroupId"] != "LocalFlink"])
    with pytest.raises(ConfigError, match="LocalFlink"):
        load({"IS_LOCAL": "true", "DEAL_FINDER_PROPERTIES": str(path)})


def test_dead_letters_name_the_version_of_the_project():
    project = tomllib.loads((LOCAL_PROPERTIES.parents[1] / "pyproject.toml").read_text())
    assert project["project"]["version"] == CODE_VERSION


def test_a_missing_property_file_ends_main_with_2(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("IS_LOCAL", "true")
    monkeypatch.setenv("DEAL_FINDER_PROPERTIES", str(tmp_path / "none.json"))
    assert main() == 2
    assert capsys.readouterr().err == f"{tmp_path / 'none.json'}: no such property file\n"


def test_jobs_that_spent_their_budget_of_dead_letters_end_with_code_3(monkeypatch, capsys):
    from flink_jobs import application
    from flink_jobs.dead_letters import DeadLetterBudgetError

    def stop(_):
        message = "Dead-letter budget spent: parse_deals"
        raise DeadLetterBudgetError(message)

    monkeypatch.setattr(application, "run", stop)
    monkeypatch.setenv("IS_LOCAL", "true")
    assert main() == 3
    assert capsys.readouterr().err == "Dead-letter budget spent: parse_deals\n"
