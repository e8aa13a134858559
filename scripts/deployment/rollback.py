"""Back to the version before, in minutes: by the service's rollback, or else by hand."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from scripts.deployment.application import Application, code_update
from scripts.deployment.errors import DeployError, OperationFailedError
from scripts.deployment.service import Outcome, Service, code_of
from scripts.deployment.snapshots import LATEST, NONE, Snapshot, Snapshots

ROLLBACK_TIMEOUT_S = 150.0
"""The service's own way gets this long; then the other one, and both are done in five minutes."""
STOP_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Target:
    """Where to go back to.

    Attributes:
        code_bucket_arn: Bucket of the package.
        code_key: The package.
        snapshot: State to start from if the service cannot roll back by itself.
    """

    code_bucket_arn: str
    code_key: str
    snapshot: Snapshot | None


class Rollback:
    """Takes applications back."""

    def __init__(self, service: Service, snapshots: Snapshots) -> None:
        """Take what it needs."""
        self._service = service
        self._snapshots = snapshots

    def target(self, application: Application, version: int | None = None) -> Target:
        """The version before the present one that had another package, or the one asked for.

        Raises:
            DeployError: there is none.
        """
        wanted = application.updated_from if version is None else version
        while wanted:
            before = self._service.version(application.name, wanted)
            if version is not None or before.code_key != application.code_key:
                snapshot = self._snapshots.before(application)
                return Target(before.code_bucket_arn, before.code_key, snapshot)
            wanted = before.updated_from
        message = f"{application.name} has no version before {application.version} with another "
        message += "package: name one with --to-version (`status` lists them)"
        raise DeployError(message)

    def to(self, name: str, target: Target, *, by_service: bool = True) -> str:
        """Bring an application back.

        Args:
            name: Which.
            target: To what.
            by_service: Whether the service's own rollback leads there.

        Returns:
            How it was done, a sentence.

        Raises:
            DeployError: neither way worked.
        """
        if by_service and self._by_service(name, target):
            return "rolled back by the service"
        self._by_hand(name, target)
        state = f"from snapshot {target.snapshot.name}" if target.snapshot else "without state"
        return f"put back by an update, {state}"

    def _by_service(self, name: str, target: Target) -> bool:
        """RollbackApplication: the previous version with the last snapshot."""
        application = self._service.describe(name)
        try:
            answer = self._service.call(
                "rollback_application",
                ApplicationName=name,
                CurrentApplicationVersionId=application.version,
            )
            outcome = self._service.wait(name, answer.get("OperationId"), ROLLBACK_TIMEOUT_S)
        except ClientError as error:
            outcome = Outcome(f"{code_of(error)}: {error.response['Error'].get('Message', '')}")
        except OperationFailedError as error:
            outcome = Outcome(str(error))
        after = self._service.describe(name)
        if outcome.error is None and after.is_running and after.code_key == target.code_key:
            return True
        said = outcome.error or f"{name} is {after.status} with {after.code_key}"
        self._service.reporter.say(f"the service does not roll back ({said}): by an update")
        return False

    def _by_hand(self, name: str, target: Target) -> None:
        restore = target.snapshot.restored() if target.snapshot else LATEST
        application = self._service.describe(name)
        if not application.is_settled:
            self._stop(name)

        def request(now: Application) -> dict[str, Any] | None:
            if now.code_key == target.code_key and now.is_running:
                return None
            update: dict[str, Any] = {
                "CurrentApplicationVersionId": now.version,
                "ApplicationConfigurationUpdate": code_update(
                    target.code_bucket_arn, target.code_key
                ),
            }
            if now.is_running:
                update["RunConfigurationUpdate"] = {
                    "FlinkRunConfiguration": {"AllowNonRestoredState": target.snapshot is None},
                    "ApplicationRestoreConfiguration": restore,
                }
            return update

        outcome = self._service.change(name, "update_application", request)
        if outcome.error:
            message = f"{name} could not be put back to {target.code_key}: {outcome.error}. "
            message += "Look at its log; `rollback --to-version` with an older version may help"
            raise DeployError(message)
        self.start(name, target.snapshot)

    def _stop(self, name: str) -> None:
        """End what the application is stuck in; its state is in the snapshot."""
        self._service.reporter.say(f"{name} is stuck: it is stopped by force")
        answer = self._service.call("stop_application", ApplicationName=name, Force=True)
        self._service.wait(name, answer.get("OperationId"), STOP_TIMEOUT_S)

    def start(self, name: str, snapshot: Snapshot | None) -> None:
        """Start an application if it does not run; without a snapshot from its latest, if any.

        Raises:
            DeployError: it does not start.
        """

        def request(now: Application) -> dict[str, Any] | None:
            if now.is_running:
                return None
            restore = LATEST if self._snapshots.ready(now) else NONE
            if snapshot is not None:
                restore = snapshot.restored()
            return {"RunConfiguration": {"ApplicationRestoreConfiguration": restore}}

        outcome = self._service.change(name, "start_application", request)
        if outcome.error or not self._service.describe(name).is_running:
            message = (
                f"{name} does not start: {outcome.error or 'no reason given'}. Look at its log"
            )
            raise DeployError(message)
