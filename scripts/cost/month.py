"""The items of a month, from a platform, a load and the prices."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from scripts.cost.platform import ZONES, Platform

PRICES = Path(__file__).with_name("prices.toml")
HOURS = 730
"""Of a month, as AWS counts."""
BUCKETS, TABLES = 4, 3
# Assumed: the examples in schemas/ weigh 1.2 KB on all topics together, real feeds are wordier.
BYTES_A_DEAL = 8_000
TOPIC_DAYS, COPIES = 30, 3
LOG_BYTES_A_DEAL = 200
# Of a call: a request of ours has about 3,000 characters, an answer at most 200 tokens.
INPUT_TOKENS, OUTPUT_TOKENS = 900, 150
# Assumed, far below what one core was measured to do: parsing 3,900 a second, pricing 7,500.
DEALS_A_SECOND_A_SUBTASK = 500
SCAN_MINUTES = 1
TASKS, TASK_METRICS, OWN_METRICS = 12, 15, 45


@dataclass(frozen=True)
class Load:
    """What comes in.

    Attributes:
        deals_per_hour: New offers, day and night.
        alert_ratio: Alerts a deal; people are told each once.
    """

    deals_per_hour: float
    alert_ratio: float = 0.05

    @property
    def deals(self) -> float:
        """Of a month."""
        return self.deals_per_hour * HOURS

    @property
    def alerts(self) -> float:
        """Of a month."""
        return self.deals * self.alert_ratio


@dataclass(frozen=True)
class Item:
    """A line of the bill, in USD a month."""

    component: str
    what: str
    usd: float


def prices(path: Path = PRICES) -> dict[str, float]:
    """USD by name."""
    table = tomllib.loads(path.read_text("utf-8"))
    return {name: each["usd"] for name, each in table.items() if isinstance(each, dict)}


def items(platform: Platform, load: Load, usd: dict[str, float]) -> list[Item]:
    """The bill, item by item.

    Raises:
        KeyError: no price for an instance type: put it into prices.toml.
    """
    found = list(_always(load, usd))
    if "enable_nat_gateway" in platform.flags:
        found += _nat(platform, load, usd)
    elif "enable_flink" in platform.flags:
        endpoints = 3 * ZONES * HOURS * usd["interface_endpoint_hour"]
        found.append(Item("network", "interface endpoints: 3 services, 3 zones", endpoints))
    if "enable_msk" in platform.flags:
        found += _kafka(platform, load, usd)
    if "enable_opensearch" in platform.flags:
        found += _search(platform, usd)
    if "enable_flink" in platform.flags:
        found += _flink(platform, load, usd)
    if "enable_scanner" in platform.flags:
        found.append(_scanner(platform, usd))
    return found


def total(bill: list[Item]) -> float:
    """USD a month."""
    return sum(item.usd for item in bill)


def _gb_kept(load: Load) -> float:
    return load.deals_per_hour * 24 * TOPIC_DAYS * BYTES_A_DEAL / 1e9


def _always(load: Load, usd: dict[str, float]) -> list[Item]:
    gb = 10 + _gb_kept(load)
    return [
        Item("storage", "KMS keys: environment, state", 2 * usd["kms_key_month"]),
        Item("storage", f"S3: {BUCKETS} buckets, {gb:.0f} GB", gb * usd["s3_gb_month"]),
        Item("storage", f"DynamoDB: {TABLES} tables, 1 GB, backups", usd["dynamodb_gb_month"]),
        Item("registry", "Glue schemas, VPC, gateway endpoints, SNS, budget, anomalies", 0.0),
    ]


def _nat(platform: Platform, load: Load, usd: dict[str, float]) -> list[Item]:
    gateways = ZONES if platform.is_production else 1
    # Feeds come in, Bedrock and the registry are asked: about as much as the deals themselves.
    gb = load.deals * BYTES_A_DEAL / 1e9 + 5
    return [
        Item("network", f"NAT gateways: {gateways}", gateways * HOURS * usd["nat_gateway_hour"]),
        Item("network", f"through NAT: {gb:.0f} GB", gb * usd["nat_gateway_gb"]),
    ]


def _kafka(platform: Platform, load: Load, usd: dict[str, float]) -> list[Item]:
    between = load.deals * BYTES_A_DEAL * COPIES / 1e9
    transfer = Item("kafka", f"between zones: {between:.0f} GB", between * usd["zone_transfer_gb"])
    if platform.streaming_kind == "serverless":
        partitions = 6 * 4
        hourly = usd["kafka_serverless_hour"] + partitions * usd["kafka_serverless_partition_hour"]
        return [Item("kafka", f"serverless, {partitions} partitions", HOURS * hourly), transfer]
    kind = platform.broker_instance_type
    kept = max(ZONES * platform.broker_volume_gb, 1.5 * _gb_kept(load) * COPIES)
    return [
        Item("kafka", f"{ZONES} x {kind}", ZONES * HOURS * usd[f"{kind}_hour"]),
        Item("kafka", f"volumes: {kept:.0f} GB", kept * usd["kafka_storage_gb_month"]),
        transfer,
    ]


def _search(platform: Platform, usd: dict[str, float]) -> list[Item]:
    nodes = 3 if platform.is_production else 1
    kind, gb = platform.search_instance_type, nodes * platform.search_volume_gb
    found = [
        Item("search", f"{nodes} x {kind}", nodes * HOURS * usd[f"{kind}_hour"]),
        Item("search", f"volumes: {gb} GB", gb * usd["search_storage_gb_month"]),
    ]
    if platform.is_production:
        kind = platform.master_instance_type
        found.append(Item("search", f"3 masters {kind}", 3 * HOURS * usd[f"{kind}_hour"]))
    return found


def subtasks(platform: Platform, load: Load) -> int:
    """As many as terraform says, or as the load needs (autoscaling adds them)."""
    needed = -(-load.deals_per_hour // (3600 * DEALS_A_SECOND_A_SUBTASK))
    return max(platform.parallelism, int(needed))


def _flink(platform: Platform, load: Load, usd: dict[str, float]) -> list[Item]:
    kpus = -(-subtasks(platform, load) // platform.parallelism_per_kpu)
    calls = load.alerts
    tokens_usd = (
        INPUT_TOKENS * usd["bedrock_input_million"] + OUTPUT_TOKENS * usd["bedrock_output_million"]
    ) / 1e6
    log_gb = load.deals * LOG_BYTES_A_DEAL / 1e9 + 1
    metrics = OWN_METRICS + (TASKS * TASK_METRICS if platform.is_production else 0)
    return [
        Item(
            "flink",
            f"{kpus} KPU and one of the service's own",
            (kpus + 1) * HOURS * usd["flink_kpu_hour"],
        ),
        Item(
            "flink",
            f"running storage: {50 * kpus} GB",
            50 * kpus * usd["flink_running_storage_gb_month"],
        ),
        Item("flink", "snapshots: 20 GB", 20 * usd["flink_backup_gb_month"]),
        Item("bedrock", f"{calls:,.0f} calls", calls * tokens_usd),
        Item("monitoring", f"{metrics} metrics", metrics * usd["metric_month"]),
        Item("monitoring", "alarms: 33, about 90 series", 90 * usd["alarm_metric_month"]),
        Item("monitoring", f"logs: {log_gb:.1f} GB", log_gb * usd["log_gb"]),
    ]


def _scanner(platform: Platform, usd: dict[str, float]) -> Item:
    hours = HOURS * SCAN_MINUTES / platform.scan_every_minutes
    if platform.scanner_kind == "lambda":
        cost = hours * 3600 * 0.5 * usd["lambda_gb_second"]
    else:
        cost = hours * (0.25 * usd["fargate_vcpu_hour"] + 0.5 * usd["fargate_gb_hour"])
    what = f"{platform.scanner_kind}: a minute every {platform.scan_every_minutes}, image, logs"
    return Item("scanner", what, cost + 1.5)
