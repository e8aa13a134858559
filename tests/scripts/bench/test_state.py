from dataclasses import replace

import pytest

from scripts.bench.state import Kept, _kept, markdown

KEPT = Kept(
    products=1_000_000,
    looks=2,
    state_bytes=200_000_000,
    checkpoints=4,
    checkpoint_s=(0.8, 2.5),
    added_bytes=3e6,
)


def checkpoint(trigger_timestamp, milliseconds, size):
    return {
        "trigger_timestamp": trigger_timestamp,
        "end_to_end_duration": milliseconds,
        "state_size": size,
        "checkpointed_size": 1_000,
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "bytes aim met (500 / 250); checkpoint aim met (3 / 1)"),
        ({"state_bytes": 260_000_000}, "bytes met (500 / 250)"),
        ({"state_bytes": 501_000_000}, "bytes missed (500 / 250)"),
        ({"checkpoint_s": (3.1, 9.0)}, "checkpoint missed (3 / 1)"),
    ],
)
def test_the_table_says_which_bar_is_met(changes, said):
    assert said in markdown([replace(KEPT, **changes)])


def test_the_bar_of_checkpoints_is_for_a_million_products():
    assert "checkpoint aim" not in markdown([replace(KEPT, products=10_000)])


def test_only_checkpoints_of_the_steady_time_count_and_the_newest_has_the_size():
    newest_first = [checkpoint(3, 300, 900), checkpoint(2, 100, 800), checkpoint(1, 9_000, 100)]
    kept = _kept(10, 2, 2.0, newest_first)
    assert (kept.checkpoints, kept.checkpoint_s, kept.state_bytes) == (2, (0.2, 0.3), 900)
    assert kept.bytes_a_product == 90


def test_without_a_checkpoint_there_is_no_figure():
    with pytest.raises(TimeoutError, match="steady"):
        _kept(10, 2, 5.0, [checkpoint(4, 1, 1)])
