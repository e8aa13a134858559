"""The budget of dead letters, end to end: a job over it stops for good, one under it runs on."""

import time

import pytest

from local.application import Application, ApplicationError
from local.progress import Progress
from scripts.dlq.letters import Filter, read_letters
from tests.application import Running, raw_deal, start

pytestmark = pytest.mark.broker

BUDGET = {"max.ratio": "0.6", "window.records": "20", "max.consecutive": "5"}
JOB = {"run": "parse_deals"}


@pytest.fixture
def parsing(tmp_path):
    """A parser with a small budget and no noise from other tests."""
    yield from start(tmp_path, {"Jobs": JOB, "DeadLetters": BUDGET})


def good(number: int) -> dict:
    return raw_deal(title=f"Acme Lamp {number} $20", item_id=f"good{number}")


def bad(number: int) -> dict:
    return raw_deal(title=f"Sale on everything {number}", item_id=f"bad{number}")


def await_end(application: Application) -> str:
    """The log of the jobs, once they have ended."""
    until_s = time.monotonic() + 60
    while True:
        try:
            application.check()
        except ApplicationError:
            return application.log.read_text("utf-8")
        assert time.monotonic() < until_s, "the job runs on"
        time.sleep(0.5)


def await_parsed(parsing: Running, item_id: str) -> None:
    parsing.await_records("deals.parsed", lambda deal: deal["item_id"] == item_id)


def test_a_job_over_its_budget_stops_for_good_says_why_and_loses_nothing(parsing: Running):
    # A quarter of 200 is under the 60 % that are allowed.
    parsing.send_deals(*(bad(n) if n % 4 == 0 else good(n) for n in range(200)))
    await_parsed(parsing, "good199")
    assert [job["state"] for job in parsing.application.overview()] == ["RUNNING"]

    parsing.send_deals(*(bad(n) for n in range(1000, 1006)), good(2000))
    log = await_end(parsing.application)
    (said,) = [line for line in log.splitlines() if line.startswith("Dead-letter budget spent")]
    assert "parse_deals put 6 records in a row of deals.raw, partition 0, aside" in said

    # A larger budget lets it go on from its checkpoint.
    wider = BUDGET | {"max.consecutive": "10"}
    again = Application(
        parsing.application.home,
        parsing.stack.endpoints(),
        {"Jobs": JOB, "DeadLetters": wider, "LocalFlink": {"checkpoint.interval.s": "2"}},
    )
    try:
        again.launch()
        again.await_running(Progress())
        parsing.application = again
        await_parsed(parsing, "good2000")
    finally:
        again.stop()
    letters = read_letters(parsing.connection, Filter(), frozenset())
    wanted = {f"bad{n}" for n in [*range(0, 200, 4), *range(1000, 1006)]}
    decode = parsing.connection.codec.decode
    assert {decode(letter.payload)["item_id"] for letter in letters} == wanted
