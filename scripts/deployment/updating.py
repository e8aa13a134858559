"""A new version in place: snapshot, update, gate, and back by itself if the gate fails."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.deployment.application import Application, code_update
from scripts.deployment.artefacts import Artefacts, short
from scripts.deployment.errors import DeployError, OperationFailedError, UnhealthyError
from scripts.deployment.gate import Gate
from scripts.deployment.rollback import Rollback, Target
from scripts.deployment.service import Service
from scripts.deployment.snapshots import LATEST, Snapshots
from scripts.deployment.steps import Step


class RolledBackError(DeployError):
    """The new version was not healthy; the old one runs again."""


@dataclass
class Update:
    """The deployment of a package in place.

    Attributes:
        name: Of the application.
        package: The zip on this machine.
        key: Its key in S3.
        with_snapshot: Whether a snapshot of ours is taken before.
        again: Try a package that has failed before.
    """

    service: Service
    artefacts: Artefacts
    snapshots: Snapshots
    gate: Gate
    rollback: Rollback
    name: str
    package: Path
    key: str
    with_snapshot: bool = True
    again: bool = False

    def steps(self) -> list[Step]:
        """The steps, in order.

        Raises:
            DeployError: this package has failed its gate here before.
        """
        self._refuse_known_bad()
        code = short(self.key)
        return [
            Step(
                "upload",
                f"package {code} to s3://{self.artefacts.bucket}",
                lambda: self.artefacts.has(self.key),
                lambda: self.artefacts.upload(self.package, self.key),
            ),
            Step(
                "settings",
                "snapshots and the service's own rollback on",
                lambda: _has_settings(self._now()),
                self._set,
            ),
            Step("snapshot", "a snapshot to go back to", self._has_snapshot, self._snapshot),
            Step(
                "update",
                f"{self.name} to package {code}, its state restored",
                lambda: self._now().code_key == self.key and self._now().is_settled,
                self._update,
            ),
            Step(
                "start",
                f"start {self.name} if it does not run",
                lambda: self._is_deployed() and self._now().is_running,
                lambda: self.rollback.start(self.name, None),
            ),
            Step(
                "gate",
                f"watch it for {self.gate.limits.minutes:g} minutes, else go back",
                self._is_believed,
                self._watch,
            ),
        ]

    def settle(self) -> None:
        """Wait for the end of what is under way."""
        self.service.settle(self.name)

    def _now(self) -> Application:
        return self.service.describe(self.name)

    def _is_deployed(self) -> bool:
        return self._now().code_key == self.key

    def _verdict(self) -> dict[str, Any]:
        return self.artefacts.verdict(self.name, self.key) or {}

    def _is_believed(self) -> bool:
        return self._is_deployed() and self._verdict().get("outcome") == "healthy"

    def _refuse_known_bad(self) -> None:
        verdict = self._verdict()
        if verdict.get("outcome") != "unhealthy" or self.again:
            return
        if self._is_deployed():  # the way back was interrupted: the gate step goes on with it
            return
        reasons = "; ".join(verdict["reasons"])
        message = f"package {short(self.key)} failed its gate in {self.name} at {verdict['at']} "
        message += f"({reasons}): build another one, or say --again"
        raise DeployError(message)

    def _set(self) -> None:
        outcome = self.service.change(self.name, "update_application", settings_request)
        if outcome.error:
            message = f"the settings of {self.name} were refused: {outcome.error}"
            raise OperationFailedError(message)

    def _prefix(self) -> str:
        return f"before-{short(self.key)}"

    def _has_snapshot(self) -> bool:
        now = self._now()
        if not self.with_snapshot or now.code_key == self.key or not now.is_running:
            return now.is_settled  # a stopped application has the snapshot of its stop
        found = self.snapshots.fresh(now, self._prefix())
        return found is not None and found.status == "READY"

    def _snapshot(self) -> None:
        if self.service.settle(self.name).is_running:
            self.snapshots.take(self.name, self._prefix())

    def _update(self) -> None:
        def request(now: Application) -> dict[str, Any] | None:
            if now.code_key == self.key:
                return None
            update: dict[str, Any] = {
                "CurrentApplicationVersionId": now.version,
                "ApplicationConfigurationUpdate": code_update(self.artefacts.arn, self.key),
            }
            if now.is_running:
                update["RunConfigurationUpdate"] = {"ApplicationRestoreConfiguration": LATEST}
            return update

        outcome = self.service.change(self.name, "update_application", request)
        if outcome.error is None:
            return
        # The service goes back by itself; what it says then is the reason.
        if outcome.rollback_operation_id:
            self.service.wait(self.name, outcome.rollback_operation_id)
        self._note("unhealthy", [outcome.error])
        now = self.service.settle(self.name)
        if now.is_running and now.code_key != self.key:
            message = f"{outcome.error}. The service went back to {short(now.code_key)}"
            raise RolledBackError(message)
        self._go_back([outcome.error])

    def _watch(self) -> None:
        verdict = self._verdict()
        if verdict.get("outcome") == "unhealthy" and not self.again:
            self._go_back(verdict["reasons"])
        try:
            findings = self.gate.watch(self.name)
        except UnhealthyError as error:
            self._note("unhealthy", error.reasons)
            self._go_back(error.reasons)
        else:
            self._note("healthy", [one.text for one in findings])

    def _note(self, outcome: str, reasons: list[str]) -> None:
        at = self.service.clock.now().isoformat(timespec="seconds")
        verdict = {"outcome": outcome, "reasons": reasons, "at": at}
        self.artefacts.set_verdict(self.name, self.key, verdict)

    def _go_back(self, reasons: list[str]) -> None:
        told = "; ".join(reasons)
        self.service.reporter.say(f"not healthy: {told}. Going back")
        now = self._now()
        if now.code_key == self.key:
            how = self.rollback.to(self.name, self._target(now))
        else:
            how = f"already back at {short(now.code_key)}"
            self.rollback.start(self.name, None)
        message = f"package {short(self.key)} was not healthy ({told}); {self.name}: {how}"
        raise RolledBackError(message)

    def _target(self, now: Application) -> Target:
        """The version before, with the snapshot that was taken for it."""
        target = self.rollback.target(now)
        ours = [one for one in self.snapshots.ready(now) if one.name.startswith(self._prefix())]
        if not ours:
            return target
        return Target(target.code_bucket_arn, target.code_key, ours[0])


def _has_settings(now: Application) -> bool:
    return now.has_system_rollback and now.has_snapshots


def settings_request(now: Application) -> dict[str, Any] | None:
    """What makes an application one that can be taken back."""
    if _has_settings(now):
        return None
    return {
        "CurrentApplicationVersionId": now.version,
        "ApplicationConfigurationUpdate": {
            "ApplicationSystemRollbackConfigurationUpdate": {"RollbackEnabledUpdate": True},
            "ApplicationSnapshotConfigurationUpdate": {"SnapshotsEnabledUpdate": True},
        },
    }
