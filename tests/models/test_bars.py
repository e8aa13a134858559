import pytest

from models import bars


@pytest.mark.parametrize(
    ("key", "value", "levels"),
    [
        ("medape", 33, "none"),
        ("medape", 32, "fast"),
        ("medape", 28.5, "fast, accurate, aim"),
        ("rows_per_core_s", 9_999, "accurate, aim"),
        ("coverage", 82, "fast, accurate"),
        ("coverage", 77.9, "none"),
        ("coverage", float("nan"), "none"),
        ("coverage", None, ""),
    ],
)
def test_a_value_reaches_the_levels_that_hold_it(key, value, levels):
    assert bars.BARS[key].reached(value) == levels


PERFECT = {
    "medape": 1.0, "rmsle": 0.1, "mae_usd": 1.0, "within_20": 99.0, "coverage": 80.0,
    "coverage_low": 80.0, "coverage_high": 80.0, "width": 2.0, "precision": 99.0,
    "rows_per_core_s": 1e6, "start_s": 0.1, "peak_mb": 100.0,
}  # fmt: skip


def test_a_size_is_reached_by_all_of_its_figures_together():
    assert bars.verdict(PERFECT, "accurate") == "must reached; aim reached"
    one_short = PERFECT | {"mae_usd": 75.0}
    assert bars.verdict(one_short, "fast") == "must reached; aim missed in MAE"
    assert bars.verdict(one_short, "accurate") == "must missed in MAE; aim missed in MAE"


def test_a_figure_that_was_not_taken_is_not_reached():
    found = bars.verdict(PERFECT | {"precision": None}, "fast")
    assert found.startswith("must missed in deals in the top 5 %")


def test_the_table_shows_each_bar_both_sizes_and_the_baselines_beside_them():
    short = PERFECT | {"medape": 31.0}
    lines = bars.table({"fast": short, "accurate": short, "ridge": {"medape": 40.0}}).splitlines()
    assert len(lines) == 2 + len(bars.BARS)
    assert lines[2] == (
        "| MedAPE | <= 32.0 % | <= 30.5 % | <= 28.5 % | 31.0 % | **31.0 %** | 40.0 % |"
    )
    assert lines[3].endswith("| 0.100 (aim) | 0.100 (aim) |  |")
    assert {line.count("|") for line in lines} == {8}
