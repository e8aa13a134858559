"""`python -m scripts.bench.pipeline`: the whole pipeline over a backlog, and each job alone.

Feed items wait on deals.raw; then all jobs start at once, and later, on a fresh stack, one after
the other. Counted is the CPU of the application alone (JVM and Python workers), from a fifth of the
output on. Every item is an offer of its own, --new of them of products that nobody has met before.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from local.application import Application, ApplicationError
from local.ports import free_port
from scripts.bench.command import FOLDER, add_folders, begin, write
from scripts.bench.ending import end_in_order
from scripts.bench.pipeline_run import Outputs, Run, backlog, measure
from scripts.bench.whole import NEW_RATIO, TEMPLATE_ONLY, Whole, all_jobs
from scripts.connection import reports_errors

HOME = FOLDER / "pipeline"
WHOLE = "all jobs"
# Deals a core-second, model included: (what, must, aim).
BARS = {WHOLE: (2_000, 5_000)}
START_BAR_S = (15.0, 8.0)
STAGES = ("parse_deals", "evaluate_deals", "index_deals", "alert_deals")


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    bench = argparse.ArgumentParser(prog="python -m scripts.bench.pipeline", description=__doc__)
    bench.add_argument("--items", type=int, default=60_000, help="(%(default)s)")
    bench.add_argument(
        "--new", type=float, default=NEW_RATIO, help="offers of new products (%(default)s)"
    )
    bench.add_argument("--parallelism", type=int, nargs="+", default=[1], help="(%(default)s)")
    bench.add_argument("--embeddings", type=int, help="max.embeddings of Search (the default)")
    bench.add_argument("--no-stages", action="store_true", help="all jobs together only")
    add_folders(bench, HOME)
    return bench


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; returns the exit code."""
    options = parser().parse_args(arguments)
    out = begin()
    runs: list[Run] = []

    def found(run: Run) -> None:
        runs.append(run)
        out.print(markdown(runs).splitlines()[-1], markup=False)
        results = {"runs": [asdict(each) for each in runs]}
        write(options.out, "pipeline", results, markdown(runs))

    try:
        for parallelism in options.parallelism:
            _measure(options, parallelism, (WHOLE,), found)
            if not options.no_stages and parallelism == 1:
                _measure(options, parallelism, STAGES, found)
    except (ApplicationError, TimeoutError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    out.print(markdown(runs), markup=False)
    return 0


def _measure(
    options: argparse.Namespace,
    parallelism: int,
    stages: Sequence[str],
    found: Callable[[Run], None],
) -> None:
    home = options.home.resolve() / f"{len(stages)}-{parallelism}"
    with all_jobs(home, {}, partitions=parallelism) as whole:
        backlog(whole, options.items, options.new)
        outputs = Outputs(whole)
        try:
            for stage in stages:
                application = _application(whole, stage, parallelism, options, home / _name(stage))
                found(measure(application, outputs, stage, parallelism, options.items))
        finally:
            outputs.close()


def _application(
    whole: Whole, stage: str, parallelism: int, options: argparse.Namespace, home: Path
) -> Application:
    search = {} if options.embeddings is None else {"max.embeddings": str(options.embeddings)}
    changes = {
        "Jobs": {} if stage == WHOLE else {"run": stage},
        "Kafka": {"group.prefix": _name(stage)},
        "Search": search,
        **TEMPLATE_ONLY,
        "LocalFlink": {
            "bundle.time.ms": "1000",
            "parallelism": str(parallelism),
            "rest.port": str(free_port()),
        },
    }
    return Application(home, whole.stack.endpoints(), changes)


def _name(stage: str) -> str:
    return stage.replace(" ", "-")


def markdown(runs: Sequence[Run]) -> str:
    """The table."""
    lines = [
        "| jobs | parallelism | items | deals/s | deals/core-s | CPU us a deal"
        " | until first output s | peak MiB | bar |",
        "|---|---:|---:|---:|---:|---|---:|---:|---|",
    ]
    for run in runs:
        cpu = ", ".join(f"{kind} {us:,.0f}" for kind, us in sorted(run.cpu_us.items()))
        lines.append(
            f"| {run.stage} | {run.parallelism} | {run.items:,} | {run.per_s:,.0f}"
            f" | {run.per_core_s:,.0f} | {cpu} | {run.first_output_s:.1f}"
            f" | {run.peak_rss_bytes / 2**20:,.0f} | {_bar(run)} |"
        )
    return "\n".join(lines) + "\n"


def _bar(run: Run) -> str:
    if run.stage not in BARS or run.parallelism != 1:
        return ""
    must, aim = BARS[run.stage]
    rate = run.per_core_s
    said = "missed" if rate < must else "met" if rate < aim else "aim met"
    must_s, aim_s = START_BAR_S
    start = run.first_output_s
    started = "missed" if start > must_s else "met" if start > aim_s else "aim met"
    return f"{said} ({must:,} / {aim:,} deals/core-s); start {started} ({must_s:g} / {aim_s:g} s)"


if __name__ == "__main__":
    end_in_order()
    sys.exit(main())
