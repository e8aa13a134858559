"""`make bench`: evaluate_deals against its peers and the limit, alternating, in one run.

All variants read the same records from the same broker and must give the same verdicts. Exit code:
0, 1 a variant failed or says something else, 2 wrong options.
"""

import argparse
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from confluent_kafka import Producer
from rich.console import Console

from local.application import ApplicationError, _groups
from local.build import ROOT, build
from local.components import components
from local.ports import Ports
from local.progress import progress_for
from local.stack import Stack
from schemas.topics import create_topics, topic_specs
from scripts.bench import reporting
from scripts.bench.command import FOLDER, add_folders
from scripts.bench.comparing import differences
from scripts.bench.ending import end_in_order
from scripts.bench.peers import PeerError
from scripts.bench.task import ENVIRONMENT
from scripts.bench.throughput import Result, Track
from scripts.bench.variants import VARIANTS, Variant, VariantError
from scripts.bench.workload import TOPIC, Workload, records
from scripts.connection import Connection, reports_errors

HOME = FOLDER / "run"

PARTS = ("kafka", "aws")


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    usual = Workload()
    bench = argparse.ArgumentParser(prog="make bench", description=__doc__)
    bench.add_argument("--observations", type=int, default=60_000, help="records (%(default)s)")
    bench.add_argument(
        "--products", type=int, default=6_000, help="distinct products (%(default)s)"
    )
    bench.add_argument("--seed", type=int, default=usual.seed, help="of the records (%(default)s)")
    bench.add_argument(
        "--bad-ratio", type=float, default=usual.bad_ratio, help="damaged ones (%(default)s)"
    )
    bench.add_argument("--rounds", type=int, default=3, help="alternations (%(default)s)")
    bench.add_argument(
        "--variants",
        nargs="+",
        choices=[variant.name for variant in VARIANTS],
        default=[variant.name for variant in VARIANTS],
        metavar="NAME",
        help=f"of {', '.join(variant.name for variant in VARIANTS)} (all)",
    )
    bench.add_argument(
        "--compared", type=int, default=5_000, help="records compared by field (%(default)s)"
    )
    add_folders(bench, HOME)
    return bench


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; returns the exit code."""
    options = parser().parse_args(arguments)
    workload = Workload(
        options.observations, options.products, options.seed, bad_ratio=options.bad_ratio
    )
    variants = [variant for variant in VARIANTS if variant.name in options.variants]
    out = Console(highlight=False, soft_wrap=True)
    home = options.home.resolve()
    shutil.rmtree(home, ignore_errors=True)
    parts = {name: part for name, part in components().items() if name in PARTS}
    stack = Stack(home / "stack", Ports.free(), parts=parts)
    os.environ.update(ENVIRONMENT)
    try:
        with progress_for(sys.stdout) as progress:
            build(progress)
            stack.up(progress)
        results, differing = _measure(stack, home, workload, variants, options, out)
    except (VariantError, ApplicationError, PeerError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        stack.down()
    measured = reporting.report(results, differing, workload)
    out.print(reporting.markdown(measured), markup=False)
    out.print(f"written to {options.out}", markup=False)
    return int(any(differing.values()))


def _measure(
    stack: Stack,
    home: Path,
    workload: Workload,
    variants: Sequence[Variant],
    options: argparse.Namespace,
    out: Console,
) -> tuple[list[Result], dict[str, Counter[str]]]:
    connection = Connection.to(stack.endpoints())
    connection.registry.register_all()
    create_topics(connection.client(), topic_specs(1))
    began_s = time.monotonic()
    _load(connection, workload)
    out.print(f"{workload.observations:,} records in {time.monotonic() - began_s:.0f} s")
    (broker_pid,) = (status.pid for status in stack.status() if status.name == "kafka")
    track = Track(connection, stack.endpoints(), home / "runs", broker_pid or 0)
    model_dir = ROOT / _groups()["Pricing"]["model.dir"]
    results: list[Result] = []
    differing: dict[str, Counter[str]] = {}
    try:
        for number in range(options.rounds):
            for variant in variants:
                inputs = max(1, int(workload.observations * variant.share))
                expected = _expected(variant, results)
                result = track.run(variant, number, inputs, expected, model_dir)
                results.append(result)
                out.print(
                    f"round {number + 1}: {variant.title}: {result.events_per_s:,.0f} events/s, "
                    f"{result.events_per_core_s:,.0f} events/core-s, {result.outputs:,} deals, "
                    f"{result.bad} bad",
                    markup=False,
                )
                if number == 0 and variant.is_compared:
                    differing[variant.name] = _differences(track, variant, results, options)
            # A round that is through is not lost with a later one.
            reporting.write(reporting.report(results, differing, workload), options.out)
    finally:
        track.close()
    return results, differing


def _load(connection: Connection, workload: Workload) -> None:
    producer = Producer(
        connection.client()
        | {"linger.ms": 50, "compression.type": "lz4", "queue.buffering.max.messages": 200_000}
    )
    for key, value in records(workload, connection.registry):
        while True:
            try:
                producer.produce(TOPIC, value, key)
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()


def _limit(variant: Variant) -> Variant:
    name = "limit" if variant.has_model else "limit-history"
    (limit,) = (each for each in VARIANTS if each.name == name)
    return limit


def _expected(variant: Variant, results: Sequence[Result]) -> int | None:
    """How many deals the application, which does not end by itself, is to put out."""
    if variant.program is not None:
        return None
    for result in results:
        if result.variant == _limit(variant).name:
            return result.outputs
    message = (
        f"{variant.name} needs {_limit(variant).name} in the same run: it says when all is out"
    )
    raise VariantError(message)


def _differences(
    track: Track, variant: Variant, results: Sequence[Result], options: argparse.Namespace
) -> Counter[str]:
    """Against the limit, which does the same with the simplest means."""
    limit = _limit(variant)
    own = next(result for result in results if result.variant == variant.name)
    peer = next((result for result in results if result.variant == limit.name), None)
    if peer is None:
        return Counter()
    found: Counter[str] = Counter()
    if own.inputs == peer.inputs and (own.outputs, own.bad) != (peer.outputs, peer.bad):
        found["counts"] = abs(own.outputs - peer.outputs) + abs(own.bad - peer.bad)
    count = min(options.compared, own.outputs, peer.outputs)
    return found + differences(track.evaluated(limit, 0, count), track.evaluated(variant, 0, count))


if __name__ == "__main__":
    end_in_order()
    sys.exit(main())
