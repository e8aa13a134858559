"""The Flink application on this machine: main.py with a MiniCluster, as a process of its own."""

import json
import os
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from local.build import APPLICATION_JAR, ROOT
from local.flink_rest import ask
from local.java import LATE_C2
from local.ports import LOOPBACK, free_port, is_free
from local.processes import PidFile, end, spawn
from local.progress import Progress
from local.stack import Endpoints

PROPERTIES = ROOT / "local" / "application_properties.json"

JAR_IN_CHECKOUT = APPLICATION_JAR.relative_to(ROOT)

START_DEADLINE_S = 300.0
SAVEPOINT_DEADLINE_S = 120.0
LOG_TAIL_LINES = 25


class ApplicationError(RuntimeError):
    """The application did not start or has ended; the message shows the end of its log."""


class Application:
    """One run of main.py against a local stack. Not thread-safe."""

    def __init__(
        self,
        home: Path,
        endpoints: Endpoints,
        changes: dict[str, dict[str, str]],
        program: Path | None = None,
        code: Path = ROOT,
    ) -> None:
        """Prepare a run; nothing starts yet.

        Args:
            home: Folder for properties, log, pid and state.
            endpoints: Of the running stack.
            changes: Properties that differ from local/application_properties.json, by group.
            program: What is started, main.py of the code by default.
            code: Folder of the version that runs: a checkout, or an unpacked package.
        """
        self.home = home
        self.code = code.resolve()
        self.log = home / "logs" / "flink.log"
        self._pids = PidFile(home / "run" / "flink.pid")
        self._endpoints = endpoints
        self._changes = changes
        self._program = program or self.code / "main.py"
        self.rest_port = 0
        self._began_s = 0.0

    @property
    def web_url(self) -> str:
        """Address of Flink's web UI; of a run that another command started as well."""
        port = self.rest_port or self._known_port()
        return f"http://{LOOPBACK}:{port}"

    @property
    def pid(self) -> int | None:
        """Of the process, while it runs; JVM and Python workers are below it."""
        process = self._pids.running()
        return None if process is None else process.pid

    def launch(self) -> None:
        """Start the process; the stack may still be starting: tasks restart until it is there."""
        asked = self._changes.get("LocalFlink", {}).get("rest.port")
        preferred = int(asked or _groups()["LocalFlink"]["rest.port"])
        self.rest_port = preferred if is_free(preferred) else free_port()
        path = self._write_properties()
        environment = os.environ | {
            "IS_LOCAL": "true",
            "DEAL_FINDER_PROPERTIES": str(path),
            "PYTHONPATH": str(self.code),
            "JVM_ARGS": " ".join([*LATE_C2, os.environ.get("JVM_ARGS", "")]),
            # The stand-in takes any credentials, but the AWS clients insist on having some.
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": "us-east-1",
        }
        command = [sys.executable, str(self._program)]
        spawn(command, self.log, self.code, environment, self._pids)
        self._began_s = time.monotonic()

    def await_running(self, progress: Progress) -> None:
        """Wait until every task runs.

        Raises:
            ApplicationError: the process ended, or the tasks were not running in time.
        """
        progress.started("flink", "starting the jobs")
        while not self._is_running():
            seconds = time.monotonic() - self._began_s
            if self._pids.running() is None:
                message = f"the jobs ended while starting; {self._log_tail()}"
                raise ApplicationError(message)
            if seconds > START_DEADLINE_S:
                message = f"not running in {START_DEADLINE_S:.0f} s; {self._log_tail()}"
                raise ApplicationError(message)
            progress.alive("flink", f"starting the jobs, {seconds:.0f} s")
            time.sleep(0.2)
        progress.done("flink", time.monotonic() - self._began_s, self.web_url)

    def is_alive(self) -> bool:
        """Whether the process lives, whichever command started it."""
        return self._pids.running() is not None

    def check(self) -> None:
        """Demand that the process lives.

        Raises:
            ApplicationError: it has ended.
        """
        if self._pids.running() is None:
            msg = f"the jobs have ended; {self._log_tail()}"
            raise ApplicationError(msg)

    def stop(self) -> None:
        """End the process, JVM and Python workers included; those of others are left alone."""
        process = self._pids.running()
        if process:
            end(process, patience_s=5)
        self._pids.remove()

    def overview(self) -> list[dict[str, Any]]:
        """Flink's list of jobs, empty while its REST endpoint does not answer."""
        try:
            jobs: list[dict[str, Any]] = ask(f"{self.web_url}/jobs/overview", timeout_s=3)["jobs"]
        except (OSError, ValueError):
            return []
        return jobs

    def stop_with_savepoint(self, progress: Progress) -> Path:
        """Stop the jobs so that nothing of theirs is under way, then the process.

        Returns:
            The savepoint: the next run goes on from it.

        Raises:
            ApplicationError: no job runs, or it does not stop in time; then it runs on.
        """
        begun_s = time.monotonic()
        jobs = [job["jid"] for job in self.overview() if job["state"] == "RUNNING"]
        if len(jobs) != 1:
            message = f"there is not one running job at {self.web_url}, but {len(jobs)}"
            raise ApplicationError(message)
        progress.started("savepoint", "stopping the jobs")
        folder = self.home / "flink" / "savepoints"
        job = f"{self.web_url}/jobs/{jobs[0]}"
        target = {"targetDirectory": folder.resolve().as_uri(), "drain": False}
        trigger = _asked(f"{job}/stop", target)["request-id"]
        while (said := _asked(f"{job}/savepoints/{trigger}"))["status"]["id"] != "COMPLETED":
            if time.monotonic() - begun_s > SAVEPOINT_DEADLINE_S:
                message = f"no savepoint in {SAVEPOINT_DEADLINE_S:.0f} s; {self._log_tail()}"
                raise ApplicationError(message)
            time.sleep(0.2)
        if "location" not in said["operation"]:
            cause = said["operation"]["failure-cause"]["class"]
            message = f"no savepoint ({cause}), the jobs run on; {self._log_tail()}"
            raise ApplicationError(message)
        self.stop()
        path = Path(
            urllib.request.url2pathname(urllib.parse.urlsplit(said["operation"]["location"]).path)
        )
        progress.done("savepoint", time.monotonic() - begun_s, str(path))
        return path

    def _jar(self) -> Path:
        """That of the code, wherever it lies in a checkout or a package; else of this checkout."""
        inside = (self.code / "lib" / APPLICATION_JAR.name, self.code / JAR_IN_CHECKOUT)
        return next((path for path in inside if path.is_file()), APPLICATION_JAR)

    def _known_port(self) -> int:
        try:
            groups = json.loads((self.home / "application_properties.json").read_text("utf-8"))
        except FileNotFoundError:
            return int(_groups()["LocalFlink"]["rest.port"])
        (port,) = (
            group["PropertyMap"]["rest.port"]
            for group in groups
            if group["PropertyGroupId"] == "LocalFlink"
        )
        return int(port)

    def _is_running(self) -> bool:
        jobs = self.overview()
        return bool(jobs) and all(
            job["state"] == "RUNNING" and job["tasks"]["running"] == job["tasks"]["total"]
            for job in jobs
        )

    def _write_properties(self) -> Path:
        state_dir = self.home / "flink"
        state_dir.mkdir(parents=True, exist_ok=True)
        groups = _groups()
        here = {
            "Kafka": {"bootstrap.servers": self._endpoints.bootstrap_servers},
            "Registry": {"endpoint.url": self._endpoints.aws_endpoint_url},
            "Search": {"url": self._endpoints.opensearch_url},
            "Bedrock": {"endpoint.url": self._endpoints.bedrock_endpoint_url},
            "Pricing": {"model.dir": str(self.code / groups["Pricing"]["model.dir"])},
            "LocalFlink": {
                "jar": str(self._jar()),
                "state.dir": str(state_dir),
            },
        }
        port = {"LocalFlink": {"rest.port": str(self.rest_port)}}
        for changes in (here, self._changes, port):
            for group, keys in changes.items():
                groups[group] = groups.get(group, {}) | keys
        path = self.home / "application_properties.json"
        path.write_text(
            json.dumps(
                [{"PropertyGroupId": name, "PropertyMap": keys} for name, keys in groups.items()],
                indent=2,
            ),
            "utf-8",
        )
        return path

    def _log_tail(self) -> str:
        lines = self.log.read_text("utf-8", errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return f"its log {self.log} ends:\n" + "\n".join(lines)


def _asked(url: str, body: Any = None) -> Any:
    try:
        return ask(url, body)
    except OSError as error:
        message = f"{url}: {error}"
        raise ApplicationError(message) from error


def _groups() -> dict[str, dict[str, str]]:
    return {
        entry["PropertyGroupId"]: entry["PropertyMap"]
        for entry in json.loads(PROPERTIES.read_text("utf-8"))
    }
