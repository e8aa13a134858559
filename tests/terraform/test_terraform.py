import doctest
from pathlib import Path

import pytest

from scripts.infra import blocks, lint, terraform
from scripts.infra.__main__ import main
from scripts.infra.outcome import Outcome
from scripts.infra.terraform import MIRROR_VARIABLE, PROVIDER, find_mirror, loosened

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("module", [blocks, terraform])
def test_the_examples_hold(module):
    assert doctest.testmod(module).failed == 0


def test_the_newest_provider_of_a_mirror_is_found(tmp_path):
    for version in ("5.9.0", "5.100.0"):
        (tmp_path / PROVIDER / version / "linux_amd64").mkdir(parents=True)
    (tmp_path / PROVIDER / "6.50.0" / "darwin_arm64").mkdir(parents=True)
    found = find_mirror("linux_amd64", {MIRROR_VARIABLE: str(tmp_path)})
    assert found is not None
    assert (found.folder, found.version) == (tmp_path, "5.100.0")


def test_a_mirror_without_the_provider_is_none(tmp_path):
    assert find_mirror("linux_amd64", {MIRROR_VARIABLE: str(tmp_path)}) is None


def test_the_bound_stays_for_a_provider_that_satisfies_it():
    text = (ROOT / "terraform" / "bootstrap" / "versions.tf").read_text("utf-8")
    assert loosened(text, "6.69.1") == text
    assert 'version = ">= 5.100.0"' in loosened(text, "5.100.0")


def test_without_terraform_the_rest_is_checked_and_the_gap_is_told(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(lint, "run", lambda: iter(()))
    assert main([]) == 0
    told = capsys.readouterr().out
    assert "ok       schema\nok       enums\nok       policies\n" in told
    assert "SKIPPED  terraform" in told
    assert "no terraform binary" in told
    assert told.splitlines()[-1] == "infra: ok, but see SKIPPED"


def test_a_failure_of_terraform_is_a_failure(monkeypatch, capsys):
    outcomes = [
        Outcome("validate x", is_good=False, output="why"),
        Outcome("fmt", is_good=True, output=""),
    ]
    monkeypatch.setattr(lint, "run", lambda: iter(()))
    monkeypatch.setattr(terraform, "run", lambda *_: iter(outcomes))
    assert main([]) == 1
    assert "FAILED   validate x\n    why\n" in capsys.readouterr().out
