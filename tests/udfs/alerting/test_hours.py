"""Quiet hours, days and digest periods, against a clock that is looked at each minute."""

import doctest
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.alerting import hours, policy
from udfs.alerting.hours import local_day, period_end, quiet_until
from udfs.alerting.policy import Digest, Policy, Terms, due_ms, terms

MINUTE_MS = 60_000
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
# Two days around the clock changes of 2026 in Berlin, New York and on Lord Howe Island.
CHANGES = [
    datetime(2026, *day, tzinfo=UTC) for day in ((3, 28), (10, 24), (3, 7), (10, 31), (4, 4))
]
MOMENTS = st.builds(
    lambda day, minutes: int((day + timedelta(minutes=minutes)).timestamp() * 1000),
    st.sampled_from(CHANGES),
    st.integers(0, 2 * 24 * 60),
)
TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from((0, 15, 30, 59)))


def clock(at_ms: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone))


def is_quiet(at_ms: int, start: str, end: str, zone: str) -> bool:
    now = f"{clock(at_ms, zone):%H:%M}"
    return start <= now < end if start < end else now >= start or now < end


@settings(max_examples=200, deadline=None)
@given(MOMENTS, TIMES, TIMES, st.sampled_from(ZONES))
def test_quiet_hours_end_when_the_clock_there_says_so(at_ms, start, end, zone):
    if start == end:
        return
    until_ms = quiet_until(at_ms, f"{start}-{end}", zone)
    if until_ms is None:
        assert not is_quiet(at_ms, start, end, zone)
        return
    assert is_quiet(at_ms, start, end, zone)
    minutes = range(at_ms, until_ms, MINUTE_MS)
    assert len(minutes) <= 25 * 60
    is_skipped = f"{clock(until_ms, zone):%H:%M}" != end
    assert all(is_quiet(minute, start, end, zone) for minute in minutes) or is_skipped
    # A clock that goes back at the end makes it quiet once more: that is told by the first end.
    assert is_skipped or f"{clock(until_ms, zone):%H:%M}" == end


@settings(max_examples=200, deadline=None)
@given(MOMENTS, st.sampled_from((1, 2, 6, 24, 168)), TIMES, st.sampled_from(ZONES))
def test_a_period_ends_at_its_hour_and_soon_enough(at_ms, every_hours, at, zone):
    end_ms = period_end(at_ms, every_hours, at, zone)
    assert at_ms < end_ms <= at_ms + (every_hours + 1) * 60 * MINUTE_MS
    there = clock(end_ms, zone)
    first = clock(end_ms - MINUTE_MS, zone)
    is_changing = (
        there.utcoffset() != first.utcoffset()
        or clock(end_ms + 60 * MINUTE_MS, zone).utcoffset()
        != clock(end_ms - 61 * MINUTE_MS, zone).utcoffset()
    )
    if not is_changing:
        assert there.minute == int(at[3:])
        assert (there.hour - int(at[:2])) % min(every_hours, 24) == 0
        assert every_hours != 168 or there.weekday() == 0
    # Whatever comes later in the period ends with it.
    assert period_end(end_ms - 1, every_hours, at, zone) == end_ms


def ms(*moment: int, zone: str = "Europe/Berlin") -> int:
    return int(datetime(*moment, tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def test_the_night_of_a_clock_change_ends_at_its_hour():
    assert quiet_until(ms(2026, 10, 24, 23), "22:00-07:00", "Europe/Berlin") == ms(2026, 10, 25, 7)
    assert quiet_until(ms(2026, 3, 29, 1), "22:00-02:30", "Europe/Berlin") == ms(2026, 3, 29, 3, 30)


def test_days_are_those_of_the_time_zone():
    assert local_day(ms(1970, 1, 2, zone="UTC"), "UTC") == 1
    assert local_day(ms(1970, 1, 2, zone="UTC") - 1, "UTC") == 0
    assert local_day(ms(1970, 1, 2, zone="UTC") - 1, "Asia/Tokyo") == 1


@pytest.mark.parametrize("at_ms", [-1, 0, 253_402_300_799_999, 2**62])
def test_times_that_no_calendar_has_break_nothing(at_ms):
    asked = Policy(digest=Digest(), quiet_hours="22:00-07:00", time_zone="Asia/Tokyo")
    assert terms("r", asked, at_ms, 0.0).digest_id


def test_a_digest_whose_end_is_quiet_is_told_when_quiet_hours_end():
    asked = Policy(digest=Digest(at="06:00"), quiet_hours="22:00-07:00")
    found = terms("r", asked, ms(2026, 5, 1, 12, zone="UTC"), 0.0)
    end_ms = ms(2026, 5, 2, 6, zone="UTC")
    assert (found.digest_id, found.tell_at, found.is_quiet) == (
        f"r@{end_ms}",
        end_ms + 60 * MINUTE_MS,
        True,
    )


def test_a_match_in_no_quiet_hours_and_no_digest_is_told_at_once():
    found = terms("r", Policy(quiet_hours="22:00-07:00"), ms(2026, 5, 1, 12, zone="UTC"), 0.5)
    assert found == Terms(quiet_hours="22:00-07:00 UTC", score=0.5)


def test_whoever_tells_late_keeps_the_quiet_hours_too():
    night = ms(2026, 5, 1, 23, zone="UTC")
    morning = ms(2026, 5, 2, 7, zone="UTC")
    assert due_ms(night, None, None) == night
    assert due_ms(night, None, "22:00-07:00 UTC") == morning
    assert due_ms(night, morning, None) == morning
    assert due_ms(morning, night, "22:00-07:00 UTC") == morning


def test_the_examples_in_the_docstrings_hold():
    for module in (hours, policy):
        assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("given_policy", "fault"),
    [
        ({"time_zone": "Europe"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"quiet_hours": "22-7"}, "quiet_hours"),
        ({"quiet_hours": "07:00-07:00"}, "must not start when they end"),
        ({"daily_cap": 0}, "daily_cap"),
        ({"again_if_cheaper_by": 0.00001}, "at most four places"),
        ({"digest": {"every_hours": 5}}, "every_hours"),
        ({"digest": {"at": "24:00"}}, "at"),
        ({"digest": {}, "daily_cap": 2}, "a digest tells its best only"),
        ({"snooze": 1}, "snooze"),
    ],
)
def test_a_policy_that_means_nothing_is_refused(given_policy, fault):
    with pytest.raises(ValueError, match=fault):
        Policy.model_validate(given_policy)
