import asyncio
import io
import json
import logging

import pytest

from udfs.alerting.book import RuleReader
from udfs.logs import JsonLines, correlated, correlation_id, job_of, log_as_json
from udfs.version import CODE_VERSION


class FnApiLogRecordHandler(logging.StreamHandler):
    """Named as the handler of PyFlink's workers."""


@pytest.fixture
def bare(monkeypatch):
    """Makes the root logger one without handlers; pytest adds its own after fixtures are set up."""

    def bare() -> logging.Logger:
        logger = logging.getLogger()
        monkeypatch.setattr(logger, "handlers", [])
        monkeypatch.setattr(logger, "level", logging.WARNING)
        return logger

    return bare


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_job_version_and_what_it_is_about(bare):
    stream = io.StringIO()
    bare()
    log_as_json(stream)
    with correlated("alert-7"):
        logging.getLogger("udfs.describing.limits").warning("paused: failures=%d", 5)
    logging.getLogger("other").warning("x")
    about_alert, other = lines(stream)
    assert about_alert | {"at": ""} == {
        "at": "",
        "level": "WARNING",
        "logger": "udfs.describing.limits",
        "job": "alert_deals",
        "version": CODE_VERSION,
        "correlation_id": "alert-7",
        "message": "paused: failures=5",
    }
    assert about_alert["at"].endswith("+00:00")
    assert (other["job"], other["correlation_id"]) == ("application", correlation_id())


def test_a_traceback_and_a_forged_line_stay_in_their_own_line(bare):
    bare()
    stream = io.StringIO()
    log_as_json(stream)
    try:
        int("bad\nline")
    except ValueError:
        logging.getLogger("a").exception('title\n{"level": "INFO"}\u2028x')
    (line,) = lines(stream)
    assert line["message"] == 'title\n{"level": "INFO"}\u2028x'
    assert "ValueError: invalid literal" in line["error"]
    assert len(stream.getvalue().splitlines()) == 1


def test_the_lines_of_a_worker_go_where_its_handler_sends_them(bare):
    stream = io.StringIO()
    root = bare()
    root.addHandler(FnApiLogRecordHandler(stream))
    log_as_json()
    log_as_json()
    assert len(root.handlers) == 1
    logging.getLogger("udfs.alerting.book").warning("x")
    assert lines(stream)[0]["job"] == "alert_deals"


def test_another_handler_keeps_its_form(bare):
    stream = io.StringIO()
    bare().addHandler(logging.StreamHandler(stream))
    log_as_json()
    logging.getLogger("a").warning("x")
    assert stream.getvalue() == "x\n"


def test_calls_at_the_same_time_are_each_about_their_own():
    async def about(name):
        with correlated(name):
            await asyncio.sleep(0)
            return correlation_id()

    async def both():
        return await asyncio.gather(about("a"), about("b"))

    assert asyncio.run(both()) == ["a", "b"]


@pytest.mark.parametrize(
    ("logger", "job"),
    [
        ("udfs.parsing.prices", "parse_deals"),
        ("udfs.verdicts", "evaluate_deals"),
        ("udfs.flink.linking", "evaluate_deals"),
        ("opensearch", "index_deals"),
        ("udfs.parsings", "application"),
        ("", "application"),
    ],
)
def test_a_logger_speaks_for_a_job(logger, job):
    assert job_of(logger) == job


class OneBadRule:
    """A topic that holds one record, which is no rule."""

    def __init__(self):
        self._records = [("tv-rule", b"?")]

    def poll(self, _timeout_s):
        records, self._records = self._records, []
        return records

    def is_at_end(self):
        return True

    def close(self):
        pass


def test_a_rejected_rule_is_what_its_line_is_about(bare, monkeypatch):
    def decode(value):
        raise ValueError(value)

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = bare()
    root.addHandler(handler)
    monkeypatch.setattr(root, "level", logging.INFO)
    reader = RuleReader(OneBadRule(), decode).start()
    reader.close()
    rejected = [line for line in lines(stream) if "rejected: key" in line["message"]]
    assert [line["correlation_id"] for line in rejected] == ["tv-rule"]
