"""The benchmark itself, small: what is counted and whether all say the same; no time limits."""

import json

import pytest

from scripts.bench.__main__ import main
from scripts.bench.task import ENVIRONMENT

pytestmark = pytest.mark.broker


def test_all_variants_give_the_same_verdicts(tmp_path, capsys, monkeypatch):
    # What the benchmark sets for its processes is not for the tests after it.
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    options = ["--observations", "6000", "--products", "2000", "--rounds", "1"]
    options += ["--bad-ratio", "0.005"]
    folders = ["--home", str(tmp_path / "run"), "--out", str(tmp_path / "results")]
    assert main(options + folders) == 0, capsys.readouterr()
    measured = json.loads((tmp_path / "results" / "throughput.json").read_text())
    results = {result["variant"]: result for result in measured["results"]}
    assert results.keys() == {
        *("limit", "ours", "ours-linking", "quix", "datastream"),
        *("limit-history", "ours-history", "quix-history"),
    }
    for name in ("ours", "limit-history", "ours-history"):
        counted = {key: results[name][key] for key in ("inputs", "outputs", "bad")}
        assert counted == {key: results["limit"][key] for key in counted}
    assert results["limit"]["inputs"] == 6000
    assert results["limit"]["bad"] > 0
    assert results["limit"]["outputs"] < 6000 - results["limit"]["bad"]
    assert measured["differences"] == {
        name: {} for name in ("ours", "quix", "datastream", "ours-history", "quix-history")
    }
