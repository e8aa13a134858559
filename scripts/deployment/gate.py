"""The health gate: a new version is watched for some minutes before it is believed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from scripts.deployment import metrics as signals
from scripts.deployment.application import Application
from scripts.deployment.errors import UnhealthyError
from scripts.deployment.metrics import Metrics, Series
from scripts.deployment.service import Service

PERIOD_S = 30.0
LATE_S = 300.0
"""CloudWatch is minutes behind: so long the gate waits for numbers that are not there yet."""
MIN_RECORDS = 100
"""Of fewer records a ratio says nothing before the end."""


class Part(StrEnum):
    """What the gate looks at; each can be left out by name."""

    RUNNING = "running"
    RESTARTS = "restarts"
    CHECKPOINTS = "checkpoints"
    LAG = "lag"
    DEAD_LETTERS = "dead-letters"


class State(StrEnum):
    """What is known of a part."""

    OK = "ok"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True)
class Limits:
    """What passes.

    Attributes:
        minutes: How long the version is watched, > 0.
        restarts: Of the job since its start, at most.
        failed_checkpoints: Since its start, at most.
        lag_s: So far behind a group may be, or further if it is catching up.
        dead_letter_ratio: Of the records handled, at most.
        skipped: Parts that are not looked at.
    """

    minutes: float = 10.0
    restarts: int = 1
    failed_checkpoints: int = 1
    lag_s: float = 60.0
    dead_letter_ratio: float = 0.05
    skipped: frozenset[Part] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Finding:
    """What was seen of a part."""

    part: Part
    state: State
    text: str


class Gate:
    """Watches applications."""

    def __init__(self, service: Service, metrics: Metrics, limits: Limits) -> None:
        """Take what it needs."""
        self._service = service
        self._metrics = metrics
        self.limits = limits

    def watch(self, name: str) -> list[Finding]:
        """Watch an application.

        Returns:
            What was seen at the end; every part is all right.

        Raises:
            UnhealthyError: something is not, or nothing is known of it.
        """
        clock = self._service.clock
        began = clock.now()
        end_s = began.timestamp() + self.limits.minutes * 60
        while True:
            findings = self.look(name, began)
            if failed := [one.text for one in findings if one.state is State.FAILED]:
                raise UnhealthyError(failed)
            waiting = [one.text for one in findings if one.state is State.WAITING]
            left_s = end_s - clock.now().timestamp()
            if left_s <= 0 and not waiting:
                return findings
            if left_s <= -LATE_S:
                raise UnhealthyError(waiting)
            seen = "; ".join(one.text for one in findings)
            self._service.reporter.waiting(f"gate, {max(left_s, 0) / 60:.0f} min left: {seen}")
            clock.sleep(min(PERIOD_S, max(left_s, PERIOD_S / 2)))

    def look(self, name: str, since: datetime) -> list[Finding]:
        """What is seen now, of the time since then."""
        application = self._service.describe(name)
        findings = [_running(application)]
        if findings[0].state is State.FAILED:
            return findings
        findings += [self._restarts(application, since), self._checkpoints(application, since)]
        findings += [self._lag(application, job, since) for job in application.jobs]
        findings.append(self._dead_letters(application, since))
        return [one for one in findings if one.part not in self.limits.skipped]

    def _restarts(self, application: Application, since: datetime) -> Finding:
        series = self._metrics.series(application, signals.RESTARTS, since).get("", [])
        if not series:
            return Finding(Part.RESTARTS, State.WAITING, _missing(signals.RESTARTS.name))
        restarts = growth(series)
        state = State.FAILED if restarts > self.limits.restarts else State.OK
        return Finding(Part.RESTARTS, state, f"{restarts:.0f} restarts of the job")

    def _checkpoints(self, application: Application, since: datetime) -> Finding:
        failed = growth(
            self._metrics.series(application, signals.FAILED_CHECKPOINTS, since).get("", [])
        )
        if failed > self.limits.failed_checkpoints:
            return Finding(Part.CHECKPOINTS, State.FAILED, f"{failed:.0f} checkpoints failed")
        durations = self._metrics.series(application, signals.CHECKPOINT_DURATION_MS, since)
        done = [value for _, value in durations.get("", []) if value >= 0]  # -1 = none yet
        if not done:
            return Finding(Part.CHECKPOINTS, State.WAITING, "no checkpoint has completed")
        return Finding(
            Part.CHECKPOINTS, State.OK, f"checkpoints complete, the last in {done[-1]:.0f} ms"
        )

    def _lag(self, application: Application, job: str, since: datetime) -> Finding:
        values = [value for _, value in self._metrics.lag_s(application, job, since)]
        if not values:
            return Finding(Part.LAG, State.WAITING, _missing(f"the lag of {job}"))
        text = f"{job} is {values[-1]:.0f} s behind"
        if values[-1] <= self.limits.lag_s:
            return Finding(Part.LAG, State.OK, text)
        if is_falling(values):
            return Finding(Part.LAG, State.OK, f"{text} and catching up")
        return Finding(Part.LAG, State.WAITING, f"{text} and not catching up")

    def _dead_letters(self, application: Application, since: datetime) -> Finding:
        by_reason = {
            reason: growth(series)
            for reason, series in self._metrics.series(
                application, signals.DEAD_LETTERS, since
            ).items()
        }
        verdicts = self._metrics.series(application, signals.VERDICTS, since)
        others = [
            *verdicts.values(),
            *self._metrics.series(application, signals.DUPLICATES, since).values(),
        ]
        if not by_reason and not others:
            return Finding(
                Part.DEAD_LETTERS, State.WAITING, _missing("the records and dead letters")
            )
        dead = sum(by_reason.values())
        handled = dead + sum(growth(series) for series in others)
        ratio = dead / handled if handled else 0.0
        text = f"{ratio:.1%} of {handled:.0f} records are dead letters"
        if ratio <= self.limits.dead_letter_ratio:
            return Finding(Part.DEAD_LETTERS, State.OK, text)
        worst = max(by_reason, key=lambda reason: by_reason[reason])
        state = State.FAILED if handled >= MIN_RECORDS else State.WAITING
        return Finding(Part.DEAD_LETTERS, state, f"{text}, most of them {worst}")


def _running(application: Application) -> Finding:
    if application.is_running:
        return Finding(Part.RUNNING, State.OK, "running")
    text = f"{application.name} is {application.status}"
    state = State.FAILED if application.is_settled else State.WAITING
    return Finding(Part.RUNNING, state, text)


def _missing(what: str) -> str:
    return f"CloudWatch has no value for {what}"


def growth(series: Series) -> float:
    """How much a counter has grown that began at 0 with the job, restarts at 0 included.

    >>> growth([(None, 2.0), (None, 3.0), (None, 1.0)])
    4.0
    """
    total, before = 0.0, 0.0
    for _, value in series:
        total += value - before if value >= before else value
        before = value
    return total


def is_falling(values: Iterable[float]) -> bool:
    """Whether the last third of the values is lower than the first, on average.

    >>> is_falling([900.0, 700.0, 400.0]), is_falling([900.0, 950.0, 900.0])
    (True, False)
    """
    values = list(values)
    third = len(values) // 3
    return third > 0 and sum(values[-third:]) < sum(values[:third])
