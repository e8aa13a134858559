import json
from dataclasses import replace

from scripts.bench.reporting import markdown, ratios, report, write
from scripts.bench.throughput import Result
from scripts.bench.workload import Workload


def result(variant, number, rate):
    return Result(
        variant=variant,
        round=number,
        inputs=1_000,
        outputs=900,
        bad=1,
        steady_s=30.0,
        events_per_s=rate,
        cpu_s_per_million={"jvm": 40.0, "python workers": 60.0},
        events_per_core_s=rate,
        broker_cpu_s_per_million=5.0,
        peak_rss_bytes=2**30,
        first_output_s=8.0,
    )


RESULTS = [
    *(result("ours", number, rate) for number, rate in enumerate((6_000, 9_000, 8_000))),
    *(result("quix", number, rate) for number, rate in enumerate((2_000, 2_000, 4_000))),
    *(result("limit", number, 20_000) for number in range(3)),
]


def test_ratios_are_of_the_same_alternation():
    quix, limit = ratios(RESULTS)
    assert (quix["min"], quix["median"], quix["max"]) == (2.0, 3.0, 4.5)
    assert limit["median"] == 0.4


def test_the_table_says_which_bar_is_met():
    text = markdown(report(RESULTS, {"ours": {}, "quix": {"verdict": 2}}, Workload()))
    assert "| Quix Streams, model included | 2.00 | 3.00 | 4.50 | 3 | 6 | met |" in text
    assert "| the limit, model included | 0.30 | 0.40 | 0.45 | 0.75 | 0.9 | missed |" in text
    assert "- Deal Finder, linking off: the same records as the limit" in text
    assert "- Quix Streams: verdict 2" in text
    assert "8,000 (6,000-9,000)" in text
    assert "say little" not in text


def test_a_run_too_short_to_mean_anything_is_called_so():
    short = [replace(each, steady_s=2.0) for each in RESULTS]
    assert "say little" in markdown(report(short, {}, Workload()))


def test_results_are_written_as_json_table_and_plot(tmp_path):
    write(report(RESULTS, {}, Workload()), tmp_path)
    assert json.loads((tmp_path / "throughput.json").read_text())["ratios"][0]["median"] == 3.0
    assert (tmp_path / "throughput.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "throughput.md").stat().st_size > 500
