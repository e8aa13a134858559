"""One run of the demo: the stack, the jobs and the scanner, from start to stop."""

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from local.application import Application
from local.build import build
from local.progress import progress_for
from local.stack import Stack
from schemas.topics import topic_specs
from scripts.bootstrap import bootstrap
from scripts.connection import Connection
from scripts.demo.lag import LagReader
from scripts.tail import json_line, read_topic

GROUP_PREFIX = "deal-finder"
# Consumer lag falls with each checkpoint: a demo should not look idle for long.
CHECKPOINT_INTERVAL_S = 2
PARTITIONS = 2


class DemoError(RuntimeError):
    """The demo cannot go on; the message is for its user."""


class Session:
    """Owns all that the demo starts. `close` stops it, in whatever state it is."""

    def __init__(self, home: Path) -> None:
        """Bind to a folder; nothing starts yet."""
        self.home = home.resolve()
        self.stack = Stack(self.home / "stack")
        self.application: Application | None = None
        self.began_s = time.monotonic()

    def start(self, feeds: Sequence[str] | None) -> None:
        """Build, start everything and scan the feeds once.

        Raises:
            DemoError: a feed could not be read or published.
        """
        self._make_home()
        with progress_for(sys.stdout) as progress:
            build(progress)
            self.stack.up(progress)
            self.connection = Connection.to(self.stack.endpoints())
            step_s = time.monotonic()
            progress.started("schemas and topics", "registering")
            bootstrap(self.connection, partitions=PARTITIONS, tell=lambda _: None)
            progress.done("schemas and topics", time.monotonic() - step_s)
            self.application = Application(
                self.home,
                self.stack.endpoints(),
                {
                    "Kafka": {"group.prefix": GROUP_PREFIX},
                    "LocalFlink": {"checkpoint.interval.s": str(CHECKPOINT_INTERVAL_S)},
                },
            )
            self.application.start(progress)
            self.lags = LagReader(self.connection.client(), GROUP_PREFIX)
            step_s = time.monotonic()
            progress.started("feeds", "scanning into deals.raw")
            self.began_s = step_s
            items = self.scan(feeds)
            progress.done("feeds", time.monotonic() - step_s, f"{items} items")

    def scan(self, feeds: Sequence[str] | None) -> int:
        """Read the feeds into deals.raw; returns how many items the broker has taken."""
        raise DemoError(str(feeds))

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
        if self.application is not None:
            self.application.stop()
        with progress_for(sys.stdout) as progress:
            self.stack.down(progress)

    def _make_home(self) -> None:
        """Each run begins with nothing: empty topics, no state, no remembered items."""
        Application(self.home, self.stack.endpoints(), {}).stop()
        self.stack.down()
        for name in ("stack", "flink", "logs", "scanner"):
            shutil.rmtree(self.home / name, ignore_errors=True)
        self.home.mkdir(parents=True, exist_ok=True)
