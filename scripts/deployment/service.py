"""The service's API, with its failures: throttling, conflicts, operations that take minutes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from scripts.deployment.application import Application
from scripts.deployment.clock import Clock
from scripts.deployment.errors import DeployError, OperationFailedError
from scripts.deployment.reporting import Reporter

POLL_S = 5.0
OPERATION_TIMEOUT_S = 1_800.0
BUSY_S = 180.0
"""Longest wait for a service that throttles or does not answer."""
MAX_CONFLICTS = 6
_BUSY_CODES = {"ThrottlingException", "Throttling", "TooManyRequestsException"} | {
    "ServiceUnavailableException",
    "InternalFailure",
    "RequestLimitExceeded",
}
# Another change came in between, or is under way: look again, then decide again.
CONFLICTS = {"ConcurrentModificationException", "ResourceInUseException"}


@dataclass(frozen=True)
class Outcome:
    """How an operation ended.

    Attributes:
        error: What the service says was wrong; None = it succeeded.
        rollback_operation_id: The system rollback that it led to.
    """

    error: str | None = None
    rollback_operation_id: str | None = None


class Service:
    """Calls that wait for their effect. Not thread-safe."""

    def __init__(self, client: Any, clock: Clock, reporter: Reporter) -> None:
        """Take a boto3 client of kinesisanalyticsv2 that does not retry by itself."""
        self._client = client
        self.clock = clock
        self.reporter = reporter

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """Call an operation, again and again while the service is too busy for it.

        Raises:
            ClientError: what the service says of the request itself.
            DeployError: it was too busy for too long.
        """
        give_up_at = self.clock.now().timestamp() + BUSY_S
        pause_s = 1.0
        while True:
            try:
                return dict(getattr(self._client, operation)(**request))
            except ClientError as error:
                busy = code_of(error)
                if busy not in _BUSY_CODES:
                    raise
            except (ConnectionError, HTTPClientError) as error:
                busy = type(error).__name__
            if self.clock.now().timestamp() + pause_s > give_up_at:
                message = f"the service answers {operation} with {busy} for {BUSY_S:.0f} s: "
                message += "look at the AWS status page, then run the same command again"
                raise DeployError(message)
            self.reporter.waiting(f"{busy}, next try in {pause_s:.0f} s")
            self.clock.sleep(pause_s)
            pause_s = min(pause_s * 2, 30.0)

    def pages(self, operation: str, key: str, **request: Any) -> list[dict[str, Any]]:
        """All entries of a listing."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.call(operation, **request)
            found += page.get(key, [])
            if not page.get("NextToken"):
                return found
            request["NextToken"] = page["NextToken"]

    def find(self, name: str) -> Application | None:
        """The application of this name, if there is one."""
        try:
            answer = self.call("describe_application", ApplicationName=name)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise
        return Application.of(answer["ApplicationDetail"])

    def describe(self, name: str) -> Application:
        """The application of this name.

        Raises:
            DeployError: there is none.
        """
        application = self.find(name)
        if application is None:
            message = f"there is no application {name} here: check --application and --region, "
            message += "or make it with terraform (docs/deploy.md)"
            raise DeployError(message)
        return application

    def version(self, name: str, version: int) -> Application:
        """The application as it was in a version."""
        answer = self.call(
            "describe_application_version", ApplicationName=name, ApplicationVersionId=version
        )
        return Application.of(answer["ApplicationVersionDetail"])

    def settle(self, name: str, timeout_s: float = OPERATION_TIMEOUT_S) -> Application:
        """Wait until no operation is under way.

        Raises:
            DeployError: one still is after the timeout.
        """
        until = self.clock.now().timestamp() + timeout_s
        while not (application := self.describe(name)).is_settled:
            if self.clock.now().timestamp() > until:
                message = f"{name} is {application.status} since {timeout_s / 60:.0f} minutes: "
                message += "look at `status`, end it with `aws kinesisanalyticsv2 stop-application"
                message += f" --force --application-name {name}`, then run this again"
                raise DeployError(message)
            self.reporter.waiting(f"{name} is {application.status}")
            self.clock.sleep(POLL_S)
        return application

    def wait(
        self, name: str, operation_id: str | None, timeout_s: float = OPERATION_TIMEOUT_S
    ) -> Outcome:
        """Wait for the end of an operation.

        Raises:
            DeployError: it did not end in time.
        """
        if operation_id is None:  # not told by every call of the service
            self.settle(name, timeout_s)
            return Outcome()
        until = self.clock.now().timestamp() + timeout_s
        while True:
            answer = self.call(
                "describe_application_operation", ApplicationName=name, OperationId=operation_id
            )
            details = answer["ApplicationOperationInfoDetails"]
            status = details["OperationStatus"]
            if status != "IN_PROGRESS":
                break
            if self.clock.now().timestamp() > until:
                message = f"{details['Operation']} of {name} is not done in {timeout_s:.0f} s"
                raise OperationFailedError(message)
            self.reporter.waiting(f"{details['Operation']} of {name}")
            self.clock.sleep(POLL_S)
        if status == "SUCCESSFUL":
            return Outcome()
        failure = details.get("OperationFailureDetails", {})
        said = failure.get("ErrorInfo", {}).get("ErrorString", "no reason given")
        return Outcome(
            f"{details['Operation']} {status}: {said}", failure.get("RollbackOperationId")
        )

    def change(
        self,
        name: str,
        operation: str,
        request: Callable[[Application], dict[str, Any] | None],
        timeout_s: float = OPERATION_TIMEOUT_S,
    ) -> Outcome:
        """Change an application as it is now, however often others change it meanwhile.

        Args:
            name: Which.
            operation: Of the client, with parameter ApplicationName.
            request: The other parameters for the application as it is; None = nothing to do.
            timeout_s: For the operation.

        Returns:
            How the operation ended; success if there was nothing to do.

        Raises:
            DeployError: others changed it every time.
        """
        for _ in range(MAX_CONFLICTS):
            application = self.settle(name)
            parameters = request(application)
            if parameters is None:
                return Outcome()
            try:
                answer = self.call(operation, ApplicationName=name, **parameters)
            except ClientError as error:
                if code_of(error) not in CONFLICTS:
                    raise
                self.reporter.say(f"{name} was changed by someone else meanwhile: looking again")
                self.clock.sleep(POLL_S)
            else:
                return self.wait(name, answer.get("OperationId"), timeout_s)
        message = f"{name} is changed by someone else all the time ({MAX_CONFLICTS} conflicts): "
        message += "find out who deploys it besides you, then run this again"
        raise DeployError(message)

    def under_way(self, name: str) -> list[dict[str, Any]]:
        """Operations in progress."""
        return self.pages(
            "list_application_operations",
            "ApplicationOperationInfoList",
            ApplicationName=name,
            OperationStatus="IN_PROGRESS",
        )


def code_of(error: ClientError) -> str:
    """The name of the service's error."""
    return str(error.response.get("Error", {}).get("Code", ""))
