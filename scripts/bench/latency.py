"""`python -m scripts.bench.latency`: from produced to visible, at steady rates, all jobs running.

A feed item goes to deals.raw. Measured is the time until a consumer of committed records has its
evaluation and its alert, and until a search finds its document. Alerts carry the template's text.
One item in ten is of a product not met before; the first seconds are not measured.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence

from local.application import ApplicationError
from scripts.bench.command import FOLDER, add_folders, begin
from scripts.bench.ending import end_in_order
from scripts.bench.latency_report import SUSTAINED_S, Latency, Setting, markdown, write
from scripts.bench.visible import ALERTS, EVALUATED, Feeder, Searching, Watching, waits_ms
from scripts.bench.whole import Whole, all_jobs, await_running, items
from scripts.connection import reports_errors

HOME = FOLDER / "latency"
WARM_UP_S, SETTLED_S, DRAIN_S = 20.0, 3.0, 45.0


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    bench = argparse.ArgumentParser(prog="python -m scripts.bench.latency", description=__doc__)
    bench.add_argument("--rates", type=int, nargs="+", default=[100, 1000], help="items a second")
    bench.add_argument("--seconds", type=float, default=30.0, help="measured (%(default)s)")
    bench.add_argument("--bundle-ms", type=int, nargs="+", default=[1000, 50])
    bench.add_argument("--checkpoint-s", type=int, nargs="+", default=[10])
    bench.add_argument("--deliveries", nargs="+", default=["at-least-once"])
    add_folders(bench, HOME)
    return bench


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; returns the exit code."""
    options = parser().parse_args(arguments)
    out = begin()
    measured: list[Latency] = []
    try:
        for delivery in options.deliveries:
            for checkpoint_s in options.checkpoint_s:
                for bundle_ms in options.bundle_ms:
                    for each in _measure(options, delivery, checkpoint_s, bundle_ms):
                        measured.append(each)
                        write(measured, options.out)
                        out.print(markdown([each]).splitlines()[-1], markup=False)
    except ApplicationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    out.print(markdown(measured), markup=False)
    return 0


def _measure(
    options: argparse.Namespace, delivery: str, checkpoint_s: int, bundle_ms: int
) -> Iterator[Latency]:
    """All rates, the slowest first, from nothing; what is not sustained is the last."""
    changes = {
        "Kafka": {"delivery": delivery},
        "LocalFlink": {
            "checkpoint.interval.s": str(checkpoint_s),
            "bundle.time.ms": str(bundle_ms),
        },
    }
    home = options.home.resolve() / f"{delivery}-{checkpoint_s}-{bundle_ms}"
    with all_jobs(home, changes) as whole:
        whole.application.launch()
        await_running(whole.application)
        watching = Watching(whole.connection, (EVALUATED, ALERTS))
        watching.start()
        try:
            for rate in sorted(options.rates):
                setting = Setting(rate, bundle_ms, checkpoint_s, delivery)
                found = _measure_rate(options, setting, whole, watching)
                yield from found
                if not all(each.is_sustained for each in found):
                    break
        finally:
            watching.stop()


def _measure_rate(
    options: argparse.Namespace, setting: Setting, whole: Whole, watching: Watching
) -> list[Latency]:
    rate, name = setting.rate_per_s, f"r{setting.rate_per_s}"
    count = int(rate * (WARM_UP_S + options.seconds))
    values = list(items(whole.connection.codec, count, name))
    feeder = Feeder(whole.connection, values, name)
    searching = Searching(whole.stack.endpoints().opensearch_url)
    searching.start()
    before = watching.counts.get(EVALUATED, 0)
    try:
        feeder.run(rate, int(rate * WARM_UP_S), searching)
        evaluated = watching.counts.get(EVALUATED, 0) - before
        behind_s = _settle(watching, setting)
        searching.await_all(DRAIN_S + setting.checkpoint_s)
    finally:
        searching.stop()
    whole.application.check()
    # With exactly-once all waits for the next checkpoint anyway.
    allowed_s = SUSTAINED_S + (setting.checkpoint_s if setting.delivery == "exactly-once" else 0)
    sent = {
        item_id: at_s
        for item_id, at_s in feeder.sent_at_s.items()
        if int(item_id.rpartition("-")[2]) >= rate * WARM_UP_S
    }
    seen = list(watching.seen)
    waits = waits_ms(whole.connection.codec, sent, seen, searching.found_at_s)
    rates = count / feeder.seconds, evaluated / feeder.seconds
    return [
        Latency.of(setting, what, found, rates, is_sustained=behind_s <= allowed_s)
        for what, found in waits.items()
        if found
    ]


def _settle(watching: Watching, setting: Setting) -> float:
    """Wait until nothing more comes out, or DRAIN_S have passed; when the last came, from now."""
    began_s = time.monotonic()
    until_s = began_s + DRAIN_S + 2 * setting.checkpoint_s
    wait_s = SETTLED_S + (setting.checkpoint_s if setting.delivery == "exactly-once" else 0)
    known, since_s = -1, time.monotonic()
    while time.monotonic() - since_s < wait_s and time.monotonic() < until_s:
        now = sum(watching.counts.values())
        if now > known:
            known, since_s = now, time.monotonic()
        time.sleep(0.1)
    return since_s - began_s


if __name__ == "__main__":
    end_in_order()
    sys.exit(main())
