"""Everything Maven builds: the jars the stack runs from, and the application jar.

A step runs again only when the content of its inputs, or what it left behind, has changed. The
folders of jars appear in one piece, so an interrupted build leaves nothing half made.
"""

import contextlib
import fcntl
import hashlib
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from local.java import java_command, maven_command
from local.maven import run_maven
from local.opensearch.node import MODULES, module_descriptor
from local.progress import Progress

ROOT = Path(__file__).resolve().parent.parent
JARS = ROOT / ".local" / "jars"
LOGS = ROOT / ".local" / "logs"
APPLICATION_JAR = ROOT / "udfs" / "java" / "target" / "pyflink-dependencies.jar"

# Maven keeps a core busy as soon as the downloads are there; two at once fill a small machine.
_AT_ONCE = 2


@dataclass(frozen=True)
class Step:
    """One Maven run.

    Attributes:
        name: what commands and logs call it.
        what: what a person reads while it runs.
        project: folder of the pom.
        output: the file or folder it makes.
        finish: completes a folder of jars before it takes its place.
    """

    name: str
    what: str
    project: Path
    output: Path
    finish: Callable[[Path], None] | None = None

    @property
    def makes_folder(self) -> bool:
        """Whether it gathers jars into a folder of its own."""
        return self.output.suffix != ".jar"

    def inputs(self) -> list[Path]:
        """The files that decide the outcome; tests and earlier outcomes are not among them."""
        return sorted(
            path
            for path in self.project.rglob("*")
            if path.is_file()
            and path.suffix in {".xml", ".java", ".avsc", ".properties", ".Factory", ""}
            and path.relative_to(self.project).parts[0] != "target"
            and path.relative_to(self.project).parts[:2] != ("src", "test")
        )


def _describe_modules(jars: Path) -> None:
    for module in MODULES:
        descriptor = jars / "modules" / module / "plugin-descriptor.properties"
        descriptor.write_text(module_descriptor(module), encoding="utf-8")


STEPS = (
    Step("kafka", "Kafka's jars", ROOT / "local" / "kafka", JARS / "kafka"),
    Step(
        "opensearch",
        "OpenSearch's jars and launcher",
        ROOT / "local" / "opensearch",
        JARS / "opensearch",
        _describe_modules,
    ),
    Step("application", "the application jar", ROOT / "udfs" / "java", APPLICATION_JAR),
)
STACK_STEPS = STEPS[:2]


def build(progress: Progress, steps: Sequence[Step] = STEPS) -> None:
    """Run the steps that are not up to date, two at a time.

    Args:
        progress: hears of every step, up to date or not.
        steps: all by default; `STACK_STEPS` are those that the stack needs.

    Raises:
        local.java.PrerequisiteError: no JDK 17 or no Maven, and something must be built.
        local.maven.MavenError: a step failed; the message ends with where its log is.
    """
    with _only_build(progress):
        stale = [step for step in steps if not _is_current(step)]
        for step in steps:
            if step not in stale:
                progress.done(step.name, 0.0, "up to date")
        if not stale:
            return
        java_command()
        maven = maven_command()
        cancelled = threading.Event()
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="build") as pool:
            runs = [pool.submit(_run, maven, step, progress, cancelled) for step in stale]
            try:
                wait(runs, return_when=FIRST_EXCEPTION)
            except BaseException:
                cancelled.set()
                raise
            finally:
                # What already runs may end: its downloads are not lost to the next attempt.
                pool.shutdown(wait=True, cancel_futures=True)
        for run in runs:
            if not run.cancelled():
                run.result()


def is_built(steps: Sequence[Step] = STEPS) -> bool:
    """Whether all the steps are up to date."""
    return all(_is_current(step) for step in steps)


def _run(maven: str, step: Step, progress: Progress, cancelled: threading.Event) -> None:
    progress.started(step.name, f"building {step.what}")
    began_s = time.monotonic()
    stamp = _stamp(step)
    stamp.unlink(missing_ok=True)
    inputs = _inputs_fingerprint(step)  # before the run: a change during it must count
    try:
        goal = [maven, "-B", "-f", str(step.project / "pom.xml"), "package"]
        log = LOGS / f"build-{step.name}.log"
        alive = _bound(progress, step.name)
        if not step.makes_folder:
            run_maven([*goal, "-Dmaven.test.skip=true"], log, alive, cancelled)
            if not step.output.is_file():
                message = f"Maven ended well but {step.output} is missing, see {log}"
                raise FileNotFoundError(message)  # noqa: TRY301 - reported as any other failure
        else:
            partial = step.output.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            run_maven([*goal, f"-Djars={partial}"], log, alive, cancelled)
            if step.finish is not None:
                step.finish(partial)
            shutil.rmtree(partial / "build", ignore_errors=True)
            shutil.rmtree(step.output, ignore_errors=True)
            partial.rename(step.output)
    except BaseException:
        progress.failed(step.name, time.monotonic() - began_s)
        raise
    fingerprints = {"inputs": inputs, "outputs": _outputs_fingerprint(step)}
    stamp.write_text(json.dumps(fingerprints, indent=2) + "\n", encoding="utf-8")
    progress.done(step.name, time.monotonic() - began_s)


def _bound(progress: Progress, name: str) -> Callable[[str], None]:
    return lambda note: progress.alive(name, note)


def _is_current(step: Step) -> bool:
    try:
        kept = json.loads(_stamp(step).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    now = {"inputs": _inputs_fingerprint(step), "outputs": _outputs_fingerprint(step)}
    return bool(kept == now)


def _stamp(step: Step) -> Path:
    return JARS / f"{step.name}.json"


def _inputs_fingerprint(step: Step) -> str:
    digest = hashlib.sha256()
    for path in step.inputs():
        digest.update(f"{path.relative_to(step.project)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    if step.finish is not None:
        for module in MODULES:
            digest.update(module_descriptor(module).encode())
    return digest.hexdigest()


def _outputs_fingerprint(step: Step) -> str:
    """Names, sizes and times: a jar that was deleted, or built again by hand, is noticed."""
    digest = hashlib.sha256()
    files = sorted(step.output.rglob("*")) if step.output.is_dir() else [step.output]
    for path in files:
        if path.is_file():
            known = path.stat()
            name = path.relative_to(step.output.parent)
            digest.update(f"{name}\0{known.st_size}\0{known.st_mtime_ns}\n".encode())
    return digest.hexdigest()


@contextlib.contextmanager
def _only_build(progress: Progress) -> Iterator[None]:
    """Hold the lock that keeps two builds of one checkout apart."""
    JARS.mkdir(parents=True, exist_ok=True)
    with (JARS / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            began_s = time.monotonic()
            progress.started("build", "waiting for another build to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
            progress.done("build", time.monotonic() - began_s, "the other build has ended")
        yield
