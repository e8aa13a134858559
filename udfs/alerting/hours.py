"""Wall-clock times of a rule: quiet hours, days and digest periods in its time zone.

All of it is a function of the deal's event time alone, so a replay gives the same times. Clocks
are set by whole minutes, so the answers of a minute are looked up, not worked out again.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WEEK_HOURS = 168
MINUTE_MS = 60_000
REMEMBERED = 10_000
_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(1970, 1, 1)
# Times are held within what calendars can add to; no deal is from the year 9000.
_LAST_MS = int(datetime(9000, 1, 1, tzinfo=UTC).timestamp() * 1000)


def zone(name: str) -> ZoneInfo:
    """Find a time zone of the IANA database.

    Raises:
        ValueError: there is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = "is no time zone such as Europe/Berlin"
        raise ValueError(message) from None


def window(text: str) -> tuple[time, time]:
    """Read "22:00-07:00", which may span midnight.

    Raises:
        ValueError: it is none.

    >>> window("22:00-07:30")
    (datetime.time(22, 0), datetime.time(7, 30))
    """
    found = _WINDOW.fullmatch(text)
    if found is None:
        message = "must be HH:MM-HH:MM, such as 22:00-07:00"
        raise ValueError(message)
    start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if start == end:
        message = "must not start when they end"
        raise ValueError(message)
    return start, end


def local_day(at_ms: int, name: str) -> int:
    """The day there, counted from 1970-01-01."""
    return _local_day(_minute(at_ms), name)


@lru_cache(REMEMBERED)
def _local_day(at_ms: int, name: str) -> int:
    return (_local(at_ms, zone(name)).date() - _FIRST_DAY).days


def quiet_until(at_ms: int, quiet_hours: str, name: str) -> int | None:
    """Tell when the quiet hours end in which a moment falls.

    Args:
        at_ms: UTC epoch milliseconds.
        quiet_hours: See `window`; the start is within, the end is not.
        name: Of the time zone.

    Returns:
        UTC epoch milliseconds, or None where it falls in none.

    >>> quiet_until(23 * 3_600_000, "22:00-07:00", "UTC") == 31 * 3_600_000
    True
    """
    return _quiet_until(_minute(at_ms), quiet_hours, name)


@lru_cache(REMEMBERED)
def _quiet_until(at_ms: int, quiet_hours: str, name: str) -> int | None:
    start, end = window(quiet_hours)
    there = zone(name)
    local = _local(at_ms, there)
    now = local.time()
    is_quiet = start <= now < end if start < end else now >= start or now < end
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=int(start > end and now >= start))
    return _utc_ms(datetime.combine(day, end), there, after_ms=at_ms)


def period_end(at_ms: int, every_hours: int, at: str, name: str) -> int:
    """Tell when the digest period ends in which a moment falls.

    Args:
        at_ms: UTC epoch milliseconds.
        every_hours: A divisor of 24, or 168: then weeks end on Mondays.
        at: "HH:MM", when one of the day's periods ends.
        name: Of the time zone.

    Returns:
        UTC epoch milliseconds, after `at_ms`.
    """
    return _period_end(_minute(at_ms), every_hours, at, name)


@lru_cache(REMEMBERED)
def _period_end(at_ms: int, every_hours: int, at: str, name: str) -> int:
    there = zone(name)
    local = _local(at_ms, there)
    hour, minute = map(int, at.split(":"))
    end = datetime.combine(local.date() - timedelta(days=1), time(hour, minute))
    if every_hours == WEEK_HOURS:
        end -= timedelta(days=end.weekday())
    # Wall-clock times: a day of 23 or 25 hours has its digest at the same hour as any other.
    step = timedelta(hours=every_hours)
    end += max(0, (local - end) // step - 1) * step
    while (end_ms := _utc_ms(end, there, after_ms=at_ms)) <= at_ms:
        end += step
    return end_ms


def _minute(at_ms: int) -> int:
    """The minute's start, within what calendars can add to."""
    held = min(max(at_ms, 0), _LAST_MS)
    return held - held % MINUTE_MS


def _local(at_ms: int, there: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(there).replace(tzinfo=None)


def _utc_ms(local: datetime, there: ZoneInfo, after_ms: int) -> int:
    """The moment of a wall-clock time; of one that comes twice, the first after `after_ms`."""
    moments = [
        (local.replace(tzinfo=there, fold=fold) - _EPOCH) // timedelta(milliseconds=1)
        for fold in (0, 1)
    ]
    # A time that a clock skips has its folds the other way round: the later one is after the gap.
    return next((moment for moment in moments if moment > after_ms), max(moments))
