"""Keeps the rules of a running job current, from the compacted topic deals.rules.

Guarantee: a task matches nothing before it has read the topic to the end that it had at start. A
rule changed later takes effect, without a restart, for the deals matched after the next poll has
returned: within the poll interval plus the time to rebuild (0.2 s for 10,000 rules), in each task
on its own. A replay after a crash uses the rules as they are then, not as they were: a rule may by
then no longer ask for what it was told before, and the other way round; alert ids stay the same.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, Self

from udfs.alerting.matching import RuleBook
from udfs.alerting.rules import Rule, RuleError
from udfs.logs import correlated

logger = logging.getLogger(__name__)

CLOSE_WITHIN_S = 10.0


class RulesUnavailableError(Exception):
    """The rules cannot be known: the task must stop rather than match with old or no rules."""


class RuleSource(Protocol):
    """The topic, read from its beginning and then followed."""

    def poll(self, timeout_s: float) -> Iterable[tuple[str, bytes | None]]:
        """Wait for records, at most `timeout_s`; (key, value), None for a tombstone."""

    def is_at_end(self) -> bool:
        """Tell whether all that the topic held at start has been returned by `poll`."""

    def close(self) -> None:
        """Let go of the connection."""


class RuleReader:
    """Follows a RuleSource in a thread of its own; `current()` costs nothing."""

    def __init__(
        self,
        source: RuleSource,
        decode: Callable[[bytes], Mapping[str, Any]],
        *,
        poll_s: float = 1.0,
    ) -> None:
        """Prepare; `start()` reads.

        Args:
            source: Where rules come from; closed by `close()`.
            decode: Bytes to a decoded AlertRule; a ValueError means a bad
                record, any other exception ends the reader.
            poll_s: The longest wait of one poll.
        """
        self._source, self._decode, self._poll_s = source, decode, poll_s
        self._rules: dict[str, Rule] = {}
        self._book: RuleBook | None = None
        self._failure: BaseException | None = None
        self._rejected = 0
        self._known = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rule-reader", daemon=True)

    @property
    def rejected(self) -> int:
        """Number of bad rule records so far, for a metric."""
        return self._rejected

    def start(self, deadline_s: float = 30.0) -> Self:
        """Read the topic to its end, then follow it in the background.

        Raises:
            RulesUnavailableError: the end was not reached in `deadline_s`, or reading failed.
        """
        self._thread.start()
        reached = self._known.wait(deadline_s)
        if self._failure or not reached:
            self.close()
            message = f"the rules of {self._source} were not read to their end in {deadline_s} s"
            if self._failure:
                message = f"the rules of {self._source} cannot be read: {self._failure}"
            raise RulesUnavailableError(message) from self._failure
        return self

    def current(self) -> RuleBook:
        """Give the newest rules; the book itself never changes.

        Raises:
            RulesUnavailableError: reading has failed since, or never started.
        """
        if self._failure:
            message = f"the rules of {self._source} are no longer followed: {self._failure}"
            raise RulesUnavailableError(message) from self._failure
        if self._book is None:
            message = "the rules have not been read yet"
            raise RulesUnavailableError(message)
        return self._book

    def close(self) -> None:
        """Stop following; the thread has let go of the source when this returns."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_WITHIN_S + self._poll_s)

    def _run(self) -> None:
        try:
            self._follow()
        except Exception as error:  # whatever it is, current() hands it to the task's thread
            self._failure = error
        finally:
            self._known.set()
            self._source.close()

    def _follow(self) -> None:
        while not self._stop.is_set():
            changed = False
            for key, value in self._source.poll(self._poll_s):
                with correlated(key[:100]):
                    self._apply(key, value)
                changed = True
            if self._book is None and not self._source.is_at_end():
                continue
            if changed or self._book is None:
                started = time.monotonic()
                self._book = RuleBook(self._rules.values())
                logger.info(
                    "rules read: rules=%d rejected=%d build_ms=%.0f",
                    len(self._book),
                    self._rejected,
                    (time.monotonic() - started) * 1e3,
                )
            self._known.set()

    def _apply(self, key: str, value: bytes | None) -> None:
        # The latest record of a key alone counts, so that the rules are the same after a restart,
        # when compaction may have removed the others: a bad record switches its rule off.
        self._rules.pop(key, None)
        if value is None:
            return
        try:
            rule = Rule.from_record(self._decode(value))
            if rule.rule_id != key:
                message = "rule_id: is not the record's key"
                raise RuleError(message)
        except ValueError as error:
            self._rejected += 1
            level = logging.WARNING if self._rejected == 1 else logging.DEBUG
            logger.log(level, "rule record rejected: key=%r error=%s", key[:100], error)
            return
        self._rules[key] = rule
