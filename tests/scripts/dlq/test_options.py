import argparse
from datetime import UTC, datetime

import pytest

from scripts.dlq import __main__ as dlq


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-11-28T09:00", datetime(2026, 11, 28, 9, tzinfo=UTC)),
        ("2026-11-28", datetime(2026, 11, 28, tzinfo=UTC)),
        ("2026-11-28T09:00+02:00", datetime(2026, 11, 28, 7, tzinfo=UTC)),
    ],
)
def test_times_are_utc_where_they_name_no_zone(text, when):
    assert dlq.moment(text) == when.timestamp() * 1000


def test_a_span_is_counted_back_from_now():
    age_ms = datetime.now(UTC).timestamp() * 1000 - dlq.moment("2h")
    assert age_ms == pytest.approx(2 * 3600 * 1000, abs=60_000)


def test_no_time_is_an_error():
    with pytest.raises(argparse.ArgumentTypeError, match="yesterday"):
        dlq.moment("yesterday")


def test_a_replay_of_everything_must_be_asked_for(capsys):
    with pytest.raises(SystemExit) as ended:
        dlq.main(["replay"])
    assert ended.value.code == 2
    assert "--all" in capsys.readouterr().err


def test_a_reason_that_there_is_not_is_an_error(capsys):
    with pytest.raises(SystemExit):
        dlq.main(["list", "--reason", "nonsense"])
    assert "price_missing" in capsys.readouterr().err
