"""A new version beside the old one: it runs in the shadow until it is believed, then takes over.

Both read the same topics, each in consumer groups of its own; the new one starts from a snapshot of
the old one. In the shadow it writes to topics and an index of its own. Then its outputs, alerts
first of all, are shifted to the real ones, and when the old one has handled all that came before
the shift, it is stopped. In between both write: ids are the same, so consumers see nothing twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from scripts.deployment.application import Application, code_update, properties_update
from scripts.deployment.artefacts import Artefacts, short
from scripts.deployment.comparing import Tolerance, compare
from scripts.deployment.errors import DeployError, OperationFailedError, UnhealthyError
from scripts.deployment.gate import Gate
from scripts.deployment.metrics import Metrics
from scripts.deployment.rollback import Rollback
from scripts.deployment.service import Outcome, Service
from scripts.deployment.shadow import (
    create_request,
    partner,
    real_properties,
    shadow_properties,
)
from scripts.deployment.snapshots import LATEST, Snapshots
from scripts.deployment.steps import Step
from scripts.deployment.updating import RolledBackError

DRAIN_TIMEOUT_S = 1_800.0
DRAIN_PERIOD_S = 60.0
# Flink commits its offsets with each checkpoint, and CloudWatch is late.
DRAIN_MARGIN_S = 120.0


@dataclass
class BlueGreen:
    """The deployment of a package beside the one that runs.

    Attributes:
        live_name: The application that works for people now.
        package: The zip on this machine.
        key: Its key in S3.
        again: Try a package that has failed before.
        with_compare: Whether both must say the same before the shift.
    """

    service: Service
    artefacts: Artefacts
    snapshots: Snapshots
    gate: Gate
    metrics: Metrics
    rollback: Rollback
    live_name: str
    package: Path
    key: str
    tolerance: Tolerance
    again: bool = False
    with_compare: bool = True

    @property
    def candidate_name(self) -> str:
        """The application that takes its place."""
        return partner(self.live_name)

    def steps(self) -> list[Step]:
        """The steps, in order.

        Raises:
            DeployError: this package has failed here before.
        """
        verdict = self._verdict()
        if verdict.get("outcome") == "unhealthy":
            reasons = "; ".join(verdict["reasons"])
            message = f"package {short(self.key)} failed in {self.candidate_name} at "
            message += f"{verdict['at']} ({reasons}): build another one, or say --again"
            raise DeployError(message)
        code, old, new = short(self.key), self.live_name, self.candidate_name
        return [
            Step(
                "upload",
                f"package {code} to s3://{self.artefacts.bucket}",
                lambda: self.artefacts.has(self.key),
                lambda: self.artefacts.upload(self.package, self.key),
            ),
            Step(
                "settings",
                f"{old} takes snapshots that {new} can start from (cannot be undone)",
                lambda: _has_settings(self.live()),
                self._set,
            ),
            Step("candidate", f"{new} with package {code}", self._is_prepared, self._prepare),
            Step(
                "start",
                f"start {new} in the shadow from a snapshot of {old}",
                lambda: self._has_started() or self._has_shifted(),
                self._start,
            ),
            Step(
                "gate",
                f"watch {new} for {self.gate.limits.minutes:g} minutes",
                lambda: self._has_shifted() or self._noted("gate"),
                self._watch,
            ),
            Step(
                "compare",
                "compare what both have put out",
                lambda: not self.with_compare or self._has_shifted() or self._noted("compare"),
                self._compare,
            ),
            Step("shift", f"alerts and the other outputs to {new}", self._has_shifted, self._shift),
            Step(
                "gate-shifted",
                f"watch {new} again",
                lambda: self._noted("gate-shifted"),
                self._watch_shifted,
            ),
            Step(
                "stop",
                f"stop {old} when it has handled all that came before",
                lambda: self.live().status == "READY",
                self._stop_old,
            ),
        ]

    def settle(self) -> None:
        """Wait for the end of what is under way."""
        self.service.settle(self.live_name)
        if self.candidate() is not None:
            self.service.settle(self.candidate_name)

    def live(self) -> Application:
        """The old application as it is now."""
        return self.service.describe(self.live_name)

    def candidate(self) -> Application | None:
        """The new one, if it is there."""
        return self.service.find(self.candidate_name)

    def _verdict(self) -> dict[str, Any]:
        verdict = self.artefacts.verdict(self.candidate_name, self.key) or {}
        return {} if self.again and verdict.get("outcome") == "unhealthy" else verdict

    def _noted(self, part: str) -> bool:
        return part in self._verdict()

    def _note(self, **said: Any) -> None:
        self.artefacts.set_verdict(self.candidate_name, self.key, self._verdict() | said)

    def _forget(self) -> None:
        self.artefacts.set_verdict(self.candidate_name, self.key, {})

    def _is_prepared(self) -> bool:
        now = self.candidate()
        return (
            now is not None
            and now.is_settled
            and now.code_key == self.key
            and _has_settings(now)
            and (now.is_running or now.is_shadow)
        )

    def _has_started(self) -> bool:
        now = self.candidate()
        return now is not None and now.is_running and now.code_key == self.key

    def _has_shifted(self) -> bool:
        now = self.candidate()
        return now is not None and now.code_key == self.key and now.is_running and not now.is_shadow

    def _set(self) -> None:
        outcome = self.service.change(self.live_name, "update_application", _settings_request)
        _demand(outcome, f"the settings of {self.live_name} were refused")

    def _prepare(self) -> None:
        """Make the application, or make of the one that is there what is wanted."""
        self._forget()  # what was noted when this package ran there another time
        live, name = self.live(), self.candidate_name
        properties = shadow_properties(live, name)
        code = {"BucketARN": self.artefacts.arn, "FileKey": self.key}
        if self.candidate() is None:
            self.service.call("create_application", **create_request(live, name, code, properties))
            self.service.settle(name)
            return
        now = self.service.settle(name)
        if now.is_running and not now.is_shadow:
            message = f"{name} and {self.live_name} both run for people: finish or undo the last "
            message += "deployment first (`status` shows it)"
            raise DeployError(message)
        if now.is_running:  # a shadow of another package
            self._stop(name)

        def request(now: Application) -> dict[str, Any]:
            update = code_update(self.artefacts.arn, self.key) | properties_update(properties)
            settings = _settings_request(now)
            if settings is not None:
                update |= settings["ApplicationConfigurationUpdate"]
            return {
                "CurrentApplicationVersionId": now.version,
                "ApplicationConfigurationUpdate": update,
            }

        _demand(
            self.service.change(name, "update_application", request), f"{name} cannot be updated"
        )

    def _start(self) -> None:
        snapshot = self.snapshots.take(
            self.live_name, f"{self.live_name[:48]}-for-{short(self.key)}"
        )
        self.rollback.start(self.candidate_name, snapshot)

    def _watch(self) -> None:
        self._believe("gate", "it was stopped")

    def _watch_shifted(self) -> None:
        self._believe("gate-shifted", "it was stopped, the old one never stopped")

    def _believe(self, part: str, undone: str) -> None:
        try:
            findings = self.gate.watch(self.candidate_name)
        except UnhealthyError as error:
            self._give_up(error.reasons, undone)
        else:
            self._note(**{part: [one.text for one in findings]})

    def _compare(self) -> None:
        candidate = self.service.describe(self.candidate_name)
        # What both did while the gate watched the new one.
        since = self._now() - timedelta(minutes=self.gate.limits.minutes)
        result = compare(self.metrics, self.live(), candidate, since, self.tolerance)
        if not result.is_enough:
            message = "too few deals came to compare the two: watch longer with --minutes, or say "
            message += "--without-compare"
            self._give_up([message], "it was stopped")
        if result.differences:
            self._give_up(result.differences, "it was stopped")
        self._note(compare={"live": dict(result.live), "candidate": dict(result.candidate)})

    def _shift(self) -> None:
        live = self.live()

        def request(now: Application) -> dict[str, Any] | None:
            if not now.is_shadow:
                return None
            real = real_properties(live, now.name)
            return {
                "CurrentApplicationVersionId": now.version,
                "ApplicationConfigurationUpdate": properties_update(real),
                "RunConfigurationUpdate": {"ApplicationRestoreConfiguration": LATEST},
            }

        outcome = self.service.change(self.candidate_name, "update_application", request)
        if outcome.error:
            self._give_up([f"the outputs could not be shifted: {outcome.error}"], "it was stopped")
        self._note(shifted_at=self._now().isoformat())

    def _stop_old(self) -> None:
        """Stop the old one once it is behind by less than the time since the shift."""
        shifted_at = self._noted_time("shifted_at")
        until_s = self._now().timestamp() + DRAIN_TIMEOUT_S
        while self.live().is_running:
            since_s = (self._now() - shifted_at).total_seconds()
            lags = {job: self._lag_s(job) for job in self.live().jobs}
            if all(lag is not None and lag + DRAIN_MARGIN_S <= since_s for lag in lags.values()):
                break
            if self._now().timestamp() > until_s:
                message = f"{self.live_name} has not handled all that came before the shift: "
                message += f"{lags}. Both run, nothing is lost; run this again when it has"
                raise DeployError(message)
            self.service.reporter.waiting(f"{self.live_name} finishes: lag in seconds {lags}")
            self.service.clock.sleep(DRAIN_PERIOD_S)
        self._stop(self.live_name)

    def _noted_time(self, name: str) -> datetime:
        """When it was; now, if the run that did it ended before it could note it."""
        if name not in self._verdict():
            self._note(**{name: self._now().isoformat()})
        return datetime.fromisoformat(self._verdict()[name])

    def _lag_s(self, job: str) -> float | None:
        since = self._now() - timedelta(minutes=5)
        series = self.metrics.lag_s(self.live(), job, since)
        return series[-1][1] if series else None

    def _stop(self, name: str) -> None:
        def request(now: Application) -> dict[str, Any] | None:
            return {"Force": False} if now.is_running else None

        _demand(self.service.change(name, "stop_application", request), f"{name} cannot be stopped")

    def _give_up(self, reasons: list[str], undone: str) -> None:
        told = "; ".join(reasons)
        self.service.reporter.say(f"not healthy: {told}. Stopping {self.candidate_name}")
        self._stop(self.candidate_name)
        self.artefacts.set_verdict(
            self.candidate_name,
            self.key,
            {"outcome": "unhealthy", "reasons": reasons, "at": self._now().isoformat()},
        )
        message = f"{self.candidate_name} was not healthy ({told}): {undone}. "
        message += f"{self.live_name} runs as before"
        raise RolledBackError(message)

    def _now(self) -> datetime:
        return self.service.clock.now()


def _has_settings(now: Application) -> bool:
    return now.has_system_rollback and now.has_snapshots and now.is_enhanced


def _settings_request(now: Application) -> dict[str, Any] | None:
    if _has_settings(now):
        return None
    return {
        "CurrentApplicationVersionId": now.version,
        "ApplicationConfigurationUpdate": {
            "ApplicationSystemRollbackConfigurationUpdate": {"RollbackEnabledUpdate": True},
            "ApplicationSnapshotConfigurationUpdate": {
                "SnapshotsEnabledUpdate": True,
                "SnapshotModeUpdate": "ENHANCED_SNAPSHOTS",
            },
        },
    }


def _demand(outcome: Outcome, what: str) -> None:
    if outcome.error:
        message = f"{what}: {outcome.error}"
        raise OperationFailedError(message)
