"""CloudWatch's numbers as the fake service's applications would make them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from scripts.deployment import metrics
from scripts.deployment.application import Application
from scripts.deployment.metrics import Series, Signal
from tests.scripts.deployment.fake_service import FakeService

RECORDS_A_SECOND = 10.0


class FakeMetrics:
    def __init__(self, service: FakeService) -> None:
        self._service = service
        self.missing: set[str] = set()

    def series(
        self, application: Application, signal: Signal, since: datetime
    ) -> Mapping[str, Series]:
        if signal.name in self.missing:
            return {}
        return {
            label: [(at, value(seconds)) for at, seconds in self._minutes(application.name, since)]
            for label, value in self._values(application.name, signal).items()
        }

    def lag_s(self, application: Application, job: str, since: datetime) -> Series:
        if "lag" in self.missing:
            return []
        lag = self._service.behaviour(application.name).lag_s
        return [(at, lag(seconds)) for at, seconds in self._minutes(application.name, since)]

    def _minutes(self, name: str, since: datetime) -> list[tuple[datetime, float]]:
        """(time, seconds since the job's start) of each minute for which there is a value."""
        began = self._service.running_since.get(name)
        if began is None:
            return []
        at, found = max(since, began), []
        # CloudWatch is a minute late.
        while at <= self._service.clock.now() - timedelta(minutes=1):
            found.append((at, (at - began).total_seconds()))
            at += timedelta(minutes=1)
        return found

    def _values(self, name: str, signal: Signal):
        behaviour = self._service.behaviour(name)
        every = behaviour.restart_every_s
        records = RECORDS_A_SECOND
        match signal:
            case metrics.RESTARTS:
                return {"": lambda s: s // every if every else 0.0}
            case metrics.FAILED_CHECKPOINTS:
                return {"": lambda s: 0.0 if behaviour.has_checkpoints else s // 60}
            case metrics.CHECKPOINT_DURATION_MS:
                return {"": lambda s: 800.0 if behaviour.has_checkpoints and s > 60 else -1.0}
            case metrics.DEAD_LETTERS:
                share = behaviour.dead_letter_share
                return {"price_missing": lambda s: records * share * s}
            case metrics.VERDICTS:
                usable = 1 - behaviour.dead_letter_share
                return {
                    verdict: (lambda s, share=share: records * usable * share * s)
                    for verdict, share in behaviour.verdicts.items()
                }
            case metrics.ALERTS:
                return {"ok": lambda s: behaviour.alerts * s / 3600}
        return {"": lambda s: 0.0}
