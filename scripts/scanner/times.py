"""Dates as feeds write them."""

import time
from calendar import timegm
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime

# An item from outside these years is a mistake of the feed, not news.
_FIRST_MS = 631_152_000_000  # 1990
_END_MS = 4_102_444_800_000  # 2100


def to_datetime(text: str, zone: tzinfo) -> datetime | None:
    """A date in ISO 8601 or RFC 822; one without a zone is in `zone`. None = unreadable."""
    text = text.strip()
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return None


def to_epoch_ms(text: str, zone: tzinfo, parsed: time.struct_time | None = None) -> int | None:
    """UTC epoch milliseconds of a date.

    Args:
        text: The date as the feed has it.
        zone: Of a date that carries none.
        parsed: Feedparser's reading in UTC, for the formats that only feedparser knows.

    Returns:
        None where nothing readable is there, or a year outside 1990 to 2099.
    """
    moment = to_datetime(text, zone)
    try:
        if moment is not None:
            epoch_ms = round(moment.timestamp() * 1000)
        elif parsed is not None:
            epoch_ms = timegm(parsed) * 1000
        else:
            return None
    except (OverflowError, ValueError):
        return None
    return epoch_ms if _FIRST_MS <= epoch_ms < _END_MS else None


def to_iso(text: str, zone: tzinfo) -> str:
    """A date as ISO 8601 with offset, in its own zone; unreadable text as it is.

    >>> to_iso("2026-12-20 23:59", UTC)
    '2026-12-20T23:59:00+00:00'
    >>> to_iso("while stocks last", UTC)
    'while stocks last'
    """
    moment = to_datetime(text, zone)
    try:
        return text if moment is None else moment.isoformat()
    except (OverflowError, ValueError):
        return text


def from_epoch_ms(epoch_ms: int) -> datetime:
    """The moment, in UTC."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)
