"""Names that terraform repeats of the code are those of the code."""

import json
import re
from pathlib import Path
from types import NoneType

import pytest

from flink_jobs.config import JobConfig, JobName
from schemas.registry import COMPATIBILITY
from schemas.topics import topic_specs
from scripts import scan_feeds
from scripts.infra.blocks import object_keys, read
from scripts.package import JAR_IN_ZIP

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "terraform" / "modules"
# Metrics of AWS/KinesisAnalytics with the dimension Application, AWS/Kafka and AWS/ES that the
# services document.
DOCUMENTED = {
    *("uptime", "downtime", "fullRestarts", "numberOfFailedCheckpoints", "lastCheckpointDuration"),
    *("lastCheckpointSize", "cpuUtilization", "containerCPUUtilization", "heapMemoryUtilization"),
    *("containerMemoryUtilization", "KPUs", "oldGenerationGCTime", "oldGenerationGCCount"),
    *("EstimatedMaxTimeLag", "EstimatedTimeLag", "MaxOffsetLag", "SumOffsetLag", "OffsetLag"),
    *("ClusterStatus.red", "ClusterStatus.yellow", "FreeStorageSpace", "JVMMemoryPressure"),
    *("ClusterIndexWritesBlocked", "CPUUtilization"),
}


def local(module: str, file: str, name: str) -> str:
    """The expression of a local value."""
    blocks = read(MODULES / module / file).inside("locals")
    (expression,) = (block.attributes[name] for block in blocks if name in block.attributes)
    return expression


def words(expression: str) -> list[str]:
    return re.findall(r'"([^"]*)"', expression)


PROPERTIES = {
    group: object_keys(value)
    for group, value in object_keys(local("platform", "properties.tf", "property_groups")).items()
}
GROUPS = {
    field.alias: field.annotation
    for field in JobConfig.model_fields.values()
    if field.alias != "LocalFlink"
}


def test_the_property_groups_are_those_of_the_code():
    assert set(PROPERTIES) == set(GROUPS)


def test_the_scanner_is_started_with_options_it_has_and_signs_in_with_iam():
    command = words(local("platform", "properties.tf", "scan_once"))
    known = re.findall(r"--[a-z-]+", scan_feeds._parser().format_help())
    assert {word for word in command if word.startswith("--")} <= set(known)
    assert command[command.index("--security") + 1] == "MSK_IAM"


@pytest.mark.parametrize("group", GROUPS)
def test_the_keys_of_a_group_are_known_and_the_required_ones_given(group):
    fields = GROUPS[group].model_fields.values()
    given = set(PROPERTIES[group])
    assert given <= {field.alias for field in fields}
    assert given >= {field.alias for field in fields if field.is_required()}


def test_no_secret_and_no_stand_in_is_among_the_properties():
    keys = {key for group in PROPERTIES.values() for key in group}
    assert keys & {"password", "username", "endpoint.url"} == set()


def test_plain_values_are_valid():
    """What needs no terraform to evaluate is what the code takes."""
    values = {
        (group, key): words(text)[0]
        for group, keys in PROPERTIES.items()
        for key, text in keys.items()
        if re.fullmatch(r'"[^"$]*"', text)
    }
    assert values[("Kafka", "security")] == "MSK_IAM"
    for (group, key), value in values.items():
        field = next(each for each in GROUPS[group].model_fields.values() if each.alias == key)
        assert field.annotation is not NoneType
        if field.annotation is int:
            assert int(value) > 0


def test_the_topics_are_those_of_the_code():
    assert words(local("registry", "main.tf", "topics")) == [spec.name for spec in topic_specs()]


def test_schemas_are_the_files_to_the_letter():
    (schema,) = (
        block
        for block in read(MODULES / "registry" / "main.tf").blocks
        if block.labels == ("aws_glue_schema", "this")
    )
    assert schema.attributes["schema_definition"] == 'file("${var.schemas_dir}/${each.key}.avsc")'
    assert schema.attributes["compatibility"] == json.dumps(COMPATIBILITY)
    for topic in words(local("registry", "main.tf", "topics")):
        assert (ROOT / "schemas" / f"{topic}.avsc").is_file()


def test_the_jobs_are_those_of_the_code():
    assert words(local("platform", "main.tf", "jobs")) == list(JobName)
    assert list(object_keys(local("platform", "main.tf", "inputs"))) == list(JobName)


def test_jobs_and_inputs_are_joined_as_the_jobs_have_them():
    from flink_jobs.application import JOBS

    inputs = object_keys(local("platform", "main.tf", "inputs"))
    assert {name: JOBS[JobName(name)].SOURCES[0] for name in inputs} == {
        name: words(topic)[0] for name, topic in inputs.items()
    }


def test_the_consumer_groups_have_the_prefix_of_the_code():
    default = JobConfig.model_fields["kafka"].annotation.model_fields["group_prefix"].default
    assert words(local("platform", "main.tf", "group_prefix")) == [default]


def test_the_service_starts_what_the_package_holds():
    text = (MODULES / "flink" / "main.tf").read_text("utf-8")
    options = dict(re.findall(r'^\s+(python|jarfile|pyFiles)\s+= "([^"]*)"', text, re.MULTILINE))
    assert options == {"python": "main.py", "jarfile": JAR_IN_ZIP, "pyFiles": "dep/"}


def test_exchange_rates_are_those_of_the_local_properties():
    shipped = json.loads((ROOT / "local" / "application_properties.json").read_text("utf-8"))
    (local_rates,) = (g["PropertyMap"] for g in shipped if g["PropertyGroupId"] == "Parsing")
    (rates,) = (
        block.attributes["default"]
        for block in read(MODULES / "platform" / "variables.tf").blocks
        if block.labels == ("rates",)
    )
    given = {key: words(text)[0] for key, text in object_keys(rates).items()}
    assert given == {"as_of": local_rates["rates.as.of"], "usd": local_rates["rates.usd"]}


def test_alarms_are_on_metrics_that_the_services_have():
    text = (MODULES / "monitoring" / "main.tf").read_text("utf-8")
    named = set(re.findall(r'\b(?:metric|metric_name)\s*= "([^"]+)"', text))
    assert named
    assert named <= DOCUMENTED


def test_every_variable_and_output_says_what_it_is():
    silent = [
        f"{path.parent.name}: {block.kind} {block.labels[0]}"
        for path in (ROOT / "terraform").rglob("*.tf")
        for block in read(path).blocks
        if block.kind in {"variable", "output"} and "description" not in block.attributes
    ]
    assert silent == []


def test_every_module_and_root_has_tests_of_its_own():
    folders = {path.parent for path in (ROOT / "terraform").rglob("versions.tf")}
    assert [folder.name for folder in folders if not [*folder.glob("tests/*.tftest.hcl")]] == []


def test_the_lower_bound_on_the_provider_is_the_same_everywhere():
    bounds = {
        found
        for path in (ROOT / "terraform").rglob("versions.tf")
        for found in re.findall(r'^\s+version = "([^"]*)"', path.read_text("utf-8"), re.MULTILINE)
    }
    assert bounds == {">= 6.40"}
