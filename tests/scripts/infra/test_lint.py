import subprocess
import sys
import tomllib

import pytest

from scripts import environments
from scripts.infra import lint
from scripts.infra.checks import ROOT, sources
from scripts.infra.documents import documents

SKIPS = tomllib.loads(lint.SKIPS.read_text("utf-8"))["skip"]
NEEDED = [(skip["check"], f"module.x.{skip['resource']}", "name") for skip in SKIPS]


@pytest.mark.parametrize("skip", SKIPS, ids=lambda skip: skip["check"])
def test_every_skip_has_its_reason(skip):
    assert set(skip) == {"check", "resource", "reason"}
    assert len(skip["reason"]) > 8


def test_what_is_on_the_list_is_skipped():
    assert lint.unskipped(NEEDED) == []


def test_a_finding_that_is_not_on_the_list_is_told():
    found = lint.unskipped([*NEEDED, ("CKV_AWS_999", "aws_s3_bucket.new", "Ensure it")])
    assert found == ["CKV_AWS_999 aws_s3_bucket.new: Ensure it"]


def test_a_skip_of_another_resource_does_not_count():
    check = SKIPS[0]["check"]
    assert lint.unskipped([*NEEDED, (check, "aws_lambda_function.z", "n")]) == [
        f"{check} aws_lambda_function.z: n"
    ]


def test_a_skip_that_nothing_needs_is_told():
    assert lint.unskipped(NEEDED[1:]) == [
        f"checkov-skips.toml: {SKIPS[0]['check']} {SKIPS[0]['resource']} is not needed any more"
    ]


def test_without_a_registry_the_linters_are_skipped_and_that_is_told(tmp_path, monkeypatch):
    def no_network(command, _limit_s):
        return subprocess.CompletedProcess(command, 2, "", "error: no route to the registry\n")

    monkeypatch.setattr(environments, "captured", no_network)
    (outcome,) = lint.run(ROOT, tmp_path / "lint")
    assert outcome.is_good is None
    assert "no route to the registry" in outcome.output


def test_an_environment_is_made_once(tmp_path, monkeypatch):
    commands = []

    def run(command, _limit_s):
        commands.append(command)
        (tmp_path / "lint").mkdir(exist_ok=True)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(environments, "captured", run)
    assert environments.prepare(tmp_path / "lint", lint.REQUIREMENTS) is None
    assert environments.prepare(tmp_path / "lint", lint.REQUIREMENTS) is None
    assert [command[:3] for command in commands] == [[sys.executable, "-m", "uv"]] * 2


def test_the_policies_of_roles_are_read_as_json():
    found = dict(documents(sources(ROOT / "terraform")))
    (jobs,) = (policy for place, policy in found.items() if place == "flink/role.tf: this")
    by_sid = {statement["Sid"]: statement for statement in jobs["Statement"]}
    assert by_sid["Describe"]["Action"] == ["bedrock:InvokeModel"]
    assert by_sid["Code"]["Resource"] == ["arn:aws:s3:::bucket/*"]
    assert by_sid["Network"]["Resource"][0] == (
        "arn:aws:ec2:us-east-1:111122223333:network-interface/*"
    )
    # Trust and the policies of buckets and keys have principals: they are no role's.
    assert not any("trust" in place for place in found)


def test_linters_are_pinned():
    lines = [
        line.partition("#")[0].strip()
        for line in lint.REQUIREMENTS.read_text("utf-8").splitlines()
        if line.partition("#")[0].strip()
    ]
    assert len(lines) >= 2
    assert all("==" in line for line in lines)
