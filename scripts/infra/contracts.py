"""Names and texts that terraform repeats of the code, held to the code."""

import json
import re
from pathlib import Path

from flink_jobs.application import JOBS
from flink_jobs.config import JobConfig, JobName
from schemas.registry import COMPATIBILITY
from schemas.topics import topic_specs
from scripts.infra.blocks import object_keys, read
from scripts.package import JAR_IN_ZIP


def local(root: Path, module: str, file: str, name: str) -> str:
    """The expression of a local value of a module.

    Raises:
        ValueError: there is no such local.
    """
    for block in read(root / "terraform" / "modules" / module / file).inside("locals"):
        if name in block.attributes:
            return block.attributes[name]
    message = f"modules/{module}/{file}: local {name} is missing"
    raise ValueError(message)


def words(expression: str) -> list[str]:
    """The strings in an expression."""
    return re.findall(r'"([^"]*)"', expression)


def topics(root: Path) -> list[str]:
    """Where the registry's topics are not those of the code."""
    given = words(local(root, "registry", "main.tf", "topics"))
    wanted = [spec.name for spec in topic_specs()]
    return _difference("terraform/modules/registry: topic", given, wanted)


def schemas(root: Path) -> list[str]:
    """Where what Glue gets is not the schema of the topic in its newest released version."""
    found = []
    (schema,) = (
        block
        for block in read(root / "terraform/modules/registry/main.tf").blocks
        if block.labels == ("aws_glue_schema", "this")
    )
    text = 'file("${var.schemas_dir}/${each.key}.avsc")'
    for name, wanted in {
        "schema_definition": text,
        "compatibility": json.dumps(COMPATIBILITY),
    }.items():
        if schema.attributes.get(name) != wanted:
            found.append(f"terraform/modules/registry: {name} must be {wanted}")
    for spec in topic_specs():
        path = root / "schemas" / f"{spec.name}.avsc"
        released = sorted(
            (root / "schemas" / "examples").glob(f"{spec.name}.v*.avsc"), key=_version
        )
        if not path.is_file():
            found.append(f"schemas/{spec.name}.avsc is missing")
        elif not released:
            found.append(f"schemas/examples holds no version of {spec.name}")
        elif json.loads(path.read_text("utf-8")) != json.loads(released[-1].read_text("utf-8")):
            found.append(f"schemas/{spec.name}.avsc is not {released[-1].name}, the newest version")
    return found


def _version(path: Path) -> int:
    return int(path.stem.rpartition(".v")[2])


def properties(root: Path) -> list[str]:
    """Where the jobs' property groups and keys are not those of flink_jobs/config.py."""
    given = {
        group: set(object_keys(value))
        for group, value in object_keys(
            local(root, "platform", "properties.tf", "property_groups")
        ).items()
    }
    groups = {
        field.alias: field.annotation
        for field in JobConfig.model_fields.values()
        if field.alias != "LocalFlink"
    }
    found = _difference("terraform/modules/platform: property group", given, groups)
    for name in given.keys() & groups.keys():
        fields = groups[name].model_fields.values()
        known = {field.alias for field in fields}
        required = {field.alias for field in fields if field.is_required()}
        found += [f"property {name}.{key}: unknown" for key in sorted(given[name] - known)]
        found += [f"property {name}.{key}: required" for key in sorted(required - given[name])]
        secret = given[name] & {"password", "username", "endpoint.url"}
        found += [f"property {name}.{key}: not in properties" for key in sorted(secret)]
    return found


def jobs(root: Path) -> list[str]:
    """Where jobs, what they read and what the service starts are not those of the code."""
    given = words(local(root, "platform", "main.tf", "jobs"))
    found = _difference("terraform/modules/platform: job", given, list(JobName))
    inputs = object_keys(local(root, "platform", "main.tf", "inputs"))
    for name, job in JOBS.items():
        if words(inputs.get(name, "")) != [job.SOURCES[0]]:
            found.append(f"terraform/modules/platform: input of {name} must be {job.SOURCES[0]}")
    prefix = JobConfig.model_fields["kafka"].annotation.model_fields["group_prefix"].default
    if words(local(root, "platform", "main.tf", "group_prefix")) != [prefix]:
        found.append(f"terraform/modules/platform: group_prefix must be {prefix}")
    text = (root / "terraform/modules/flink/main.tf").read_text("utf-8")
    options = dict(re.findall(r'^\s+(python|jarfile|pyFiles)\s+= "([^"]*)"', text, re.MULTILINE))
    if options != {"python": "main.py", "jarfile": JAR_IN_ZIP, "pyFiles": "dep/"}:
        found.append(f"terraform/modules/flink: the run options {options} are not the package's")
    return found


def _difference(what: str, given: object, wanted: object) -> list[str]:
    have, want = list(given), list(wanted)  # type: ignore[call-overload]
    return [
        *(f"{what} {name} is missing" for name in want if name not in have),
        *(f"{what} {name} is unknown to the code" for name in have if name not in want),
    ]
