"""A short run through all of it; what it says of time and memory is not looked at."""

import json

import pytest

from scripts.bench.task import ENVIRONMENT
from scripts.soak.__main__ import main

pytestmark = pytest.mark.broker


def test_a_burst_through_all_jobs_loses_nothing(tmp_path, capsys, monkeypatch):
    # What the run sets for its processes is not for the tests after it.
    for name, value in (ENVIRONMENT | {"JVM_ARGS": ""}).items():
        monkeypatch.setenv(name, value)
    options = ["--load", "--rate", "10", "--factor", "5", "--products", "40"]
    options += ["--warm-up-minutes", "0.1", "--burst-minutes", "0.1", "--drain-minutes", "5"]
    main([*options, "--home", str(tmp_path / "run"), "--out", str(tmp_path / "results")])
    said = capsys.readouterr()
    assert (tmp_path / "results" / "load.png").exists(), said
    measured = json.loads((tmp_path / "results" / "load.json").read_text())
    checks = {check["what"]: check for check in measured["checks"]}
    assert checks["nothing lost, nothing twice"]["is_met"], checks
    assert checks["lag drains"]["is_met"], checks
    assert measured["phases"].keys() == {"warm-up", "before", "burst", "drain", "after"}
    kinds = measured["looks"][-1]["rss_bytes"]
    assert {"jvm", "python workers"} <= kinds.keys()
    assert min(kinds.values()) > 0
