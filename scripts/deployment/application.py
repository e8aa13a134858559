"""An application of the service as its description tells it."""

from dataclasses import dataclass
from typing import Any, Self

# In these an application does not change by itself.
SETTLED = frozenset({"RUNNING", "READY", "ROLLED_BACK"})
RUN_OPTIONS = "kinesis.analytics.flink.run.options"
Properties = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Application:
    """What the service says of an application.

    Attributes:
        name: Its name.
        arn: Its ARN.
        status: One of the service's ApplicationStatus.
        version: Its ApplicationVersionId, grows with every change.
        code_key: S3 key of its package.
        code_bucket_arn: Bucket of the package.
        updated_from: The version before.
        rolled_back_from: The version that a rollback left, if this version is one.
        has_snapshots: Whether the service takes snapshots when it updates and stops.
        is_enhanced: Whether snapshots are resources of their own, that other applications can use.
        has_system_rollback: Whether the service undoes updates that fail to start.
        properties: Property groups, those of the service included.
        detail: All that the service said.
    """

    name: str
    arn: str
    status: str
    version: int
    code_key: str
    code_bucket_arn: str
    updated_from: int | None
    rolled_back_from: int | None
    has_snapshots: bool
    is_enhanced: bool
    has_system_rollback: bool
    properties: Properties
    detail: dict[str, Any]

    @classmethod
    def of(cls, detail: dict[str, Any]) -> Self:
        """Read an ApplicationDetail."""
        configuration = detail.get("ApplicationConfigurationDescription", {})
        code = configuration["ApplicationCodeConfigurationDescription"]["CodeContentDescription"]
        location = code["S3ApplicationCodeLocationDescription"]
        snapshots = configuration.get("ApplicationSnapshotConfigurationDescription", {})
        rollback = configuration.get("ApplicationSystemRollbackConfigurationDescription", {})
        groups = configuration.get("EnvironmentPropertyDescriptions", {})
        return cls(
            name=detail["ApplicationName"],
            arn=detail["ApplicationARN"],
            status=detail["ApplicationStatus"],
            version=detail["ApplicationVersionId"],
            code_key=location["FileKey"],
            code_bucket_arn=location["BucketARN"],
            updated_from=detail.get("ApplicationVersionUpdatedFrom"),
            rolled_back_from=detail.get("ApplicationVersionRolledBackFrom"),
            has_snapshots=snapshots.get("SnapshotsEnabled", False),
            is_enhanced=snapshots.get("SnapshotMode") == "ENHANCED_SNAPSHOTS",
            has_system_rollback=rollback.get("RollbackEnabled", False),
            properties={
                group["PropertyGroupId"]: dict(group["PropertyMap"])
                for group in groups.get("PropertyGroupDescriptions", [])
            },
            detail=detail,
        )

    @property
    def is_running(self) -> bool:
        """It processes."""
        return self.status == "RUNNING"

    @property
    def is_settled(self) -> bool:
        """No operation is under way."""
        return self.status in SETTLED

    @property
    def jobs(self) -> list[str]:
        """Names of the jobs that it runs."""
        return [name.strip() for name in self.properties["Jobs"]["run"].split(",")]

    @property
    def group_prefix(self) -> str:
        """Its consumer groups are PREFIX.JOB."""
        return self.properties["Kafka"].get("group.prefix", "deal-finder")

    @property
    def is_shadow(self) -> bool:
        """It writes to topics of its own, that nobody is told anything from."""
        return bool(self.properties["Kafka"].get("output.prefix"))


def code_update(bucket_arn: str, key: str) -> dict[str, Any]:
    """The part of an ApplicationConfigurationUpdate that names another package."""
    location = {"BucketARNUpdate": bucket_arn, "FileKeyUpdate": key}
    return {
        "ApplicationCodeConfigurationUpdate": {
            "CodeContentTypeUpdate": "ZIPFILE",
            "CodeContentUpdate": {"S3ContentLocationUpdate": location},
        }
    }


def properties_update(properties: Properties) -> dict[str, Any]:
    """The part that replaces all property groups."""
    return {"EnvironmentPropertyUpdates": {"PropertyGroups": property_groups(properties)}}


def property_groups(properties: Properties) -> list[dict[str, Any]]:
    """Property groups as the service takes them."""
    return [{"PropertyGroupId": name, "PropertyMap": keys} for name, keys in properties.items()]
