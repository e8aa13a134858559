"""Snapshots of an application's state, in both of the service's modes.

Legacy snapshots belong to one application. Enhanced ones are resources of their own, which another
application can start from: blue/green needs them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from scripts.deployment.application import Application
from scripts.deployment.errors import DeployError
from scripts.deployment.service import POLL_S, Service, code_of

FRESH = timedelta(minutes=15)
"""A snapshot this young is as good as a new one: a rerun does not take another."""
TIMEOUT_S = 900.0
_ATTEMPTS = 2


@dataclass(frozen=True)
class Snapshot:
    """A snapshot.

    Attributes:
        arn: Of an enhanced one; None = legacy.
    """

    name: str
    status: str
    created_at: datetime
    arn: str | None = None

    def restored(self) -> dict[str, Any]:
        """The ApplicationRestoreConfiguration that starts from it."""
        which = {"SnapshotArn": self.arn} if self.arn else {"SnapshotName": self.name}
        return {"ApplicationRestoreType": "RESTORE_FROM_CUSTOM_SNAPSHOT"} | which


LATEST = {"ApplicationRestoreType": "RESTORE_FROM_LATEST_SNAPSHOT"}
NONE = {"ApplicationRestoreType": "SKIP_RESTORE_FROM_SNAPSHOT"}


class Snapshots:
    """The snapshots of applications."""

    def __init__(self, service: Service) -> None:
        """Take the service."""
        self._service = service

    def of(self, application: Application) -> list[Snapshot]:
        """All of an application in its mode, the newest first."""
        if application.is_enhanced:
            entries = self._service.pages(
                "list_snapshots", "SnapshotInfoList", SourceApplicationName=application.name
            )
        else:
            entries = self._service.pages(
                "list_application_snapshots",
                "SnapshotSummaries",
                ApplicationName=application.name,
            )
        found = [_snapshot(entry) for entry in entries]
        return sorted(found, key=lambda each: each.created_at, reverse=True)

    def ready(self, application: Application) -> list[Snapshot]:
        """Those that can be started from, the newest first."""
        return [each for each in self.of(application) if each.status == "READY"]

    def before(self, application: Application) -> Snapshot | None:
        """The newest that is older than the application's present version."""
        changed_at = application.detail["ApplicationVersionCreateTimestamp"]
        return next((one for one in self.ready(application) if one.created_at <= changed_at), None)

    def fresh(self, application: Application, prefix: str) -> Snapshot | None:
        """The one of `take` that is there already, made or being made."""
        oldest = self._service.clock.now() - FRESH
        return next(
            (
                one
                for one in self.of(application)
                if one.name.startswith(prefix)
                and (
                    one.status == "CREATING" or (one.status == "READY" and one.created_at >= oldest)
                )
            ),
            None,
        )

    def take(self, name: str, prefix: str) -> Snapshot:
        """A fresh snapshot of a running application.

        Args:
            name: Of the application.
            prefix: Of the snapshot's name; one made lately with it is used again.

        Raises:
            DeployError: none could be made.
        """
        for _ in range(_ATTEMPTS):
            application = self._service.settle(name)
            found = self.fresh(application, prefix)
            snapshot = found or self._create(application, prefix)
            if snapshot is not None:
                snapshot = self._await_ready(application, snapshot)
                if snapshot.status == "READY":
                    return snapshot
                self._service.reporter.say(f"snapshot {snapshot.name} is {snapshot.status}")
        message = f"no snapshot of {name} can be made: its checkpoints probably fail too. Look at "
        message += "the log of the application; with --without-snapshot the update relies on the "
        message += "service's own snapshot, and on the last checkpoint if that fails as well"
        raise DeployError(message)

    def _create(self, application: Application, prefix: str) -> Snapshot | None:
        """Begin one; None if something else was under way."""
        name = f"{prefix}-{self._service.clock.now():%Y%m%dT%H%M%S}"
        operation = "create_application_snapshot"
        if application.is_enhanced:
            operation = "create_snapshot"
        try:
            self._service.call(operation, ApplicationName=application.name, SnapshotName=name)
        except ClientError as error:
            match code_of(error):
                case "ResourceInUseException" | "ConcurrentModificationException":
                    self._service.clock.sleep(POLL_S)
                    return None
                case "LimitExceededException":
                    message = f"{application.name} has too many snapshots: delete old ones "
                    message += "(aws kinesisanalyticsv2 delete-application-snapshot)"
                    raise DeployError(message) from error
            raise
        return self._named(application, name)

    def _named(self, application: Application, name: str) -> Snapshot:
        if application.is_enhanced:
            answer = self._service.call("describe_snapshot", SnapshotName=name)
            return _snapshot(answer["SnapshotInfoDetails"])
        answer = self._service.call(
            "describe_application_snapshot", ApplicationName=application.name, SnapshotName=name
        )
        return _snapshot(answer["SnapshotDetails"])

    def _await_ready(self, application: Application, snapshot: Snapshot) -> Snapshot:
        until = self._service.clock.now().timestamp() + TIMEOUT_S
        while snapshot.status == "CREATING":
            if self._service.clock.now().timestamp() > until:
                message = f"snapshot {snapshot.name} is not ready in {TIMEOUT_S / 60:.0f} minutes: "
                message += "look at the duration of the checkpoints, then run this again"
                raise DeployError(message)
            self._service.reporter.waiting(f"snapshot {snapshot.name}")
            self._service.clock.sleep(POLL_S)
            snapshot = self._named(application, snapshot.name)
        return snapshot


def _snapshot(entry: dict[str, Any]) -> Snapshot:
    return Snapshot(
        entry["SnapshotName"],
        entry["SnapshotStatus"],
        entry["SnapshotCreationTimestamp"],
        entry.get("SnapshotArn"),
    )
