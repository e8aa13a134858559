"""The notifier's loop: read, claim, send, settle."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from scripts.notifier.claims import Claims, State, now_ms
from scripts.notifier.delivery import Delivery, Patience, deliver
from scripts.notifier.digests import Grouping, best_of
from scripts.notifier.holding import Holding, Unsettled
from scripts.notifier.letters import DELIVERY_FAILED, Letters
from scripts.notifier.messages import Templates
from scripts.notifier.reading import End, Received, Revoked
from scripts.notifier.services import Service

POLL_S = 0.25


class Reader(Protocol):
    """Where alerts come from: see AlertReader."""

    @property
    def is_at_end(self) -> bool:
        """Whether everything has been read."""

    def poll(self, wait_s: float) -> Received | End | Revoked | None:
        """What comes next."""

    def settle(self, records: list[Received]) -> None:
        """These records are done."""


@dataclass
class Counts:
    """What became of the alerts."""

    messages: int = 0
    sent: int = 0
    repeated: int = 0
    failed: int = 0
    uncertain: int = 0
    unreadable: int = 0
    outranked: int = 0
    held: int = 0

    def __str__(self) -> str:
        """One line for people."""
        later = [
            f", {count} {what}"
            for count, what in (
                (self.outranked, "outranked in their digests"),
                (self.held, "to be told later"),
            )
            if count
        ]
        return "".join((self._now(), *later))

    def _now(self) -> str:
        return (
            f"{self.sent} alerts sent in {self.messages} messages, {self.repeated} repeated, "
            f"{self.failed} failed, {self.uncertain} uncertain, {self.unreadable} unreadable"
        )


class Notifier:
    """Sends each alert at most once."""

    def __init__(
        self,
        reader: Reader,
        claims: Claims,
        services: Sequence[Service],
        letters: Letters,
        *,
        templates: Templates,
        patience: Patience,
        stop: threading.Event,
        tell: Callable[[str, str], None],
        warn: Callable[[str, str], None],
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        """Put together; nothing is read yet.

        Args:
            reader: where alerts come from.
            claims: what was sent.
            services: each message goes to all of them.
            letters: for what cannot be sent.
            templates: of the messages.
            patience: how often to try.
            stop: set it, and `run` returns soon.
            tell: takes a line about each message that was sent, and the id of its alert or digest.
            warn: takes a line about each that was not, and where its record stands.
            clock_ms: UTC epoch milliseconds, for quiet hours and digests.
        """
        self._reader, self._claims = reader, claims
        self._services, self._letters = services, letters
        self._templates, self._patience = templates, patience
        self._stop, self._tell, self._warn = stop, tell, warn
        self._clock_ms = clock_ms
        self._groups, self._holding, self._unsettled = Grouping(), Holding(), Unsettled()
        self.counts = Counts()

    def run(self, *, once: bool) -> None:
        """Notify until `stop` is set, or with `once` until all that is there has been read."""
        try:
            self._run(once=once)
        finally:
            self.counts.held = len(self._holding)

    def _run(self, *, once: bool) -> None:
        while not self._stop.is_set():
            event = self._reader.poll(POLL_S)
            now_s, wall_ms = time.monotonic(), self._clock_ms()
            # What is read for the first time, or again, may hold more of a digest further on.
            complete = self._groups.due(now_s) if self._reader.is_at_end else []
            tellable = self._holding.due(wall_ms)
            if isinstance(event, Received):
                self._unsettled.began(event)
                tellable += self._holding.add(event, wall_ms)
            elif isinstance(event, Revoked):
                self._forget(event.partition)
                tellable = [each for each in tellable if each.partition != event.partition]
            for record in tellable:
                complete += self._groups.add(record, now_s)
            for records in complete:
                if not self._handle(records):
                    return
            if once and self._reader.is_at_end and not self._groups:
                return

    def _forget(self, partition: int) -> None:
        self._groups.forget(partition)
        self._holding.forget(partition)
        self._unsettled.forget(partition)

    def _handle(self, records: list[Received]) -> bool:
        """Bring a message's records to their end; False: told to stop before that."""
        alerts: dict[str, Received] = {}
        for record in records:
            if record.alert is None:
                self._put_aside(record, str(record.reason), record.detail)
                self.counts.unreadable += 1
            elif record.alert["alert_id"] in alerts:
                self.counts.repeated += 1
            else:
                alerts[record.alert["alert_id"]] = record
        told, outranked = list(alerts.values()), []
        if records[0].digest_id is not None:
            told, outranked = best_of(told)
        ours: list[Received] = []
        for record in told:
            self._claim(record, ours)
        if ours and not self._send(ours):
            return False
        for record in outranked:
            self._pass_over(record)
        self._reader.settle(self._unsettled.done(records))
        return True

    def _claim(self, record: Received, ours: list[Received]) -> None:
        alert_id = _id(record)
        state = self._claims.claim(alert_id)
        if state is None:
            ours.append(record)
        elif state is State.CLAIMED:
            detail = (
                f"alert {alert_id} was claimed by a notifier that ended before it knew the "
                "outcome: perhaps sent, and not sent again"
            )
            self._put_aside(record, DELIVERY_FAILED, detail)
            self._claims.settle(alert_id, State.UNCERTAIN)
            self.counts.uncertain += 1
        else:
            self.counts.repeated += 1

    def _pass_over(self, record: Received) -> None:
        """Remember that a digest had better ones, lest it be told alone when it is read again."""
        if self._claims.claim(_id(record)) is None:
            self._claims.settle(_id(record), State.OUTRANKED)
            self.counts.outranked += 1
        else:
            self.counts.repeated += 1

    def _send(self, records: list[Received]) -> bool:
        alerts = [record.alert for record in records if record.alert is not None]
        is_digest = records[0].digest_id is not None
        message = self._templates.digest(alerts) if is_digest else self._templates.alert(alerts[0])
        delivery = deliver(message, self._services, self._patience, self._stop.wait)
        if delivery.is_stopped and not delivery.taken_by:
            for alert in alerts:
                self._claims.release(alert["alert_id"])
            return False
        if delivery.failures:
            self._give_up(records, delivery)
        else:
            self.counts.messages += 1
            self.counts.sent += len(alerts)
        state = State.FAILED if delivery.failures else State.SENT
        for alert in alerts:
            self._claims.settle(alert["alert_id"], state)
        if not delivery.failures:
            about = records[0].digest_id or alerts[0]["alert_id"]
            ids = ", ".join(alert["alert_id"] for alert in alerts)
            self._tell(f"sent {ids}: {message.title}", about)
        return True

    def _give_up(self, records: list[Received], delivery: Delivery) -> None:
        self.counts.failed += len(records)
        taken = f"; taken by {', '.join(delivery.taken_by)}" if delivery.taken_by else ""
        for record in records:
            self._put_aside(record, DELIVERY_FAILED, delivery.detail + taken)

    def _put_aside(self, record: Received, reason: str, detail: str) -> None:
        self._letters.put(record, reason, detail)
        self._warn(f"{record.origin}: {reason}: {detail}", record.origin)


def _id(record: Received) -> str:
    return str(record.alert["alert_id"]) if record.alert else ""
