"""What is wrong with a workflow of GitHub Actions, as far as no runner is needed to tell."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
_USES = re.compile(r"uses:\s*(\S+?)@(\S+)(?:\s+#\s*(\S+))?\s*$")
_SHA = re.compile(r"[0-9a-f]{40}")
_WRITES = {"release.yml": {"contents", "id-token", "attestations"}}
# What an expression may put into a shell: nothing that a stranger writes.
_EXPRESSION_IN_RUN = re.compile(r"\$\{\{")


def findings(name: str, text: str, known: dict[str, dict[str, str]]) -> Iterator[str]:
    """What is wrong, a sentence each.

    Args:
        name: Of the file.
        text: The workflow.
        known: Commits of the actions that were looked up, by version.
    """
    workflow = yaml.safe_load(text)
    # YAML reads the key `on` as true.
    if not ({True, "on"} & workflow.keys()):
        yield "says not when it runs (on)"
    if "permissions" not in workflow:
        yield "has no permissions of its own: the repository's default may be to write"
    elif workflow["permissions"] not in ({}, {"contents": "read"}):
        yield "gives more than contents: read to every job"
    if "group" not in workflow.get("concurrency", {}):
        yield "has no concurrency group"
    yield from _pins(text, known)
    for job_name, job in workflow["jobs"].items():
        yield from (f"job {job_name}: {what}" for what in _of_job(name, job))


def _pins(text: str, known: dict[str, dict[str, str]]) -> Iterator[str]:
    for line in text.splitlines():
        if "uses:" not in line:
            continue
        match = _USES.search(line)
        if not match or not _SHA.fullmatch(match[2]):
            yield f"{line.strip()}: is not pinned by a commit"
        elif known.get(match[1], {}).get(match[3] or "") != match[2]:
            yield f"{line.strip()}: is not the commit of that version in actions.json"


def _of_job(name: str, job: dict[str, Any]) -> Iterator[str]:
    if "permissions" not in job:
        yield "has no permissions"
    else:
        writes = {scope for scope, right in job["permissions"].items() if right == "write"}
        if extra := sorted(writes - _WRITES.get(name, set())):
            yield f"may write {', '.join(extra)}"
    if "timeout-minutes" not in job:
        yield "may hang for six hours (timeout-minutes)"
    if "latest" in job["runs-on"]:
        yield "runs on a machine that changes by itself"
    for step in job["steps"]:
        if step.get("uses", "").startswith("actions/checkout@") and (
            step.get("with", {}).get("persist-credentials") is not False
        ):
            yield "leaves its token in the checkout (persist-credentials)"
        run = step.get("run", "")
        if _EXPRESSION_IN_RUN.search(run):
            yield f"puts an expression into a shell: {run}"
        yield from missing_commands(run)


def missing_commands(run: str) -> Iterator[str]:
    """Make targets, scripts and modules that a command names and that are not there."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"\bmake ([a-z][a-z-]*)", run):
        if not re.search(rf"^{target}:", makefile, re.MULTILINE):
            yield f"make has no target {target}"
    for path in re.findall(r"(?<![\w./-])((?:scripts|local|models)/[\w./-]+)", run):
        if not (ROOT / path).exists():
            yield f"{path} is not there"
    for module in re.findall(r"python -m ((?:scripts|local|models)[\w.]*)", run):
        place = ROOT.joinpath(*module.split("."))
        if not place.with_suffix(".py").is_file() and not (place / "__main__.py").is_file():
            yield f"module {module} is not there"
