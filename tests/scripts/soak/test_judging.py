"""The verdict of a soak, on figures made up for it."""

from collections import Counter

import pytest

from scripts.soak.accounts import Accounts
from scripts.soak.judging import Check, judge_load, judge_soak
from scripts.soak.reporting import markdown, report, write
from scripts.soak.stream import Items, Stretch
from scripts.soak.watching import Look

MB = 2**20
RATE = 100
STEADY = Stretch("steady", 0, 100 * RATE, 0.0, 100.0)
PHASES = {
    "before": Stretch("before", 0, 100, 0.0, 20.0),
    "burst": Stretch("burst", 100, 300, 20.0, 40.0),
    "drain": Stretch("drain", 300, 400, 40.0, 60.0),
    "after": Stretch("after", 400, 500, 60.0, 80.0),
}


def look(at_s: float, **changes) -> Look:
    plain = {"rss_bytes": {"jvm": 1000 * MB, "python workers": 500 * MB}}
    plain |= {"heap_bytes": 400 * MB, "lag": 3, "cpu_s": {"jvm": at_s / 2}}
    return Look(at_s, **plain | changes)


def accounts(**changes) -> Accounts:
    plain = {"sent": 500, "evaluated": 490, "documents": 490, "alerts": 3}
    plain |= {"dead_letters": Counter({"parse_deals: price_missing": 10})}
    plain |= {"waits_ms": dict.fromkeys(range(0, 500, 10), 300.0)}
    return Accounts(**plain | changes)


def missed(checks: list[Check]) -> set[str]:
    return {check.what for check in checks if not check.is_met}


def soak(looks: list[Look], **changes) -> set[str]:
    return missed(judge_soak(looks, STEADY, accounts(**changes), RATE))


def load(looks: list[Look], *, is_drained: bool = True, **changes) -> set[str]:
    return missed(judge_load(looks, PHASES, accounts(**changes), is_drained=is_drained))


def test_a_level_run_is_well():
    assert soak([look(at) for at in range(100)]) == set()
    assert load([look(at) for at in range(80)]) == set()


@pytest.mark.parametrize(("growth", "wanted"), [(1.04, set()), (1.06, {"memory flat: jvm"})])
def test_memory_may_not_grow_by_more_than_a_twentieth(growth, wanted):
    looks = [look(at) for at in range(80)]
    grown = {"jvm": int(1000 * MB * growth), "python workers": 500 * MB}
    assert soak(looks + [look(at, rss_bytes=grown) for at in range(80, 100)]) == wanted


def test_what_was_before_the_phase_does_not_count():
    early = [look(at, rss_bytes={"jvm": 1}, lag=10**6) for at in range(-50, 0)]
    assert soak(early + [look(at) for at in range(100)]) == set()


def test_a_lag_that_grows_shows_that_the_rate_is_too_high():
    assert soak([look(at, lag=at * 10) for at in range(100)]) == {"lag stays"}


@pytest.mark.parametrize("changes", [{"lost": 1}, {"repeated": 1}, {"documents": 489}])
def test_each_item_comes_out_once(changes):
    assert soak([look(at) for at in range(100)], **changes) == {"nothing lost, nothing twice"}
    assert load([look(at) for at in range(80)], **changes) == {"nothing lost, nothing twice"}


def test_a_burst_may_not_take_half_as_much_memory_again():
    looks = [look(at) for at in range(80)]
    looks[50] = look(50, rss_bytes={"jvm": 1700 * MB, "python workers": 600 * MB})
    assert load(looks) == {"memory bounded"}


def test_a_lag_that_stays_after_a_burst_is_told():
    assert load([look(at) for at in range(80)], is_drained=False) == {"lag drains"}


@pytest.mark.parametrize(
    ("after_ms", "wanted"),
    [(900.0, set()), (5_000.0, {"alerts recover"}), (None, {"alerts recover"})],
)
def test_alerts_come_as_soon_as_before_or_soon(after_ms, wanted):
    waits = dict.fromkeys(range(0, 400, 10), 300.0)
    if after_ms is not None:
        waits |= dict.fromkeys(range(400, 500, 10), after_ms)
    assert load([look(at) for at in range(80)], waits_ms=waits) == wanted


def test_a_run_is_written_as_json_table_and_plot(tmp_path):
    looks = [look(at, heap_bytes=None if at == 3 else MB) for at in range(80)]
    checks = judge_load(looks, PHASES, accounts(), is_drained=False)
    settings = dict.fromkeys(
        ("rate", "minutes", "burst_minutes", "factor", "hot_ratio", "products", "seed"), 1
    )
    measured = report(looks, PHASES, checks, settings)
    assert measured["phases"]["burst"]["cores"] == {"jvm": 0.5}
    write(measured, tmp_path, "load")
    assert {path.name for path in tmp_path.iterdir()} == {"load.json", "load.md", "load.png"}
    table = markdown(measured)
    assert "| lag drains | 3 items at most of 200 in the burst, drained never | MISSED |" in table
    assert "| burst | 20 | 10 | jvm 0.50 |" in table
    at_once = PHASES | {"drain": Stretch("drain", 300, 300, 40.0, 40.0)}
    assert "| drain | 0 | 0 |  |" in markdown(report(looks, at_once, checks, settings))


def titles(items: list[dict[str, object]]) -> list[str]:
    return [str(each["title"]).rpartition(" $")[0] for each in items]


def test_every_item_is_a_deal_of_its_own_and_cheaper_than_the_one_before():
    items = Items(20, seed=1)
    seen = [items.item(position, 0.3) for position in range(1000)]
    assert len({each["link"] for each in seen}) == 1000
    (_, hot), *_ = Counter(titles(seen)).most_common(1)
    assert 0.25 < hot / 1000 < 0.42
    prices: dict[str, float] = {}
    for each in seen:
        name, _, price = each["title"].rpartition(" $")
        assert float(price) < prices.get(name, 10**6)
        prices[name] = float(price)


def test_each_product_comes_once_before_any_comes_again_but_the_hot_one():
    items = Items(200, seed=1)
    assert len(set(titles([items.item(position, 0.0) for position in range(200)]))) == 200
    hot_too = Items(200, seed=1)
    seen = Counter(titles([hot_too.item(position, 0.5) for position in range(300)]))
    (_, hot), (_, next_most), *_ = seen.most_common(2)
    assert hot > 100
    assert next_most == 1
