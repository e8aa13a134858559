import json
import subprocess
import sys

import numpy as np
import pytest

from models import bars, bench, reliability
from models.data import Products
from models.offers import simulate
from udfs.pricing.model import Size


def products(price_usd, sources=None):
    count = len(price_usd)
    names = np.array(sources if sources is not None else ["shop"] * count, object)
    nothing = [None] * count
    return Products([f"ssd {n}" for n in range(count)], nothing, nothing, names, price_usd, names)


def test_absent_data_is_one_clear_line_and_exit_2(tmp_path, capsys):
    assert bench.main(["--data", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "--data" in error
    assert error.count("\n") == 1


def test_only_cells_of_200_rows_are_judged():
    price = np.full(450, 30.0)
    rows = products(price, ["big"] * 251 + ["small"] * 199)
    estimate = np.stack([price * 0.5, price, price * 2], axis=1)
    estimate[251:] *= 10  # the small source is all wrong
    assert set(bench.judged_cells(rows, estimate)) == {"$20-50", "big"}
    found = bench.accuracy(rows, estimate)
    assert found["coverage_high"] == 100
    assert found["coverage_low"] == pytest.approx(251 / 450 * 100)


def test_points_without_interval_have_no_coverage():
    price = np.full(300, 30.0)
    found = bench.accuracy(products(price), price)
    assert found["medape"] == 0
    assert found["coverage"] is found["coverage_low"] is found["coverage_high"] is None


def test_knowing_the_fair_price_finds_every_deal():
    price = np.geomspace(5, 2_000, 4_000)
    assert bench.precision(products(price), price) == 100
    assert simulate(price, reliability.SEED).is_deal.mean() > 0.05


@pytest.mark.parametrize(("size", "most_mb"), [(Size.FAST, 400), (Size.ACCURATE, 900)])
def test_a_worker_of_the_committed_model_reports_what_the_bars_ask_of_it(size, most_mb):
    found = bench.in_worker(bench.DEFAULT_MODEL, size, products(np.full(600, 30.0)))
    assert set(found) == {"start_s", "rows_per_core_s", "peak_mb"} <= set(bars.BARS)
    assert all(value > 0 for value in found.values())
    # Not what the process of the tests has: the worker imports neither jax nor pandas.
    assert found["peak_mb"] < most_mb


def test_a_worker_imports_nothing_of_training():
    code = "import json, sys, models.worker, udfs.pricing.model; "
    code += "print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"jax", "pandas", "sklearn", "matplotlib"} & set(json.loads(run.stdout))
