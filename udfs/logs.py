"""Logs as JSON lines: which job of which version says it, and what it is about.

A line has `at` (UTC, ISO 8601), `level`, `logger`, `job`, `version`, `correlation_id`, `message`
and, after a failure, `error` (the traceback). Lines of one process share a correlation id; a line
about one alert, deal, rule or record has that one's instead.
"""

import contextvars
import json
import logging
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

from udfs.version import CODE_VERSION

# The job that a logger speaks for; the longest name that fits counts. Several jobs share a process.
JOBS = {
    "udfs.parsing": "parse_deals",
    "udfs.pricing": "evaluate_deals",
    "udfs.verdicts": "evaluate_deals",
    "udfs.matching": "evaluate_deals",
    "udfs.flink.linking": "evaluate_deals",
    "udfs.indexing": "index_deals",
    "udfs.searching": "index_deals",
    "opensearch": "index_deals",
    "opensearchpy": "index_deals",
    "udfs.alerting": "alert_deals",
    "udfs.describing": "alert_deals",
    "botocore": "alert_deals",
}
NO_JOB = "application"

# How PyFlink's worker processes hand lines to the task manager. By name: the handler is Beam's,
# and this module knows no engine.
WORKER_HANDLER = "FnApiLogRecordHandler"

_PROCESS_ID = uuid.uuid4().hex[:16]
_about: contextvars.ContextVar[str | None] = contextvars.ContextVar("about", default=None)


@contextmanager
def correlated(correlation_id: str) -> Iterator[None]:
    """Lines that are written inside, by this thread or coroutine, are about that.

    >>> with correlated("a1"):
    ...     correlation_id()
    'a1'
    """
    token = _about.set(correlation_id)
    try:
        yield
    finally:
        _about.reset(token)


def correlation_id() -> str:
    """What lines are about here: an id given by `correlated`, else this process's own."""
    return _about.get() or _PROCESS_ID


def job_of(logger: str) -> str:
    """The job that a logger speaks for.

    >>> job_of("udfs.alerting.book")
    'alert_deals'
    """
    parts = logger.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((JOBS[name] for name in names if name in JOBS), NO_JOB)


def json_line(
    message: str,
    *,
    level: str = "INFO",
    logger: str = "",
    job: str | None = None,
    at: datetime | None = None,
    error: str | None = None,
) -> str:
    """One line; whatever is in the message, it stays one.

    Args:
        message: For people, or key=value.
        level: As `logging` names it.
        logger: Which part of the code.
        job: Instead of the logger's.
        at: With its time zone; now, if not given.
        error: A traceback.
    """
    line = {
        "at": (at or datetime.now(UTC)).isoformat(timespec="milliseconds"),
        "level": level,
        "logger": logger,
        "job": job or job_of(logger),
        "version": CODE_VERSION,
        "correlation_id": correlation_id(),
        "message": message,
    }
    return json.dumps(line | ({"error": error} if error else {}), ensure_ascii=True)


class JsonLines(logging.Formatter):
    """Writes each record of `logging` as such a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        return json_line(
            record.getMessage(),
            level=record.levelname,
            logger=record.name,
            at=datetime.fromtimestamp(record.created, UTC),
            error=self.formatException(record.exc_info) if record.exc_info else None,
        )


def log_as_json(stream: TextIO | None = None) -> None:
    """Write this process's logs as JSON lines from now on; more than one call changes nothing.

    In a worker of PyFlink the lines become the messages of the task manager's log. Elsewhere a
    handler is added only where nobody has added one.

    Args:
        stream: Where they go in a process that is no worker; stderr, if not given.
    """
    root = logging.getLogger()
    for handler in root.handlers:
        if type(handler).__name__ == WORKER_HANDLER and not isinstance(
            handler.formatter, JsonLines
        ):
            handler.setFormatter(JsonLines())
    if not root.handlers:
        written = logging.StreamHandler(stream or sys.stderr)
        written.setFormatter(JsonLines())
        root.addHandler(written)
        root.setLevel(logging.INFO)
