from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from schemas.codec import Codec
from scripts.bench.pipeline import WHOLE, markdown
from scripts.bench.pipeline_run import Progress, Run
from scripts.bench.whole import items

RUN = Run(
    stage=WHOLE,
    parallelism=1,
    items=60_000,
    per_s=900.0,
    cpu_us={"jvm": 200.0, "python workers": 250.0},
    per_core_s=2_222.0,
    first_output_s=9.0,
    peak_rss_bytes=2**30,
)


class Plain(Codec):
    """Passes records on."""

    def __init__(self):
        pass

    def encode(self, topic, record, **_):
        return record


def test_one_offer_in_ten_is_of_a_product_not_met_before():
    found = list(items(Plain(), 2_000, "series"))
    titles = Counter(item["title"].rpartition(" $")[0] for item in found)
    assert 150 <= len(titles) <= 250
    assert max(titles.values()) > 1
    for name in ("item_id", "link"):
        assert len({item[name] for item in found}) == 2_000
    others = {item["title"].rpartition(" $")[0] for item in items(Plain(), 2_000, "another")}
    assert not others & titles.keys()


def test_a_known_product_is_offered_cheaper_each_time():
    found = list(items(Plain(), 300, "series", new_ratio=0.0))
    prices = [float(item["title"].rpartition("$")[2]) for item in found]
    assert all(one > other for one, other in pairwise(prices))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "met (2,000 / 5,000 deals/core-s); start met (15 / 8 s)"),
        ({"per_core_s": 1_999.0}, "missed (2,000 / 5,000 deals/core-s)"),
        ({"first_output_s": 15.1}, "start missed (15 / 8 s)"),
        ({"first_output_s": 7.9}, "start aim met (15 / 8 s)"),
    ],
)
def test_the_table_says_which_bar_is_met(changes, said):
    assert said in markdown([replace(RUN, **changes)])


def test_a_job_alone_has_no_bar():
    assert "met" not in markdown([replace(RUN, stage="parse_deals")])


def test_progress_knows_when_so_much_was_out():
    progress = Progress(lambda: 0, [(1.0, 0), (2.0, 40), (3.0, 100)])
    assert (progress.reached_s(20), progress.reached_s(100)) == (2.0, 3.0)
