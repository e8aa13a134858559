"""`make soak`: all jobs for long at a steady rate; `--load`: through a burst with a hot product.

Everything is real: Kafka, Flink with Python workers of their own, OpenSearch. Alerts carry the
template's text. The JVM's heap is of a fixed size and touched at the start, as on the service: what
grows is outside of it, and the heap's use is a figure beside. Exit code: 0, 1 a check is missed.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from flink_jobs.config import Kafka
from local.application import Application, ApplicationError
from local.build import ROOT, build
from local.ports import Ports
from local.progress import progress_for
from local.stack import Stack
from scripts.bench.command import add_folders
from scripts.bench.ending import end_in_order
from scripts.bench.task import ENVIRONMENT
from scripts.bench.whole import Whole, prepared
from scripts.connection import Connection, reports_errors
from scripts.demo.lag import READS, LagReader
from scripts.soak import judging, reporting
from scripts.soak.accounts import settle
from scripts.soak.judging import Check
from scripts.soak.stream import Feeder, Items, Phase, Stretch
from scripts.soak.watching import Look, Watcher

HOME = ROOT / ".local" / "soak"
HEAP = "-Xms1g -Xmx1g -XX:+AlwaysPreTouch"


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    soak = argparse.ArgumentParser(prog="make soak", description=__doc__)
    soak.add_argument("--rate", type=int, default=100, help="items a second (%(default)s)")
    soak.add_argument("--minutes", type=float, default=20.0, help="steady (%(default)g)")
    soak.add_argument("--warm-up-minutes", type=float, default=5.0, help="first (%(default)g)")
    soak.add_argument("--load", action="store_true", help="a burst instead of the steady rate")
    soak.add_argument("--factor", type=int, default=10, help="of the burst (%(default)s)")
    soak.add_argument("--burst-minutes", type=float, default=2.0, help="(%(default)g)")
    soak.add_argument(
        "--hot-ratio", type=float, default=0.3, help="of one product in the burst (%(default)g)"
    )
    soak.add_argument("--drain-minutes", type=float, default=10.0, help="at most (%(default)g)")
    soak.add_argument("--products", type=int, default=5_000, help="distinct ones (%(default)s)")
    soak.add_argument("--seed", type=int, default=7, help="of the stream (%(default)s)")
    add_folders(soak, HOME)
    return soak


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Run; returns the exit code."""
    options = parser().parse_args(arguments)
    out = Console(highlight=False, soft_wrap=True)
    home = options.home.resolve()
    _end_what_a_killed_run_left(home)
    shutil.rmtree(home, ignore_errors=True)
    os.environ.update(ENVIRONMENT | {"JVM_ARGS": HEAP})
    stack = Stack(home / "stack", Ports.free())
    whole: Whole | None = None
    try:
        with progress_for(sys.stdout) as progress:
            build(progress)
            whole = prepared(home, stack, {}, progress=progress)
            whole.application.launch()
            whole.application.await_running(progress)
        run = Run(whole.application, whole.connection, options)
        looks, checks = run.run(stack.endpoints().opensearch_url)
    except (ApplicationError, TimeoutError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        if whole is not None:
            whole.application.stop()
        stack.down()
    measured = reporting.report(looks, run.phases, checks, vars(options))
    reporting.write(measured, options.out, "load" if options.load else "soak")
    out.print(reporting.markdown(measured), markup=False)
    out.print(f"written to {options.out}", markup=False)
    return int(not all(check.is_met for check in checks))


def _end_what_a_killed_run_left(home: Path) -> None:
    stack = Stack(home / "stack")
    Application(home, stack.endpoints(), {}).stop()
    stack.down()


class Run:
    """The stream through the running jobs."""

    def __init__(
        self, application: Application, connection: Connection, options: argparse.Namespace
    ) -> None:
        """Nothing is sent yet."""
        self._application, self._connection, self._options = application, connection, options
        self._feeder = Feeder(connection, Items(options.products, options.seed))
        self.phases: dict[str, Stretch] = {}

    def run(self, search_url: str) -> tuple[list[Look], list[Check]]:
        """Send, watch, wait for the end and judge.

        Raises:
            TimeoutError: the jobs do not come to an end.
            ApplicationError: they have ended.
        """
        options = self._options
        watcher = Watcher(self._application.pid or 0, self._application.web_url, self._connection)
        watcher.start()
        is_drained = False
        try:
            self._send("warm-up", options.warm_up_minutes)
            if options.load:
                self._send("before", options.burst_minutes)
                rate = options.rate * options.factor
                burst = Phase("burst", rate, options.burst_minutes * 60, options.hot_ratio)
                self.phases[burst.name] = self._feeder.send(burst)
                behind = int(options.rate * judging.LAG_S)
                self._send("drain", options.drain_minutes, lambda: not watcher.is_behind(behind))
                is_drained = not watcher.is_behind(behind)
                self._send("after", options.burst_minutes)
            else:
                self._send("steady", options.minutes)
            self._await_end(options.drain_minutes * 60)
        finally:
            watcher.stop()
        accounts = settle(self._connection, search_url)
        if options.load:
            return watcher.looks, judging.judge_load(
                watcher.looks, self.phases, accounts, is_drained=is_drained
            )
        steady = self.phases["steady"]
        return watcher.looks, judging.judge_soak(watcher.looks, steady, accounts, options.rate)

    def _send(self, name: str, minutes: float, is_over: Callable[[], bool] = lambda: False) -> None:
        self._application.check()
        phase = Phase(name, self._options.rate, minutes * 60)
        self.phases[name] = self._feeder.send(phase, is_over)

    def _await_end(self, patience_s: float) -> None:
        """Until every job has committed all that is on its topic."""
        prefix = Kafka.model_fields["group_prefix"].default
        lags = LagReader(self._connection.client(), prefix)
        until_s = time.monotonic() + patience_s
        try:
            for job in READS:
                while (behind := lags.lag(job)) > 0:
                    self._application.check()
                    if time.monotonic() > until_s:
                        message = f"{job} is {behind:,} records behind after {patience_s:g} s"
                        raise TimeoutError(message)
                    time.sleep(1)
        finally:
            lags.close()


if __name__ == "__main__":
    end_in_order()
    sys.exit(main())
