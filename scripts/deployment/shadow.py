"""The second application of a blue/green deployment: the first one's copy, writing elsewhere."""

from collections.abc import Mapping
from typing import Any

from schemas.topics import SHADOW_PREFIX
from scripts.deployment.application import Application, Properties, property_groups

GREEN = "-green"
# In the shadow nobody reads the texts of alerts: hardly any money for them.
_SHADOW_BUDGET_USD = "0.01"


def partner(name: str) -> str:
    """The other application of a pair: X and X-green.

    >>> partner("deal-finder-prod-jobs"), partner("deal-finder-prod-jobs-green")
    ('deal-finder-prod-jobs-green', 'deal-finder-prod-jobs')
    """
    return name.removesuffix(GREEN) if name.endswith(GREEN) else name + GREEN


def group_prefix(name: str, live: Application) -> str:
    """The consumer groups' prefix of an application of the pair, each its own for ever.

    Green's is below blue's, for the role of the jobs may use groups `PREFIX.*`.
    """
    blue = live.group_prefix.removesuffix(".green")
    return f"{blue}.green" if name.endswith(GREEN) else blue


def shadow_properties(live: Application, name: str) -> Properties:
    """The live application's properties for a shadow of the name."""
    properties = real_properties(live, name)
    properties["Kafka"]["output.prefix"] = SHADOW_PREFIX
    index = properties["Search"].get("index", "deals")
    properties["Search"]["index"] = f"{SHADOW_PREFIX.rstrip('.')}-{index}"
    properties["Bedrock"]["daily.budget.usd"] = _SHADOW_BUDGET_USD
    return properties


def real_properties(live: Application, name: str) -> Properties:
    """The live application's properties for the one that takes its place."""
    properties = {group: dict(keys) for group, keys in live.properties.items()}
    properties["Kafka"]["group.prefix"] = group_prefix(name, live)
    properties["Kafka"].pop("output.prefix", None)
    return properties


def create_request(
    live: Application, name: str, code: Mapping[str, str], properties: Properties
) -> dict[str, Any]:
    """The CreateApplication that makes a stopped copy of the live application.

    Args:
        live: The application to copy.
        name: Of the copy.
        code: BucketARN and FileKey of its package.
        properties: Its property groups.
    """
    said = live.detail["ApplicationConfigurationDescription"]
    flink = said["FlinkApplicationConfigurationDescription"]
    request: dict[str, Any] = {
        "ApplicationName": name,
        "ApplicationDescription": f"Takes turns with {partner(name)}",
        "RuntimeEnvironment": live.detail["RuntimeEnvironment"],
        "ServiceExecutionRole": live.detail["ServiceExecutionRole"],
        "ApplicationConfiguration": {
            "ApplicationCodeConfiguration": {
                "CodeContentType": "ZIPFILE",
                "CodeContent": {"S3ContentLocation": dict(code)},
            },
            "EnvironmentProperties": {"PropertyGroups": property_groups(properties)},
            "FlinkApplicationConfiguration": {
                "CheckpointConfiguration": flink["CheckpointConfigurationDescription"],
                "MonitoringConfiguration": flink["MonitoringConfigurationDescription"],
                "ParallelismConfiguration": {
                    key: value
                    for key, value in flink["ParallelismConfigurationDescription"].items()
                    if key != "CurrentParallelism"  # what autoscaling made of it
                },
            },
            "ApplicationSnapshotConfiguration": {
                "SnapshotsEnabled": True,
                "SnapshotMode": "ENHANCED_SNAPSHOTS",
            },
            "ApplicationSystemRollbackConfiguration": {"RollbackEnabled": True},
            "VpcConfigurations": [
                {key: vpc[key] for key in ("SubnetIds", "SecurityGroupIds")}
                for vpc in said.get("VpcConfigurationDescriptions", [])
            ],
        },
        "Tags": [{"Key": "ManagedBy", "Value": "scripts.deploy"}],
    }
    streams = [
        {"LogStreamARN": option["LogStreamARN"]}
        for option in live.detail.get("CloudWatchLoggingOptionDescriptions", [])
    ]
    return request | ({"CloudWatchLoggingOptions": streams} if streams else {})
