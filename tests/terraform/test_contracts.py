"""What terraform repeats of the code, where a test says it better than a named check."""

import json
import re
from pathlib import Path
from types import NoneType

from flink_jobs.config import JobConfig
from scripts.infra.blocks import object_keys, read
from scripts.infra.contracts import local, words

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "terraform" / "modules"
PROPERTIES = {
    group: object_keys(value)
    for group, value in object_keys(
        local(ROOT, "platform", "properties.tf", "property_groups")
    ).items()
}
GROUPS = {field.alias: field.annotation for field in JobConfig.model_fields.values()}


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
