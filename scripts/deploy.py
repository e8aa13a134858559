"""`python -m scripts.deploy plan|up|status|rollback`: versions of the jobs on AWS, and back.

    plan      what `up` would do now; changes nothing
    up        put a package to work: snapshot, update, watch, and back by itself if not healthy;
              with --blue-green beside the old version, stopped when the new one is believed
    status    what runs, and how it is
    rollback  back to what ran before

What is done is read from AWS each time: after an interruption the same command goes on. Exit code:
0 done, 1 could not be done (says what to do), 2 wrong options, 3 not healthy and taken back.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from scripts.deployment import steps
from scripts.deployment.artefacts import Artefacts, content_key
from scripts.deployment.blue_green import BlueGreen
from scripts.deployment.clock import Clock, SystemClock
from scripts.deployment.comparing import Tolerance
from scripts.deployment.errors import DeployError
from scripts.deployment.gate import Gate, Limits, Part
from scripts.deployment.metrics import CloudWatchMetrics, Metrics
from scripts.deployment.overview import live_name, overview
from scripts.deployment.reporting import Reporter
from scripts.deployment.rollback import Rollback
from scripts.deployment.service import Service
from scripts.deployment.shadow import partner
from scripts.deployment.snapshots import Snapshots
from scripts.deployment.undoing import Undo
from scripts.deployment.updating import RolledBackError, Update

DEFAULT_PACKAGE = Path("build/deal-finder.zip")
INTERRUPTED = 130


@dataclass(frozen=True)
class Clients:
    """The outside world; tests bring their own."""

    flink: Any
    s3: Any
    metrics: Metrics
    clock: Clock

    @classmethod
    def of(cls, region: str, cluster: str) -> "Clients":
        """AWS, with the credentials of the environment."""
        clock = SystemClock()
        # The service's own retries are ours: they are shown, and know how long is too long.
        once = Config(retries={"mode": "standard", "total_max_attempts": 1})
        cloudwatch = boto3.client("cloudwatch", region_name=region)
        return cls(
            boto3.client("kinesisanalyticsv2", region_name=region, config=once),
            boto3.client("s3", region_name=region),
            CloudWatchMetrics(cloudwatch, cluster, clock),
            clock,
        )


def main(arguments: Sequence[str] | None = None, clients: Clients | None = None) -> int:
    """Run a command; returns the exit code."""
    options = parser().parse_args(arguments)
    environment = f"deal-finder-{options.environment}"
    name = options.application or f"{environment}-jobs"
    try:
        if clients is None:
            clients = Clients.of(options.region, options.cluster or environment)
        result = _Command(clients, options, name).run()
    except RolledBackError as error:
        return _failed(options, str(error), 3)
    except DeployError as error:
        return _failed(options, str(error), 1)
    except (ClientError, BotoCoreError) as error:
        return _failed(options, f"{type(error).__name__}: {error}", 1)
    except KeyboardInterrupt:
        return _failed(options, "interrupted: the same command goes on from here", INTERRUPTED)
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        print(_text(result))
    return 0


class _Command:
    """A command with all that it needs."""

    def __init__(self, clients: Clients, options: argparse.Namespace, name: str) -> None:
        self._options = options
        self._name = name
        reporter = Reporter(sys.stderr if options.json else sys.stdout, clients.clock)
        self._reporter = reporter
        self._metrics = clients.metrics
        self._service = Service(clients.flink, clients.clock, reporter)
        self._snapshots = Snapshots(self._service)
        self._rollback = Rollback(self._service, self._snapshots)
        self._gate = Gate(self._service, clients.metrics, _limits(options))
        bucket = self._service.describe(name).code_bucket_arn.rpartition(":")[2]
        self._artefacts = Artefacts(clients.s3, bucket)

    def run(self) -> dict[str, Any]:
        """Do what the options say."""
        match self._options.command:
            case "plan":
                return {"application": self._name, "steps": steps.plan(self._deployment().steps())}
            case "up":
                deployment = self._deployment()
                steps.run(deployment.steps(), self._reporter, deployment.settle)
                return {"application": self._name, "outcome": "healthy"}
            case "status":
                return overview(
                    self._service, self._snapshots, self._artefacts, self._gate, self._name
                )
        undo = Undo(self._service, self._snapshots, self._artefacts, self._rollback, self._name)
        done = undo.undo(self._options.to_version, self._options.snapshot)
        return {"application": self._name, "outcome": done}

    def _deployment(self) -> Update | BlueGreen:
        package = self._options.package
        key = content_key(package)
        live = self._options.from_application or live_name(self._service, self._name)
        if self._options.blue_green:
            other = partner(live)
            if self._service.describe(live).code_key == key and self._service.find(other):
                live = other  # this package has taken over already
            return BlueGreen(
                self._service,
                self._artefacts,
                self._snapshots,
                self._gate,
                self._metrics,
                self._rollback,
                live,
                package,
                key,
                Tolerance(self._options.volume, self._options.verdicts, self._options.alerts),
                again=self._options.again,
                with_compare=not self._options.without_compare,
            )
        return Update(
            self._service,
            self._artefacts,
            self._snapshots,
            self._gate,
            self._rollback,
            live,
            package,
            key,
            with_snapshot=not self._options.without_snapshot,
            again=self._options.again,
        )


def _limits(options: argparse.Namespace) -> Limits:
    default = Limits()
    named = vars(options)
    return Limits(
        minutes=named.get("minutes", default.minutes),
        restarts=named.get("restarts", default.restarts),
        failed_checkpoints=named.get("failed_checkpoints", default.failed_checkpoints),
        lag_s=named.get("lag_s", default.lag_s),
        dead_letter_ratio=named.get("dead_letter_ratio", default.dead_letter_ratio),
        skipped=frozenset(named.get("skip", [])),
    )


def _failed(options: argparse.Namespace, message: str, code: int) -> int:
    if options.json:
        print(json.dumps({"error": message, "exit_code": code}, indent=2))
    sys.stderr.write(f"error: {message}\n")
    return code


def _text(result: dict[str, Any]) -> str:
    if "steps" in result:
        lines = [f"{each['state']:<6} {each['step']}: {each['text']}" for each in result["steps"]]
        return "\n".join([f"{result['application']}:", *lines])
    if "applications" in result:
        return "\n".join(
            line
            for name, shown in result["applications"].items()
            for line in _application_lines(name, shown, is_live=name == result["live"])
        )
    return f"{result['application']}: {result['outcome']}"


def _application_lines(name: str, shown: dict[str, Any], *, is_live: bool) -> list[str]:
    lines = [f"{name}{' (live)' if is_live else ''}"]
    for key, value in shown.items():
        if isinstance(value, dict):
            lines += [f"  {key}:"] + [f"    {state}: {text}" for text, state in value.items()]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines += [f"  {key}:"] + ["    " + "  ".join(map(str, each.values())) for each in value]
        else:
            lines.append(f"  {key}: {', '.join(value) if isinstance(value, list) else value}")
    return lines


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        message = "must be greater than 0"
        raise argparse.ArgumentTypeError(message)
    return value


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    common = argparse.ArgumentParser(add_help=False)
    where = common.add_argument_group("where")
    where.add_argument(
        "--environment", choices=("dev", "prod"), default="dev", help="(%(default)s)"
    )
    where.add_argument("--region", default="us-east-1", help="AWS region (%(default)s)")
    where.add_argument(
        "--application", metavar="NAME", help="instead of deal-finder-ENVIRONMENT-jobs"
    )
    where.add_argument(
        "--cluster", metavar="NAME", help="MSK cluster, for the lag (deal-finder-ENVIRONMENT)"
    )
    common.add_argument(
        "--json", action="store_true", help="the result as JSON on stdout, progress on stderr"
    )
    top = argparse.ArgumentParser(
        prog="python -m scripts.deploy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in (
        ("plan", "what `up` would do now; changes nothing"),
        ("up", "put a package to work, or go on with it"),
    ):
        _add_up_options(commands.add_parser(name, parents=[common], help=text, description=text))
    text = "what runs, and how it is"
    commands.add_parser("status", parents=[common], help=text, description=text)
    text = "back to what ran before"
    back = commands.add_parser("rollback", parents=[common], help=text, description=text)
    back.add_argument("--to-version", type=int, metavar="N", help="version of the application")
    back.add_argument(
        "--snapshot", metavar="NAME", help="start from this one (`status` lists them)"
    )
    return top


def _add_up_options(command: argparse.ArgumentParser) -> None:
    default, tolerance = Limits(), Tolerance()
    what = command.add_argument_group("what")
    what.add_argument(
        "--package", type=Path, default=DEFAULT_PACKAGE, metavar="ZIP", help="(%(default)s)"
    )
    what.add_argument(
        "--blue-green", action="store_true", help="beside the version that runs, then instead of it"
    )
    what.add_argument(
        "--from-application",
        metavar="NAME",
        help="of a pair, the one that works for people now (found by itself)",
    )
    what.add_argument("--again", action="store_true", help="although it failed before")
    what.add_argument(
        "--without-snapshot", action="store_true", help="where snapshots fail: rely on the service"
    )
    gate = command.add_argument_group("gate")
    for option, kind, value, text in (
        ("--minutes", _positive, default.minutes, "how long it is watched"),
        ("--restarts", int, default.restarts, "of the job, at most"),
        ("--failed-checkpoints", int, default.failed_checkpoints, "at most"),
        ("--lag-s", _positive, default.lag_s, "behind at most, unless it is catching up"),
        ("--dead-letter-ratio", float, default.dead_letter_ratio, "of all records, at most"),
    ):
        gate.add_argument(
            option, type=kind, default=value, metavar="N", help=f"{text} (%(default)s)"
        )
    gate.add_argument(
        "--skip", type=Part, choices=list(Part), action="append", default=[], help="do not look at"
    )
    both = command.add_argument_group("comparison of --blue-green, as shares of the old version's")
    both.add_argument(
        "--without-compare", action="store_true", help="where too few deals come to compare"
    )
    for option, value, text in (
        ("--volume", tolerance.volume, "difference in the number of verdicts"),
        ("--verdicts", tolerance.verdicts, "difference in the share of each verdict"),
        ("--alerts", tolerance.alerts, "difference in the number of alerts"),
    ):
        both.add_argument(
            option, type=float, default=value, metavar="SHARE", help=f"{text} (%(default)s)"
        )


if __name__ == "__main__":
    sys.exit(main())
