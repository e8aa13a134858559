"""`python -m scripts.bench.sizing`: KPUs, brokers, search nodes and dollars a month by volume.

Of the CPU that a deal took in pipeline.json and the bulk rate in search.json; prices and the size
of a deal are those of scripts.cost, and what is assumed beyond them is printed with the table.
"""

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.build import ROOT
from scripts.connection import reports_errors
from scripts.cost.month import BYTES_A_DEAL, COPIES, HOURS, prices
from scripts.cost.platform import ZONES

FOLDER = ROOT / "docs" / "benchmarks"
VOLUMES_PER_S = (1_000 / 3600, 1_000.0, 50_000.0)
# Assumed: a task is kept under this part of its core, so that it can catch up after a stop;
BUSY = 0.6
# a kafka.m7g.large takes in so much of its own, replicas beside it; volumes hold three days;
BROKER_MB_S, KEPT_DAYS = 25.0, 3
# every deal is indexed, and a data node (two cores) does so as fast as the benchmark's two cores.


@dataclass(frozen=True)
class Needed:
    """What a volume needs; dollars are of a month.

    Attributes:
        deals_per_s: Day and night.
        kpus: Of the application, and one of the service's own.
        brokers: kafka.m7g.large.
        nodes: r7g.large.search.
    """

    deals_per_s: float
    kpus: int
    brokers: int
    nodes: int
    flink_usd: float
    kafka_usd: float
    search_usd: float

    @property
    def usd(self) -> float:
        """All three."""
        return self.flink_usd + self.kafka_usd + self.search_usd


def needed(
    deals_per_s: float, core_s_per_deal: float, bulk_per_s: float, usd: Mapping[str, float]
) -> Needed:
    """Size the platform for a volume."""
    kpus = max(1, math.ceil(deals_per_s * core_s_per_deal / BUSY))
    mb_s = deals_per_s * BYTES_A_DEAL / 1e6
    brokers = max(ZONES, math.ceil(mb_s / BROKER_MB_S / ZONES) * ZONES)
    nodes = max(ZONES, math.ceil(deals_per_s / (bulk_per_s * BUSY)))
    kept_gb = mb_s * 86_400 * KEPT_DAYS * COPIES / 1e3
    between_gb = mb_s * 3_600 * HOURS * COPIES / 1e3
    return Needed(
        deals_per_s=deals_per_s,
        kpus=kpus + 1,
        brokers=brokers,
        nodes=nodes,
        flink_usd=(kpus + 1) * HOURS * usd["flink_kpu_hour"]
        + 50 * kpus * usd["flink_running_storage_gb_month"],
        kafka_usd=brokers * HOURS * usd["kafka.m7g.large_hour"]
        + kept_gb * usd["kafka_storage_gb_month"]
        + between_gb * usd["zone_transfer_gb"],
        search_usd=nodes * HOURS * usd["r7g.large.search_hour"],
    )


def markdown(found: Sequence[Needed], core_s_per_deal: float, bulk_per_s: float) -> str:
    """The table."""
    lines = [
        "| deals/s | KPUs | brokers | search nodes | Flink USD | Kafka USD | OpenSearch USD"
        " | USD a month | USD a million deals |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for each in found:
        millions = each.deals_per_s * 3_600 * HOURS / 1e6
        lines.append(
            f"| {each.deals_per_s:,.4g} | {each.kpus:,} | {each.brokers:,} | {each.nodes:,}"
            f" | {each.flink_usd:,.0f} | {each.kafka_usd:,.0f} | {each.search_usd:,.0f}"
            f" | {each.usd:,.0f} | {each.usd / millions:,.2f} |"
        )
    lines += [
        "",
        f"From {core_s_per_deal * 1e6:,.0f} us of a core a deal and {bulk_per_s:,.0f} documents a"
        f" second on two cores. Assumed: {BUSY:.0%} busy, {BYTES_A_DEAL / 1e3:g} KB a deal on all"
        f" topics, {BROKER_MB_S:g} MB/s a broker, topics kept {KEPT_DAYS} days in {COPIES} copies,"
        " every deal indexed; without Bedrock, whose calls are bounded by a budget.",
    ]
    return "\n".join(lines) + "\n"


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and write sizing.md; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.sizing", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of the results (%(default)s)")
    folder = parser.parse_args(arguments).folder
    try:
        pipeline = json.loads((folder / "pipeline.json").read_text("utf-8"))
        search = json.loads((folder / "search.json").read_text("utf-8"))
    except FileNotFoundError as error:
        print(f"error: {error.filename} is missing: measure first", file=sys.stderr)
        return 1
    (rate,) = (
        run["per_core_s"]
        for run in pipeline["runs"]
        if (run["stage"], run["parallelism"]) == ("all jobs", 1)
    )
    bulk_per_s = search["found"][-1]["bulk_per_s"]
    found = [needed(volume, 1 / rate, bulk_per_s, prices()) for volume in VOLUMES_PER_S]
    text = markdown(found, 1 / rate, bulk_per_s)
    (folder / "sizing.md").write_text(text, "utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
