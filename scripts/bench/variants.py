"""The variants that are compared, and how each is started."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.application import Application
from local.build import ROOT
from local.ports import free_port
from local.processes import PidFile, end, spawn
from local.progress import Progress
from local.stack import Endpoints
from scripts.bench.peers import quix_python
from scripts.bench.task import Task

HERE = Path(__file__).resolve().parent


class VariantError(RuntimeError):
    """A variant did not run to its end; the message shows the end of its log."""


@dataclass(frozen=True)
class Variant:
    """Something that does the work of evaluate_deals.

    Attributes:
        name: Short, for files and topics.
        title: For people.
        program: Of a process that reads `count` records and ends; None: the application.
        share: Part of the input that it gets: what is slow gets less.
    """

    name: str
    title: str
    program: Path | None
    share: float = 1.0
    python: Callable[[], str] = lambda: sys.executable

    @property
    def is_compared(self) -> bool:
        """It must say what the limit says: all but the limit, and what links products."""
        return not self.name.startswith("limit") and self.name != "ours-linking"

    @property
    def has_model(self) -> bool:
        """With the model, else the price memory alone."""
        return not self.name.endswith("-history")


VARIANTS = (
    Variant("limit", "limit: one process, no durability", HERE / "limit.py"),
    Variant("ours", "Deal Finder, linking off", None),
    Variant("ours-linking", "Deal Finder, as shipped", None),
    Variant("quix", "Quix Streams", HERE / "quix.py", 0.2, quix_python),
    Variant("datastream", "PyFlink DataStream", HERE / "datastream.py", 0.05),
    Variant("limit-history", "limit, without model", HERE / "limit.py"),
    Variant("ours-history", "Deal Finder, without model", None),
    Variant("quix-history", "Quix Streams, without model", HERE / "quix.py", 0.5, quix_python),
)


class Running:
    """A variant that runs: a process, and what ends it."""

    def __init__(self, variant: Variant, task: Task, endpoints: Endpoints) -> None:
        """Start it.

        Raises:
            local.application.ApplicationError: it did not start.
        """
        self._variant, self._task = variant, task
        self.log = task.home / "logs" / "flink.log"
        self._application: Application | None = None
        if variant.program is None:
            self._application = _application(variant, task, endpoints)
            self._application.launch()
            self._application.await_running(Progress())
            return
        self.log = task.home / "log"
        self._pids = PidFile(task.home / "pid")
        command = [variant.python(), "-m", f"scripts.bench.{variant.program.stem}"]
        spawn(command + task.arguments(), self.log, ROOT, os.environ, self._pids)

    @property
    def pid(self) -> int:
        """Of the process; all else is below it.

        Raises:
            VariantError: it has ended.
        """
        if self._application is not None:
            pid = self._application.pid
        else:
            process = self._pids.running()
            pid = None if process is None else process.pid
        if pid is None:
            raise VariantError(self._ended())
        return pid

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone: a program that has read all, or one that failed."""
        if self._application is not None:
            self._application.check()
            return False
        return self._pids.running() is None

    def stop(self) -> None:
        """End it, in whatever state it is."""
        if self._application is not None:
            self._application.stop()
        elif (process := self._pids.running()) is not None:
            end(process, patience_s=5)

    def _ended(self) -> str:
        lines = self.log.read_text("utf-8", errors="replace").splitlines()[-15:]
        return f"{self._variant.title} has ended; {self.log} ends:\n" + "\n".join(lines)


def _application(variant: Variant, task: Task, endpoints: Endpoints) -> Application:
    prefix = task.output.removesuffix("deals.evaluated")
    # Peers link no products; what it costs is the difference to the variant that does.
    links = {} if variant.name == "ours-linking" else {"Linking": {"max.products": "0"}}
    changes = links | {
        "Jobs": {"run": "evaluate_deals"},
        "Kafka": {"group.prefix": task.name, "output.prefix": prefix},
        "LocalFlink": {
            "checkpoint.interval.s": "10",
            "bundle.time.ms": "1000",
            "rest.port": str(free_port()),
        },
    }
    program = ROOT / "main.py" if variant.has_model else HERE / "without_model.py"
    return Application(task.home, endpoints, changes, program)
