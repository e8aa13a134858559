"""One run of the demo: the stack, the jobs and the scanner, from start to stop."""

import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from local.application import Application
from local.build import ROOT, build
from local.ports import Ports
from local.processes import PidFile, end, spawn
from local.progress import progress_for
from local.stack import Stack
from schemas.topics import topic_specs
from scripts.bootstrap import bootstrap
from scripts.connection import Connection
from scripts.demo.lag import LagReader
from scripts.scanner.feeds import Feed, feeds_of, load_feeds
from scripts.scanner.publishing import TOPIC, KafkaSink
from scripts.scanner.scanning import ScanReport, scan
from scripts.scanner.state import State
from scripts.tail import json_line, read_topic

SAMPLES = ROOT / "local" / "feeds.toml"

GROUP_PREFIX = "deal-finder"
# Consumer lag falls with each checkpoint: a demo should not look idle for long.
CHECKPOINT_INTERVAL_S = 2
# Without a deal for so long, the windows of the last ones are written.
IDLE_S = 2
# One, so that the products' price history arrives in the order of its dates.
PARTITIONS = 1


class DemoError(RuntimeError):
    """The demo cannot go on; the message is for its user."""


class Session:
    """Owns all that the demo starts. `close` stops it, in whatever state it is."""

    def __init__(self, home: Path, *, is_fresh: bool) -> None:
        """Bind to a folder; nothing starts yet.

        Args:
            home: Topics, index, state and logs.
            is_fresh: Begin with nothing; else where the last run in this folder ended.
        """
        self.home = home.resolve()
        self._is_fresh = is_fresh
        # Chosen now, so that the jobs can start beside the stack.
        self.stack = Stack(self.home / "stack", Ports().moved_off_taken())
        self.application: Application | None = None
        self._scan_state = self.home / "scanner" / "state.json"
        self._scanner = PidFile(self.home / "run" / "scanner.pid")
        self.began_s = time.monotonic()

    def start(self, locations: Sequence[str] | None) -> None:
        """Build, start everything and scan the feeds once.

        Args:
            locations: Files, folders and URLs; None = the samples, none at all = no feeds.

        Raises:
            DemoError: an item was not delivered, or no feed could be read.
            scripts.scanner.feeds.FeedConfigError: a location does not exist.
        """
        feeds = load_feeds(SAMPLES) if locations is None else feeds_of(locations)
        self._make_home()
        with progress_for(sys.stdout) as progress:
            build(progress)
            self.stack.choose_ports()
            self.application = self._application()
            # Planning the jobs takes longer than anything: both at the same time.
            self.application.launch()
            self.stack.up(progress)
            self.connection = Connection.to(self.stack.endpoints())
            step_s = time.monotonic()
            progress.started("schemas and topics", "registering")
            bootstrap(self.connection, partitions=PARTITIONS, tell=lambda _: None)
            progress.done("schemas and topics", time.monotonic() - step_s)
            self.application.await_running(progress)
            self.lags = LagReader(self.connection.client(), GROUP_PREFIX)
            step_s = time.monotonic()
            progress.started("feeds", "scanning into deals.raw")
            self.began_s = step_s
            report = self.scan(feeds)
            progress.done("feeds", time.monotonic() - step_s, f"{report.sent} items")
        for done in report.failed:
            print(f"feed {done.feed.location}: {done.error}", file=sys.stderr)

    def scan(self, feeds: Sequence[Feed]) -> ScanReport:
        """Read the feeds once into deals.raw and remember what was sent.

        Raises:
            DemoError: an item was not delivered, or no feed could be read.
        """
        sink = self.raw_sink()
        state = State.load(self._scan_state)
        report = scan(feeds, sink, state=state)
        state.save(self._scan_state)
        if report.undelivered:
            key, why = next(iter(report.undelivered.items()))
            message = f"{len(report.undelivered)} items were not delivered, e.g. {key}: {why}"
            raise DemoError(message)
        if feeds and len(report.failed) == len(report.feeds):
            problems = "; ".join(f"{done.feed.location}: {done.error}" for done in report.failed)
            message = f"no feed could be read: {problems}"
            raise DemoError(message)
        return report

    def raw_sink(self) -> KafkaSink:
        """What writes to deals.raw."""
        codec = self.connection.codec
        return KafkaSink(self.connection.client(), lambda deal: codec.encode(TOPIC, dict(deal)))

    def keep_scanning(self, locations: Sequence[str] | None) -> None:
        """Scan by the feeds' intervals from now on, in a process of its own."""
        command = [sys.executable, "-m", "scripts.scan_feeds", "--home", str(self.stack.home)]
        command += ["--state", str(self._scan_state)]
        if locations:
            command += ["--feeds", *locations]
        log = self.home / "logs" / "scanner.log"
        spawn(command, log, Path.cwd(), os.environ | {"PYTHONPATH": str(ROOT)}, self._scanner)

    def check(self) -> None:
        """Demand that the jobs live.

        Raises:
            local.application.ApplicationError: they have ended.
        """
        if self.application is not None:
            self.application.check()

    def addresses(self) -> dict[str, str]:
        """What a person can open in a browser."""
        flink = {"Flink": self.application.web_url} if self.application else {}
        return flink | {"OpenSearch": self.stack.endpoints().opensearch_url}

    def dump(self, folder: Path) -> None:
        """Write each topic as FOLDER/<topic>.jsonl, decoded, one JSON object a line."""
        folder.mkdir(parents=True, exist_ok=True)
        for spec in topic_specs():
            with (folder / f"{spec.name}.jsonl").open("w", encoding="utf-8") as lines:
                records = read_topic(
                    self.connection, spec.name, from_beginning=True, until_end=True
                )
                for record in records:
                    lines.write(json_line(record, with_metadata=False) + "\n")

    def close(self) -> None:
        """Stop everything that was started, jobs first."""
        self._stop_scanner()
        if self.application is not None:
            self.application.stop()
        with progress_for(sys.stdout) as progress:
            self.stack.down(progress)

    def _application(self) -> Application:
        settings = {
            "Kafka": {"group.prefix": GROUP_PREFIX},
            "Windows": {"idle.s": str(IDLE_S)},
            "LocalFlink": {"checkpoint.interval.s": str(CHECKPOINT_INTERVAL_S)},
        }
        return Application(self.home, self.stack.endpoints(), settings)

    def _make_home(self) -> None:
        """End what a killed run left behind; a fresh run also begins with empty folders."""
        self._stop_scanner()
        Application(self.home, self.stack.endpoints(), {}).stop()
        self.stack.down()
        if self._is_fresh:
            for name in ("stack", "flink", "logs", "scanner"):
                shutil.rmtree(self.home / name, ignore_errors=True)
        self.home.mkdir(parents=True, exist_ok=True)

    def _stop_scanner(self) -> None:
        process = self._scanner.running()
        if process:
            end(process, patience_s=5)
        self._scanner.remove()
