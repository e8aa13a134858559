"""The workflows, which no runner runs here: form, rights, and that what they call exists."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.workflows.lint import ROOT, findings, missing_commands

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
KNOWN = json.loads((Path(__file__).parent / "actions.json").read_text("utf-8"))["actions"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_no_finding(path):
    assert list(findings(path.name, path.read_text("utf-8"), KNOWN)) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7", "not pinned by a commit"),
        ("# v7.0.1", "# v7.0.0", "is not the commit of that version"),
        ("permissions:\n  contents: read\n\n#", "#", "no permissions of its own"),
        ("permissions:\n  contents: read\n\n#", "permissions: write-all\n#", "gives more than"),
        ("    permissions:\n      contents: read\n", "", "has no permissions"),
        (
            "      contents: read\n    steps",
            "      packages: write\n    steps",
            "may write packages",
        ),
        ("    timeout-minutes: 20\n", "", "may hang"),
        ("ubuntu-24.04", "ubuntu-latest", "changes by itself"),
        ("persist-credentials: false", "fetch-depth: 0", "leaves its token"),
        ("run: make check\n", "run: make cheque\n", "make has no target cheque"),
        ("run: make check\n", "run: echo ${{ github.head_ref }}\n", "expression into a shell"),
        ("feeds.example.toml", "feeds.none.toml", "is not there"),
        ("concurrency:\n  group:", "defaults:\n  group:", "no concurrency"),
    ],
)
def test_a_planted_mistake_is_found(old, new, found):
    text = (GITHUB / "workflows" / "ci.yml").read_text("utf-8")
    assert old in text
    assert any(found in finding for finding in findings("ci.yml", text.replace(old, new), KNOWN))


def test_a_module_that_is_not_there_is_found():
    assert list(missing_commands("python -m scripts.none")) == ["module scripts.none is not there"]
    assert list(missing_commands("python -m scripts.deploy plan")) == []


def test_the_workflows_run_all_that_the_project_checks():
    runs = (GITHUB / "workflows" / "ci.yml").read_text("utf-8")
    assert {"check", "test", "package", "check-infra"} <= set(re.findall(r"make ([a-z-]+)", runs))


def test_a_release_is_attested_after_it_was_tested():
    release = yaml.safe_load((GITHUB / "workflows" / "release.yml").read_text("utf-8"))
    steps = release["jobs"]["release"]["steps"]
    said = [step.get("run", step.get("uses", "")) for step in steps]
    order = [
        next(number for number, text in enumerate(said) if wanted in text)
        for wanted in ("make test", "make package", "attest-build-provenance", "gh release create")
    ]
    assert order == sorted(order)


def test_dependabot_looks_where_dependencies_are():
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text("utf-8"))["updates"]
    assert {each["package-ecosystem"] for each in updates} == {
        *("github-actions", "pip", "maven", "terraform", "docker")
    }
    manifests = {
        "pip": "pyproject.toml",
        "maven": "pom.xml",
        "terraform": "versions.tf",
        "docker": "Dockerfile",
        "github-actions": ".github/workflows/ci.yml",
    }
    for update in updates:
        for folder in update.get("directories", [update.get("directory")]):
            manifest = ROOT / folder.strip("/") / manifests[update["package-ecosystem"]]
            assert manifest.is_file(), manifest
    poms = {
        f"/{path.parent.relative_to(ROOT)}"
        for folder in ("udfs", "local")
        for path in (ROOT / folder).rglob("pom.xml")
        if "target" not in path.parts
    }
    (maven,) = (each for each in updates if each["package-ecosystem"] == "maven")
    assert set(maven["directories"]) == poms


def test_the_hooks_before_a_commit_run_the_tools_of_the_environment():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"]  # nothing to download, nothing to pin
    for hook in hooks[0]["hooks"]:
        command = hook["entry"].split()[0]
        assert hook["language"] == "system"
        assert (ROOT / command).exists(), command
        assert list(missing_commands(hook["entry"])) == []
        if "files" in hook:
            re.compile(hook["files"])
