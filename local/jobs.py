"""`python -m local jobs start|stop|upgrade|rollback|status`: the jobs on the running local stack.

Every change of version goes through a savepoint: the jobs stop with nothing under way, and the
next version goes on exactly there. `versions.json` in the folder of the jobs remembers which code
ran before, for the way back.
"""

import argparse
import json
from pathlib import Path

from local.application import Application, ApplicationError
from local.build import ROOT
from local.progress import Progress
from local.stack import Stack


class Jobs:
    """The jobs of one folder; any number of commands may look at it, one after the other."""

    def __init__(
        self, home: Path, stack: Stack, changes: dict[str, dict[str, str]] | None = None
    ) -> None:
        """Bind to a folder and a stack; nothing starts.

        Args:
            home: Of properties, log, state and savepoints.
            stack: The stack that runs.
            changes: Properties that differ from local/application_properties.json, by group.
        """
        self.home = home.resolve()
        self.stack = stack
        self._changes = changes or {}
        self._path = self.home / "versions.json"

    def application(self, code: Path | None = None) -> Application:
        """The jobs as they are now, or as a version of the code would run them."""
        code = code or self.versions()[-1]
        return Application(self.home, self.stack.endpoints(), self._changes, code=code)

    def versions(self) -> list[Path]:
        """Folders of the code that ran, the present one last."""
        try:
            return [Path(each) for each in json.loads(self._path.read_text("utf-8"))]
        except FileNotFoundError:
            return [ROOT]

    def start(self, progress: Progress, code: Path | None = None) -> Application:
        """Start the jobs where they were stopped or killed, and wait until all tasks run.

        Raises:
            ApplicationError: they run already, the stack does not, or they do not start.
        """
        application = self.application(code)
        if application.is_alive():
            message = f"the jobs run already, see {application.web_url}"
            raise ApplicationError(message)
        if not any(component.pid for component in self.stack.status()):
            message = (
                "the stack does not run: `python -m local up`, then `python -m scripts.bootstrap`"
            )
            raise ApplicationError(message)
        self.home.mkdir(parents=True, exist_ok=True)
        application.launch()
        try:
            application.await_running(progress)
        except ApplicationError:
            application.stop()
            raise
        known = self.versions() if self._path.exists() else []
        if application.code not in known[-1:]:
            self._remember([*known, application.code])
        return application

    def stop(self, progress: Progress) -> Path:
        """Stop the jobs with a savepoint; returns it."""
        return self.application().stop_with_savepoint(progress)

    def upgrade(self, progress: Progress, code: Path) -> Application:
        """Stop with a savepoint and go on with other code; back at once if that does not start.

        Raises:
            ApplicationError: the other code did not start: the former one runs again.
        """
        if not (code / "main.py").is_file():
            message = f"{code}: no version of the jobs, it has no main.py"
            raise ApplicationError(message)
        before = self.versions()[-1]
        self.stop(progress)
        try:
            return self.start(progress, code)
        except ApplicationError as error:
            self.start(progress, before)
            message = f"{code} does not start, {before} runs again: {error}"
            raise ApplicationError(message) from error

    def rollback(self, progress: Progress) -> Application:
        """Stop with a savepoint and go on with the code that ran before.

        Raises:
            ApplicationError: there was none before, or it did not start.
        """
        earlier = self.versions()[:-1]
        if not earlier:
            message = "there is no earlier version to go back to"
            raise ApplicationError(message)
        application = self.upgrade(progress, earlier[-1])
        self._remember(earlier)
        return application

    def _remember(self, versions: list[Path]) -> None:
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps(list(map(str, versions))) + "\n", "utf-8")
        partial.replace(self._path)


def add_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", home: Path
) -> None:
    """Add `jobs` to the command line; `home` is the stack's usual folder."""
    jobs = commands.add_parser("jobs", help="the jobs: start, stop, upgrade, rollback, status")
    jobs.add_argument("action", choices=("start", "stop", "upgrade", "rollback", "status"))
    jobs.add_argument(
        "--code", type=Path, help="of start and upgrade: a checkout or an unpacked package"
    )
    jobs.add_argument("--home", type=Path, default=home, help="folder of the stack (%(default)s)")
    jobs.add_argument(
        "--jobs-home", type=Path, default=home.parent / "jobs", help="of the jobs (%(default)s)"
    )


def run(options: argparse.Namespace, progress: Progress) -> int:
    """Run `jobs`; returns the exit code, of `status` 0 if all tasks run."""
    jobs = Jobs(options.jobs_home, Stack(options.home))
    match options.action:
        case "start":
            jobs.start(progress, options.code)
        case "stop":
            jobs.stop(progress)
        case "upgrade":
            if options.code is None:
                message = "jobs upgrade needs --code FOLDER"
                raise ValueError(message)
            jobs.upgrade(progress, options.code)
        case "rollback":
            jobs.rollback(progress)
    application = jobs.application()
    states = [job["state"] for job in application.overview()] if application.is_alive() else []
    print(f"jobs state={','.join(states) or 'stopped'} code={application.code}")
    return 0 if options.action != "status" or states == ["RUNNING"] else 1
