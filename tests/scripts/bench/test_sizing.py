import json

import pytest

from scripts.bench.sizing import main, needed
from scripts.cost.month import prices

USD = prices()


def test_a_small_volume_needs_the_least_there_is():
    found = needed(0.3, 500e-6, 2_000, USD)
    assert (found.kpus, found.brokers, found.nodes) == (2, 3, 3)


def test_a_large_volume_needs_in_proportion():
    one, ten = (needed(volume, 500e-6, 2_000, USD) for volume in (50_000, 500_000))
    assert one.kpus == 43  # 25 cores at 60 %, and one of the service's own
    assert one.nodes == 42
    assert ten.usd / one.usd == pytest.approx(10, rel=0.03)


def test_a_deal_that_takes_half_the_cpu_takes_half_the_kpus():
    assert needed(50_000, 250e-6, 2_000, USD).kpus == 22


def test_the_table_is_made_of_what_was_measured(tmp_path, capsys):
    assert main(["--folder", str(tmp_path)]) == 1
    assert "measure first" in capsys.readouterr().err
    runs = [{"stage": "all jobs", "parallelism": 1, "per_core_s": 2_000.0}]
    (tmp_path / "pipeline.json").write_text(json.dumps({"runs": runs}))
    (tmp_path / "search.json").write_text(json.dumps({"found": [{"bulk_per_s": 1_500.0}]}))
    assert main(["--folder", str(tmp_path)]) == 0
    assert (
        "From 500 us of a core a deal and 1,500 documents" in (tmp_path / "sizing.md").read_text()
    )
