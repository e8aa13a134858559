import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from udfs.alerting.postings import Postings, bounded, contains, spans

COUNTS = st.lists(st.integers(0, 9), max_size=9)


@given(st.lists(st.lists(st.integers(0, 99), max_size=4), min_size=1, max_size=6), st.data())
def test_lists_are_read_back_as_they_were_filed(lists, data):
    keys = np.array(data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=9)), dtype=np.int64)
    positions, members = Postings.of(lists).read(keys)
    expected = [(n, each) for n, key in enumerate(keys.tolist()) for each in lists[key]]
    assert list(zip(positions.tolist(), members.tolist(), strict=True)) == expected


@given(COUNTS)
def test_slices_cover_every_position_once_and_stay_bounded(counts):
    parts = list(bounded(np.array(counts, dtype=np.int64), limit=10))
    assert [n for part in parts for n in range(len(counts))[part]] == list(range(len(counts)))
    assert all(sum(counts[part]) <= 10 or part.stop - part.start == 1 for part in parts)


@given(COUNTS)
def test_spans_are_the_ranges_one_after_the_other(counts):
    starts = np.arange(len(counts)) * 100
    written = spans(starts, np.array(counts, dtype=np.int64)).tolist()
    assert written == [
        s + n for s, c in zip(starts.tolist(), counts, strict=True) for n in range(c)
    ]


@given(st.sets(st.integers(-5, 20)), st.lists(st.integers(-9, 25)))
def test_contains_is_membership(members, keys):
    found = contains(np.array(sorted(members), dtype=np.int64), np.array(keys, dtype=np.int64))
    assert found.tolist() == [key in members for key in keys]
