"""What terraform builds of an environment: its sizes, read from the files themselves."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from scripts.infra.blocks import Block, read

TERRAFORM = Path(__file__).resolve().parents[2] / "terraform"
FLAGS = (
    "enable_nat_gateway",
    "enable_msk",
    "enable_opensearch",
    "enable_flink",
    "enable_scanner",
)
ZONES = 3


def _module(block: Block, name: str) -> Block:
    return next(each for each in block.inside("module") if each.labels == (name,))


def _default(module: str, variable: str, root: Path) -> str:
    for path in (root / "modules" / module).glob("*.tf"):
        for block in read(path).inside("variable"):
            if block.labels == (variable,):
                return block.attributes["default"].strip('"')
    message = f"modules/{module} has no variable {variable}"
    raise ValueError(message)


@dataclass(frozen=True)
class Platform:
    """An environment with some flags on.

    Attributes:
        environment: dev or prod.
        flags: What is on, of FLAGS.
        is_production: Three of everything.
        parallelism: Subtasks of the application.
        parallelism_per_kpu: So many share a KPU.
        streaming_kind: provisioned or serverless.
        broker_instance_type: Of a provisioned cluster.
        broker_volume_gb: Of each broker.
        search_instance_type: Of the data nodes.
        master_instance_type: Of the dedicated masters, in production.
        search_volume_gb: Of each data node.
        scanner_kind: ecs or lambda.
        scan_every_minutes: Between two scans.
    """

    environment: str
    flags: frozenset[str]
    is_production: bool
    parallelism: int
    parallelism_per_kpu: int
    streaming_kind: str
    broker_instance_type: str
    broker_volume_gb: int
    search_instance_type: str
    master_instance_type: str
    search_volume_gb: int
    scanner_kind: str
    scan_every_minutes: int

    @classmethod
    def read(cls, environment: str, flags: Iterable[str], root: Path = TERRAFORM) -> Self:
        """Read an environment.

        Raises:
            ValueError: a flag or a value is not known.
        """
        unknown = set(flags) - set(FLAGS)
        if unknown:
            message = f"unknown flags: {', '.join(sorted(unknown))}"
            raise ValueError(message)
        folder = root / "environments" / environment
        given = _module(read(folder / "main.tf"), "platform").attributes
        (kind,) = (
            block.attributes["default"].strip('"')
            for block in read(folder / "variables.tf").inside("variable")
            if block.labels == ("scanner_kind",)
        )
        schedule = _default("scanner", "schedule", root)
        return cls(
            environment=environment,
            flags=frozenset(flags),
            is_production=given["is_production"] == "true",
            parallelism=int(given["parallelism"]),
            parallelism_per_kpu=int(_default("flink", "parallelism_per_kpu", root)),
            streaming_kind=given["streaming_kind"].strip('"'),
            broker_instance_type=given["broker_instance_type"].strip('"'),
            broker_volume_gb=int(_default("streaming", "broker_volume_gb", root)),
            search_instance_type=given["search_instance_type"].strip('"'),
            master_instance_type=_default("search", "master_instance_type", root),
            search_volume_gb=int(_default("search", "volume_gb", root)),
            scanner_kind=kind,
            scan_every_minutes=int(schedule.removeprefix("rate(").removesuffix(" minutes)")),
        )

    def without(self, flag: str) -> Self:
        """The same with a flag off, and what cannot be without it."""
        needs = {"enable_msk": {"enable_flink", "enable_scanner"}}
        gone = {flag} | needs.get(flag, set())
        if flag == "enable_nat_gateway":
            gone |= {"enable_scanner"}
        return replace(self, flags=self.flags - gone)
