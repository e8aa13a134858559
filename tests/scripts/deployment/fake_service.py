"""A stand-in for kinesisanalyticsv2 behind a real boto3 client.

It hooks in where botocore would send: so requests are serialised and answers parsed by botocore,
and both are held to its model. It goes by the fake clock: operations take their time, jobs restart,
fall behind and write dead letters as the behaviour of their package says.
"""

import copy
import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from moto.core.models import botocore_stubber

from tests.scripts.deployment import shapes
from tests.scripts.deployment.clock import FakeClock

CALL_S = 0.2
NOT_FOUND = "ResourceNotFoundException"
IN_USE = "ResourceInUseException"
CONFLICT = "ConcurrentModificationException"
INVALID_ARGUMENT = "InvalidArgumentException"
INVALID_REQUEST = "InvalidRequestException"
INVALID_CONFIGURATION = "InvalidApplicationConfigurationException"
REGION, ACCOUNT = "us-east-1", "111122223333"
BUCKET = "deal-finder-dev-artefacts-111122223333"

# One session: it reads the models of the services once.
SESSION = boto3.Session()


@dataclass
class Behaviour:
    """How a package behaves once it runs.

    Attributes:
        update_s: How long an update or start takes.
        fails_to_start: The operation that brings it in fails.
        restart_every_s: The job restarts for ever; 0 = never.
        has_checkpoints: Checkpoints complete; else each minute one fails.
        can_snapshot: Snapshots of it succeed.
        lag_s: How far behind it is (second s after its start).
        dead_letter_share: Of its records.
        verdicts: Shares of the verdicts.
        alerts: An hour.
    """

    update_s: float = 60.0
    fails_to_start: bool = False
    restart_every_s: float = 0.0
    has_checkpoints: bool = True
    can_snapshot: bool = True
    lag_s: Any = lambda seconds: max(0.0, 120.0 - seconds)
    dead_letter_share: float = 0.01
    verdicts: dict[str, float] = field(
        default_factory=lambda: {"bargain": 0.1, "fair": 0.6, "unknown": 0.3}
    )
    alerts: float = 60.0


@dataclass
class _Pending:
    operation_id: str
    operation: str
    ends_at: datetime
    on_end: Any


class AwsError(Exception):
    def __init__(self, code: str, message: str = "as the test wants it") -> None:
        super().__init__(message)
        self.code = code


class FakeService:
    """The service's applications. A test changes `behaviours`, `faults` and reads `calls`."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.applications: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, dict[int, dict[str, Any]]] = {}
        self.operations: dict[str, list[dict[str, Any]]] = {}
        self.snapshots: list[dict[str, Any]] = []
        self.running_since: dict[str, datetime] = {}
        self.behaviours: dict[str, Behaviour] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.faults: dict[str, list[str | None]] = {}
        self.rollback_s = 60.0
        self.rollback_outcome = "SUCCESSFUL"
        self._pending: dict[str, _Pending] = {}
        self.client = SESSION.client(
            "kinesisanalyticsv2",
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the fake takes any
            config=Config(retries={"total_max_attempts": 1, "mode": "standard"}),
        )
        self._model = self.client.meta.service_model
        # moto would answer too, from a stand-in of its own that knows less.
        self.client.meta.events.unregister("before-send", botocore_stubber)
        self.client.meta.events.register("before-send.kinesis-analytics-v2", self._answer)

    # --- the wire

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        wanted = json.loads(request.body)
        model = self._model.operation_model(operation)
        shapes.check(wanted, model.input_shape, operation)
        self.calls.append((operation, wanted))
        self.clock.sleep(CALL_S)
        self._tick()
        try:
            if (fault := self._fault(operation)) is not None:
                raise AwsError(fault)  # noqa: TRY301 - one way out for all errors
            answer = getattr(self, operation)(**wanted)
        except AwsError as error:
            known = {shape.name for shape in model.error_shapes} | {"ThrottlingException"}
            if error.code not in known:
                message = f"{operation} never answers {error.code}"
                raise AssertionError(message) from error
            return _response(400, {"__type": error.code, "message": str(error)})
        shapes.check(answer, model.output_shape, f"answer of {operation}")
        return _response(200, answer)

    def _fault(self, operation: str) -> str | None:
        queue = self.faults.get(operation, [])
        return queue.pop(0) if queue else None

    def called(self, operation: str) -> list[dict[str, Any]]:
        return [wanted for name, wanted in self.calls if name == operation]

    def changes(self) -> list[str]:
        """Names of the calls that change something."""
        return [name for name, _ in self.calls if not name.startswith(("Describe", "List"))]

    # --- the world's side

    def behaviour(self, name: str) -> Behaviour:
        return self.behaviours.setdefault(_key(self.applications[name]), Behaviour())

    def add(self, name: str, key: str, properties: dict[str, dict[str, str]]) -> None:
        """An application as terraform makes it, running."""
        self.CreateApplication(
            ApplicationName=name,
            RuntimeEnvironment="FLINK-2_2",
            ServiceExecutionRole=f"arn:aws:iam::{ACCOUNT}:role/deal-finder-dev-flink",
            ApplicationConfiguration={
                "ApplicationCodeConfiguration": {
                    "CodeContentType": "ZIPFILE",
                    "CodeContent": {
                        "S3ContentLocation": {
                            "BucketARN": f"arn:aws:s3:::{BUCKET}",
                            "FileKey": key,
                        }
                    },
                },
                "EnvironmentProperties": {
                    "PropertyGroups": [
                        {"PropertyGroupId": group, "PropertyMap": keys}
                        for group, keys in properties.items()
                    ]
                },
                "FlinkApplicationConfiguration": {
                    "CheckpointConfiguration": {"ConfigurationType": "CUSTOM"},
                    "MonitoringConfiguration": {"ConfigurationType": "CUSTOM"},
                    "ParallelismConfiguration": {"ConfigurationType": "CUSTOM", "Parallelism": 1},
                },
                "ApplicationSnapshotConfiguration": {"SnapshotsEnabled": True},
                "VpcConfigurations": [
                    {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
                ],
            },
            CloudWatchLoggingOptions=[
                {"LogStreamARN": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:x:log-stream:jobs"}
            ],
        )
        self._set_running(name)

    def _set_running(self, name: str) -> None:
        self.applications[name]["ApplicationStatus"] = "RUNNING"
        self.running_since[name] = self.clock.now()

    def _begin(self, name: str, operation: str, seconds: float, status: str, on_end: Any) -> str:
        operation_id = uuid.uuid4().hex
        application = self.applications[name]
        application["ApplicationStatus"] = status
        self.operations[name].insert(
            0,
            {
                "Operation": operation,
                "OperationId": operation_id,
                "StartTime": self.clock.now().timestamp(),
                "EndTime": self.clock.now().timestamp(),
                "OperationStatus": "IN_PROGRESS",
            },
        )
        ends_at = self.clock.now() + timedelta(seconds=seconds)
        self._pending[name] = _Pending(operation_id, operation, ends_at, on_end)
        return operation_id

    def _end(self, name: str, operation_id: str, status: str, **failure: Any) -> None:
        entry = self._operation(name, operation_id)
        entry |= {"OperationStatus": status, "EndTime": self.clock.now().timestamp()}
        if failure:
            entry["failure"] = failure

    def _operation(self, name: str, operation_id: str) -> dict[str, Any]:
        for entry in self.operations[name]:
            if entry["OperationId"] == operation_id:
                return entry
        raise AwsError(NOT_FOUND)

    def _tick(self) -> None:
        for name in list(self._pending):
            while (one := self._pending.get(name)) and one.ends_at <= self.clock.now():
                del self._pending[name]
                one.on_end(one)
        for snapshot in self.snapshots:
            if snapshot["SnapshotStatus"] == "CREATING" and snapshot["at"] + timedelta(
                seconds=20
            ) <= (self.clock.now()):
                snapshot["SnapshotStatus"] = "READY" if snapshot["good"] else "FAILED"

    def _require(self, name: str, *statuses: str) -> dict[str, Any]:
        if name not in self.applications:
            raise AwsError(NOT_FOUND, f"no application {name}")
        application = self.applications[name]
        if statuses and application["ApplicationStatus"] not in statuses:
            raise AwsError(IN_USE, application["ApplicationStatus"])
        return application

    # --- the API

    def CreateApplication(self, **wanted: Any) -> dict[str, Any]:
        name = wanted["ApplicationName"]
        if name in self.applications:
            raise AwsError(IN_USE)
        asked = wanted["ApplicationConfiguration"]
        code = asked["ApplicationCodeConfiguration"]["CodeContent"]["S3ContentLocation"]
        flink = asked["FlinkApplicationConfiguration"]
        now = self.clock.now().timestamp()
        self.applications[name] = {
            "ApplicationARN": f"arn:aws:kinesisanalytics:{REGION}:{ACCOUNT}:application/{name}",
            "ApplicationName": name,
            "RuntimeEnvironment": wanted["RuntimeEnvironment"],
            "ServiceExecutionRole": wanted["ServiceExecutionRole"],
            "ApplicationStatus": "READY",
            "ApplicationVersionId": 1,
            "ApplicationVersionCreateTimestamp": now,
            "ApplicationConfigurationDescription": {
                "ApplicationCodeConfigurationDescription": {
                    "CodeContentType": "ZIPFILE",
                    "CodeContentDescription": {"S3ApplicationCodeLocationDescription": code},
                },
                "EnvironmentPropertyDescriptions": {
                    "PropertyGroupDescriptions": asked["EnvironmentProperties"]["PropertyGroups"]
                },
                "FlinkApplicationConfigurationDescription": {
                    f"{part}Description": value for part, value in flink.items()
                },
                "ApplicationSnapshotConfigurationDescription": asked[
                    "ApplicationSnapshotConfiguration"
                ],
                "ApplicationSystemRollbackConfigurationDescription": asked.get(
                    "ApplicationSystemRollbackConfiguration", {"RollbackEnabled": False}
                ),
                "VpcConfigurationDescriptions": [
                    {"VpcConfigurationId": "1.1", "VpcId": "vpc-1"} | vpc
                    for vpc in asked.get("VpcConfigurations", [])
                ],
            },
            "CloudWatchLoggingOptionDescriptions": wanted.get("CloudWatchLoggingOptions", []),
        }
        self.operations[name] = []
        self.versions[name] = {1: copy.deepcopy(self.applications[name])}
        return {"ApplicationDetail": copy.deepcopy(self.applications[name])}

    def DescribeApplication(self, ApplicationName: str) -> dict[str, Any]:
        return {"ApplicationDetail": copy.deepcopy(self._require(ApplicationName))}

    def DescribeApplicationVersion(
        self,
        ApplicationName: str,
        ApplicationVersionId: int,
    ) -> dict[str, Any]:
        self._require(ApplicationName)
        found = self.versions[ApplicationName].get(ApplicationVersionId)
        if found is None:
            raise AwsError(NOT_FOUND)
        return {"ApplicationVersionDetail": copy.deepcopy(found)}

    def UpdateApplication(self, **wanted: Any) -> dict[str, Any]:
        name = wanted["ApplicationName"]
        application = self._require(name, "RUNNING", "READY")
        if wanted.get("CurrentApplicationVersionId") != application["ApplicationVersionId"]:
            raise AwsError(CONFLICT, "another version is current")
        before = copy.deepcopy(application)
        was_running = application["ApplicationStatus"] == "RUNNING"
        if not was_running and "RunConfigurationUpdate" in wanted:
            raise AwsError(INVALID_ARGUMENT, "the application does not run")
        self._check_restore(application, wanted.get("RunConfigurationUpdate", {}))
        self._apply(application, wanted["ApplicationConfigurationUpdate"])
        self._new_version(name, before)
        if not was_running:
            answer = {"ApplicationDetail": copy.deepcopy(application)}
            operation_id = self._begin(name, "UpdateApplication", 0, "READY", self._quiet_end)
            return answer | {"OperationId": operation_id}
        self._snapshot(name, f"SYSTEMSNAPSHOT-{uuid.uuid4().hex[:8]}", self._good(before), 0)
        behaviour = self.behaviour(name)
        operation_id = self._begin(
            name,
            "UpdateApplication",
            behaviour.update_s,
            "UPDATING",
            lambda one: self._updated(name, one, before),
        )
        return {"ApplicationDetail": copy.deepcopy(application), "OperationId": operation_id}

    def _good(self, application: dict[str, Any]) -> bool:
        return self.behaviours.setdefault(_key(application), Behaviour()).can_snapshot

    def _quiet_end(self, one: _Pending) -> None:
        name = next(
            name
            for name, entries in self.operations.items()
            if any(entry["OperationId"] == one.operation_id for entry in entries)
        )
        self._end(name, one.operation_id, "SUCCESSFUL")

    def _apply(self, application: dict[str, Any], update: dict[str, Any]) -> None:
        said = application["ApplicationConfigurationDescription"]
        if code := update.get("ApplicationCodeConfigurationUpdate"):
            location = code["CodeContentUpdate"]["S3ContentLocationUpdate"]
            said["ApplicationCodeConfigurationDescription"]["CodeContentDescription"] = {
                "S3ApplicationCodeLocationDescription": {
                    "BucketARN": location["BucketARNUpdate"],
                    "FileKey": location["FileKeyUpdate"],
                }
            }
        if properties := update.get("EnvironmentPropertyUpdates"):
            said["EnvironmentPropertyDescriptions"] = {
                "PropertyGroupDescriptions": properties["PropertyGroups"]
            }
        if rollback := update.get("ApplicationSystemRollbackConfigurationUpdate"):
            said["ApplicationSystemRollbackConfigurationDescription"] = {
                "RollbackEnabled": rollback["RollbackEnabledUpdate"]
            }
        if snapshots := update.get("ApplicationSnapshotConfigurationUpdate"):
            now = said["ApplicationSnapshotConfigurationDescription"]
            now["SnapshotsEnabled"] = snapshots["SnapshotsEnabledUpdate"]
            if mode := snapshots.get("SnapshotModeUpdate"):
                now["SnapshotMode"] = mode

    def _new_version(self, name: str, before: dict[str, Any]) -> None:
        application = self.applications[name]
        self.versions[name][before["ApplicationVersionId"]] = before
        application["ApplicationVersionUpdatedFrom"] = before["ApplicationVersionId"]
        application.pop("ApplicationVersionRolledBackFrom", None)
        application["ApplicationVersionId"] += 1
        application["ApplicationVersionCreateTimestamp"] = self.clock.now().timestamp()

    def _updated(self, name: str, one: _Pending, before: dict[str, Any]) -> None:
        if not self.behaviour(name).fails_to_start:
            self._end(name, one.operation_id, "SUCCESSFUL")
            self._set_running(name)
            return
        error = {"ErrorInfo": {"ErrorString": "The job failed to start: ModuleNotFoundError"}}
        if not before["ApplicationConfigurationDescription"][
            "ApplicationSystemRollbackConfigurationDescription"
        ]["RollbackEnabled"]:
            self._end(name, one.operation_id, "FAILED", **error)
            self.applications[name]["ApplicationStatus"] = "READY"
            return
        rollback_id = self._roll_back(name, before)
        self._end(name, one.operation_id, "FAILED", RollbackOperationId=rollback_id, **error)

    def RollbackApplication(
        self,
        ApplicationName: str,
        CurrentApplicationVersionId: int,
    ) -> dict[str, Any]:
        application = self._require(ApplicationName, "RUNNING", "UPDATING", "AUTOSCALING")
        if CurrentApplicationVersionId != application["ApplicationVersionId"]:
            raise AwsError(CONFLICT)
        before = self.versions[ApplicationName].get(
            application.get("ApplicationVersionUpdatedFrom", 0)
        )
        ready = [one for one in self.snapshots if one["SnapshotStatus"] == "READY"]
        if before is None or not ready:
            raise AwsError(INVALID_REQUEST, "nothing to roll back to")
        operation_id = self._roll_back(ApplicationName, before)
        return {
            "ApplicationDetail": copy.deepcopy(self.applications[ApplicationName]),
            "OperationId": operation_id,
        }

    def _roll_back(self, name: str, before: dict[str, Any]) -> str:
        application = self.applications[name]
        left = application["ApplicationVersionId"]

        def end(one: _Pending) -> None:
            self._end(
                name,
                one.operation_id,
                self.rollback_outcome,
                **({} if self.rollback_outcome == "SUCCESSFUL" else _NO_ROLLBACK),
            )
            if self.rollback_outcome != "SUCCESSFUL":
                self.applications[name]["ApplicationStatus"] = "READY"
                return
            application["ApplicationConfigurationDescription"] = copy.deepcopy(
                before["ApplicationConfigurationDescription"]
            )
            self.versions[name][left] = copy.deepcopy(application)
            application["ApplicationVersionId"] = left + 1
            application["ApplicationVersionRolledBackFrom"] = left
            application["ApplicationVersionRolledBackTo"] = before["ApplicationVersionId"]
            application["ApplicationVersionCreateTimestamp"] = self.clock.now().timestamp()
            self._set_running(name)

        return self._begin(name, "RollbackApplication", self.rollback_s, "ROLLING_BACK", end)

    def StartApplication(self, **wanted: Any) -> dict[str, Any]:
        name = wanted["ApplicationName"]
        application = self._require(name, "READY")
        self._check_restore(application, wanted.get("RunConfiguration", {}))

        def end(one: _Pending) -> None:
            if self.behaviour(name).fails_to_start:
                error = {"ErrorInfo": {"ErrorString": "The job failed to start"}}
                self._end(name, one.operation_id, "FAILED", **error)
                application["ApplicationStatus"] = "READY"
                return
            self._end(name, one.operation_id, "SUCCESSFUL")
            self._set_running(name)

        seconds = self.behaviour(name).update_s
        return {"OperationId": self._begin(name, "StartApplication", seconds, "STARTING", end)}

    def StopApplication(
        self,
        ApplicationName: str,
        Force: bool = False,  # noqa: FBT001, FBT002
    ) -> dict[str, Any]:
        name = ApplicationName
        statuses = ["RUNNING"] + (
            ["STARTING", "UPDATING", "STOPPING", "AUTOSCALING", "ROLLING_BACK"] if Force else []
        )
        application = self._require(name, *statuses)
        if (stuck := self._pending.pop(name, None)) is not None:
            self._end(name, stuck.operation_id, "CANCELLED")
        if not Force:
            self._snapshot(name, f"SYSTEMSNAPSHOT-{uuid.uuid4().hex[:8]}", good=True, age_s=0)

        def end(one: _Pending) -> None:
            self._end(name, one.operation_id, "SUCCESSFUL")
            application["ApplicationStatus"] = "READY"
            self.running_since.pop(name, None)

        return {"OperationId": self._begin(name, "StopApplication", 15, "STOPPING", end)}

    def _check_restore(self, application: dict[str, Any], run: dict[str, Any]) -> None:
        """The restore configuration fits the snapshots that there are, and their mode."""
        restore = run.get("ApplicationRestoreConfiguration", {})
        if restore.get("ApplicationRestoreType") != "RESTORE_FROM_CUSTOM_SNAPSHOT":
            return
        wanted = "SnapshotArn" if _is_enhanced(application) else "SnapshotName"
        if set(restore) != {"ApplicationRestoreType", wanted}:
            raise AwsError(INVALID_ARGUMENT, f"exactly {wanted}")
        for snapshot in self.snapshots:
            is_it = restore[wanted] in (snapshot["SnapshotName"], snapshot["arn"])
            own = snapshot["application"] == application["ApplicationName"]
            if is_it and (own or wanted == "SnapshotArn") and snapshot["SnapshotStatus"] == "READY":
                return
        raise AwsError(INVALID_ARGUMENT, "no such snapshot")

    # --- snapshots

    def _snapshot(self, name: str, snapshot: str, good: bool, age_s: float) -> dict[str, Any]:  # noqa: FBT001
        entry = {
            "application": name,
            "SnapshotName": snapshot,
            "SnapshotStatus": "CREATING",
            "version": self.applications[name]["ApplicationVersionId"],
            "at": self.clock.now() - timedelta(seconds=age_s),
            "arn": f"arn:aws:kinesisanalytics:{REGION}:{ACCOUNT}:snapshot/{snapshot}",
            "good": good,
            "enhanced": _is_enhanced(self.applications[name]),
        }
        self.snapshots.append(entry)
        return entry

    def CreateApplicationSnapshot(
        self,
        ApplicationName: str,
        SnapshotName: str,
    ) -> dict[str, Any]:
        self._create_snapshot(ApplicationName, SnapshotName, is_enhanced=False)
        return {}

    def CreateSnapshot(self, ApplicationName: str, SnapshotName: str) -> dict[str, Any]:
        entry = self._create_snapshot(ApplicationName, SnapshotName, is_enhanced=True)
        return {
            "SnapshotArn": entry["arn"],
            "SnapshotStatus": "CREATING",
            "SnapshotOperationId": uuid.uuid4().hex,
            "SnapshotOperationStatus": "IN_PROGRESS",
        }

    def _create_snapshot(self, name: str, snapshot: str, *, is_enhanced: bool) -> dict[str, Any]:
        application = self._require(name, "RUNNING")
        if _is_enhanced(application) != is_enhanced:
            raise AwsError(INVALID_CONFIGURATION, "the other snapshot mode")
        taken = [one for one in self.snapshots if one["SnapshotName"] == snapshot]
        if taken:
            raise AwsError(IN_USE, "the name is taken")
        return self._snapshot(name, snapshot, self.behaviour(name).can_snapshot, 0)

    def DescribeApplicationSnapshot(
        self,
        ApplicationName: str,
        SnapshotName: str,
    ) -> dict[str, Any]:
        return {"SnapshotDetails": _legacy(self._named(SnapshotName, ApplicationName))}

    def DescribeSnapshot(self, SnapshotName: str) -> dict[str, Any]:
        entry = self._named(SnapshotName)
        source = {
            "SourceApplicationDescription": {
                "ApplicationName": entry["application"],
                "ApplicationCreationTimestamp": entry["at"].timestamp(),
                "ApplicationVersionId": entry["version"],
            }
        }
        return {"SnapshotInfoDetails": _enhanced(entry) | {"SnapshotSourceDescription": source}}

    def _named(self, snapshot: str, application: str | None = None) -> dict[str, Any]:
        for entry in self.snapshots:
            if entry["SnapshotName"] == snapshot and application in (None, entry["application"]):
                return entry
        raise AwsError(NOT_FOUND)

    def ListApplicationSnapshots(self, ApplicationName: str, **_: Any) -> dict[str, Any]:
        return {
            "SnapshotSummaries": [
                _legacy(one)
                for one in self.snapshots
                if one["application"] == ApplicationName and not one["enhanced"]
            ]
        }

    def ListSnapshots(self, SourceApplicationName: str, **_: Any) -> dict[str, Any]:
        return {
            "SnapshotInfoList": [
                _enhanced(one) | {"SourceApplicationName": SourceApplicationName}
                for one in self.snapshots
                if one["application"] == SourceApplicationName and one["enhanced"]
            ]
        }

    # --- operations, a page each so that paging is used

    def ListApplicationOperations(
        self,
        ApplicationName: str,
        OperationStatus: str | None = None,
        NextToken: str = "0",
    ) -> dict[str, Any]:
        self._require(ApplicationName)
        entries = [
            {key: value for key, value in entry.items() if key != "failure"}
            for entry in self.operations[ApplicationName]
            if OperationStatus in (None, entry["OperationStatus"])
        ]
        at = int(NextToken)
        page: dict[str, Any] = {"ApplicationOperationInfoList": entries[at : at + 1]}
        return page | ({"NextToken": str(at + 1)} if at + 1 < len(entries) else {})

    def DescribeApplicationOperation(
        self,
        ApplicationName: str,
        OperationId: str,
    ) -> dict[str, Any]:
        entry = self._operation(ApplicationName, OperationId)
        details = {
            key: value for key, value in entry.items() if key not in {"OperationId", "failure"}
        }
        if "failure" in entry:
            details["OperationFailureDetails"] = entry["failure"]
        return {"ApplicationOperationInfoDetails": details}


_NO_ROLLBACK = {"ErrorInfo": {"ErrorString": "The snapshot cannot be restored"}}


def _key(application: dict[str, Any]) -> str:
    said = application["ApplicationConfigurationDescription"]
    code = said["ApplicationCodeConfigurationDescription"]["CodeContentDescription"]
    return str(code["S3ApplicationCodeLocationDescription"]["FileKey"])


def _is_enhanced(application: dict[str, Any]) -> bool:
    said = application["ApplicationConfigurationDescription"]
    mode = said["ApplicationSnapshotConfigurationDescription"].get("SnapshotMode")
    return bool(mode == "ENHANCED_SNAPSHOTS")


def _legacy(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "SnapshotName": entry["SnapshotName"],
        "SnapshotStatus": entry["SnapshotStatus"],
        "ApplicationVersionId": entry["version"],
        "SnapshotCreationTimestamp": entry["at"].timestamp(),
    }


def _enhanced(entry: dict[str, Any]) -> dict[str, Any]:
    is_system = entry["SnapshotName"].startswith("SYSTEM")
    return {
        "SnapshotName": entry["SnapshotName"],
        "SnapshotArn": entry["arn"],
        "SnapshotStatus": entry["SnapshotStatus"],
        "SnapshotCreationTimestamp": entry["at"].timestamp(),
        "SnapshotInitiator": "SYSTEM" if is_system else "USER",
        "SnapshotInitiatorOperation": "SystemCreateSnapshot" if is_system else "CreateSnapshot",
        "SnapshotFormat": "CANONICAL",
    }


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Any:
        yield self._content


def _response(status: int, body: dict[str, Any]) -> AWSResponse:
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    return AWSResponse("https://kinesisanalytics.invalid", status, headers, _Raw(content))
