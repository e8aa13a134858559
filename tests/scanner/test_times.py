from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from scripts.scanner.times import to_epoch_ms, to_iso

SYDNEY = ZoneInfo("Australia/Sydney")


@pytest.mark.parametrize(
    ("text", "epoch_ms"),
    [
        ("Fri, 18 Nov 2016 20:55:22 GMT", 1479502522000),
        ("Sun, 26 Jul 2026 23:30:55 +0100", 1785105055000),
        ("2026-07-26T23:30:55+01:00", 1785105055000),
        ("2026-07-26T22:30:55Z", 1785105055000),
        ("2026-07-26T22:30:55.250Z", 1785105055250),
        ("Sun, 26 Jul 2026 22:30:55", 1785105055000),
        ("26 Jul 2026 22:30:55 -0000", 1785105055000),
        ("soon", None),
        ("", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-23:59", None),
        ("Sun, 99 Jul 2026 22:30:55 GMT", None),
    ],
)
def test_dates_become_utc_epoch_milliseconds(text, epoch_ms):
    assert to_epoch_ms(text, UTC) == epoch_ms


def test_a_date_without_zone_is_in_the_feeds_own():
    assert to_epoch_ms("2026-07-01 00:00", SYDNEY) == to_epoch_ms("2026-06-30T14:00Z", UTC)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-12-20 23:59", "2026-12-20T23:59:00+11:00"),  # daylight saving time
        ("2026-07-20T23:59:00", "2026-07-20T23:59:00+10:00"),
        ("2026-07-20T23:59:00-04:00", "2026-07-20T23:59:00-04:00"),
        ("Mon, 20 Jul 2026 23:59:00 +0200", "2026-07-20T23:59:00+02:00"),
        ("while stocks last", "while stocks last"),
    ],
)
def test_expiry_becomes_iso_with_offset_where_it_is_a_date(text, iso):
    assert to_iso(text, SYDNEY) == iso
