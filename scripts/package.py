"""`python -m scripts.package [--check]`: the zip that the managed service runs.

With `--scanner --feeds TOML` it is the one for the scanner as a Lambda function.

main.py and our packages stand at the root, the application jar in lib/, and in dep/ what the
Python workers import: the wheels, and copies of udfs/, schemas/ and models/, for the service ships
only dep/ (property `pyFiles`) to the workers. The same input gives the same bytes.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "build" / "deal-finder.zip"
JAR = Path("udfs/java/target/pyflink-dependencies.jar")
JAR_IN_ZIP = "lib/pyflink-dependencies.jar"
MAX_BYTES = 512 * 1024 * 1024
"""The service's limit."""

PYTHON = "3.12"
PLATFORM = "x86_64-manylinux_2_28"
MARKERS = {"python_version": PYTHON, "python_full_version": "3.12.0", "extra": ""}
# The runtime itself. It brings along what PyFlink asks for (numpy, pandas, pyarrow, protobuf, ...):
# another numpy in front of the one that its pandas was built with would break them both.
RUNTIME = ("apache-flink", "apache-flink-libraries")
FOLDERS = {"flink_jobs": {".py"}, "udfs": {".py", ".txt"}, "schemas": {".py", ".avsc", ".json"}}
# What the functions of the jobs, which run in workers, are made of.
OF_WORKERS = frozenset(("udfs", "schemas", "models"))
IMPORTS = (
    "main",
    "flink_jobs.application",
    "schemas.registry",
    "udfs.flink.judging",
    "aws_schema_registry",
    "onnxruntime",
)
# What an installer leaves behind that names this machine or differs between machines.
LEFTOVERS = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", ".lock"}


class PackageError(Exception):
    """The package cannot be made; the message says what to do."""


def service_packages() -> set[str]:
    """Normalized names of the distributions that the runtime already has."""
    return set(RUNTIME) | {name for each in RUNTIME for name in _required(each)}


def shipped_packages(root: Path = ROOT) -> list[str]:
    """Normalized names of all that goes into dep/: pyproject's runtime dependencies and theirs."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    waiting = [canonicalize_name(Requirement(text).name) for text in project["dependencies"]]
    present, found = service_packages(), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in present | found:
            found.add(name)
            waiting += _required(name)
    return sorted(found)


def _required(name: str) -> list[str]:
    try:
        texts = metadata.requires(name) or []
    except metadata.PackageNotFoundError as error:
        message = f"{name} is not installed: run `make setup`"
        raise PackageError(message) from error
    wanted = (Requirement(text) for text in texts)
    return [
        canonicalize_name(each.name)
        for each in wanted
        if each.marker is None or each.marker.evaluate({**MARKERS})
    ]


def pins(lock: str, names: Iterable[str]) -> str:
    """The part of requirements.lock that pins these packages, hashes included.

    Raises:
        PackageError: the lock does not pin one of them.
    """
    entries: dict[str, list[str]] = {}
    entry: list[str] = []
    for line in lock.splitlines():
        if line and not line.startswith((" ", "#")):
            # One package may be pinned more than once, for different Pythons.
            entry = entries.setdefault(canonicalize_name(line.partition("==")[0]), [])
        if not line.lstrip().startswith("#"):
            entry.append(line)
    if missing := sorted(set(names) - entries.keys()):
        message = f"requirements.lock does not pin {', '.join(missing)}: run `make lock`"
        raise PackageError(message)
    return "\n".join(line for name in names for line in entries[name]) + "\n"


def install(requirements: str, target: Path) -> None:
    """Unpack the pinned wheels for the service's platform into a folder.

    Raises:
        PackageError: a wheel cannot be had; the message ends with the installer's.
    """
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text(requirements, "utf-8")
        command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"]
        command += ["--only-binary", ":all:", "--require-hashes", "--target", str(target)]
        command += ["--python-platform", PLATFORM, "--python-version", PYTHON]
        command += ["-r", str(listed)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        message = f"the wheels for dep/ cannot be installed:\n{done.stderr.strip()}"
        raise PackageError(message)


def wheel_files(target: Path) -> Iterator[tuple[str, Path]]:
    """What of an installation belongs into the package: (path in the zip, file)."""
    for path in target.rglob("*"):
        parts = path.relative_to(target).parts
        # The console scripts in bin/ start with this machine's path of Python.
        is_kept = parts[0] != "bin" and "__pycache__" not in parts and path.name not in LEFTOVERS
        if path.is_file() and is_kept:
            yield PurePosixPath("dep", *parts).as_posix(), path


def our_files(root: Path = ROOT) -> Iterator[tuple[str, Path]]:
    """Code, schemas, models and jar of this checkout: (path in the zip, file).

    Raises:
        PackageError: the application jar has not been built, or there is no model.
    """
    if not (root / JAR).is_file():
        message = f"{JAR} is missing: run `make build`"
        raise PackageError(message)
    yield JAR_IN_ZIP, root / JAR
    yield "main.py", root / "main.py"
    for folder, suffixes in FOLDERS.items():
        for path in (root / folder).rglob("*"):
            parts = path.relative_to(root).parts
            is_kept = path.suffix in suffixes and parts[1] not in {"java", "examples"}
            if path.is_file() and is_kept and "__pycache__" not in parts:
                yield from _placed(PurePosixPath(*parts), path)
    models = [path for path in (root / "models").glob("*-v*/*") if path.suffix != ".png"]
    if not models:
        message = "models/ holds no model folder: run `make train`"
        raise PackageError(message)
    for path in models:
        yield from _placed(PurePosixPath(*path.relative_to(root).parts), path)


def _placed(name: PurePosixPath, path: Path) -> Iterator[tuple[str, Path]]:
    yield str(name), path
    if name.parts[0] in OF_WORKERS:
        yield str("dep" / name), path


def write_zip(files: Mapping[str, Path], output: Path) -> None:
    """Write the files in the order of their names, with one time and one mode: reproducibly."""
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3  # Unix, wherever this runs
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name].read_bytes())
    partial.replace(output)


def package(output: Path, root: Path = ROOT) -> None:
    """Make the zip.

    Raises:
        PackageError: jar, model or a wheel is missing, or the zip is over the service's limit.
    """
    files = dict(our_files(root))  # before the downloads: a missing jar shows at once
    lock = (root / "requirements.lock").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        install(pins(lock, shipped_packages(root)), Path(folder))
        wheels = dict(wheel_files(Path(folder)))
        if twice := sorted(wheels.keys() & files.keys()):
            message = f"a wheel holds a file of ours: {', '.join(twice)}"
            raise PackageError(message)
        write_zip(files | wheels, output)
    if output.stat().st_size >= MAX_BYTES:
        message = f"{output} has {output.stat().st_size} bytes, the service takes {MAX_BYTES}"
        raise PackageError(message)


def size_table(output: Path) -> str:
    """A row for each of the twelve largest at the root and the ten in dep/, in MB."""
    packed, unpacked = Counter[str](), Counter[str]()
    with zipfile.ZipFile(output) as archive:
        for entry in archive.infolist():
            parts = PurePosixPath(entry.filename).parts
            for name in {parts[0], "/".join(parts[:2])} if parts[0] == "dep" else {parts[0]}:
                packed[name] += entry.compress_size
                unpacked[name] += entry.file_size
    roots = [name for name, _ in packed.most_common() if "/" not in name]
    top = roots[:12]
    deps = [name for name, _ in packed.most_common() if "/" in name][:10]
    rows = [f"{'folder':<32}{'zip MB':>9}{'MB':>9}"]
    mb = {name: (packed[name] / 1e6, unpacked[name] / 1e6) for name in top + deps}
    rows += [f"{name:<32}{mb[name][0]:9.2f}{mb[name][1]:9.2f}" for name in top + deps]
    total = sum(unpacked[name] for name in roots)
    return "\n".join([*rows, f"{'all':<32}{output.stat().st_size / 1e6:9.2f}{total / 1e6:9.2f}"])


_PROBE = """
import importlib, os, sys
from pathlib import Path
unpacked, paths, *names = sys.argv[1:]
sys.path[:0] = paths.split(os.pathsep)
for name in names:
    importlib.import_module(name)
found = {Path(file).resolve() for each in tuple(sys.modules.values())
         if (file := getattr(each, "__file__", None))}
print(sum(path.is_relative_to(unpacked) for path in found), "modules from the package")
"""


def check(output: Path) -> str:
    """Import the package's code in a fresh interpreter that sees nothing of this checkout.

    PyFlink and what it asks for come from outside the package, as on the service: from links to
    exactly these distributions. Nothing else of this environment is on the path.

    Raises:
        PackageError: an import fails, or this interpreter is not the service's Python.
    """
    with tempfile.TemporaryDirectory() as folder:
        service = Path(folder).resolve() / "service"
        service.mkdir()
        for name in sorted(required_by(service_packages()) - set(shipped_packages())):
            _link(name, service)
        return probe(output, ["", "dep"], [service], IMPORTS)


def probe(output: Path, inside: Iterable[str], beside: Iterable[Path], names: Iterable[str]) -> str:
    """Import modules in an interpreter that sees nothing but folders of a zip and those beside.

    Raises:
        PackageError: an import fails, or this interpreter is not the service's Python.
    """
    if ".".join(map(str, sys.version_info[:2])) != PYTHON:
        message = f"--check needs Python {PYTHON}, for which the wheels are"
        raise PackageError(message)
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder).resolve() / "app"
        with zipfile.ZipFile(output) as archive:
            archive.extractall(unpacked)
        paths = [str(unpacked / each) for each in inside] + [str(each) for each in beside]
        command = [sys.executable, "-I", "-S", "-c", _PROBE]
        command += [str(unpacked), os.pathsep.join(paths), *names]
        environ = {key: os.environ[key] for key in ("PATH", "JAVA_HOME") if key in os.environ}
        done = subprocess.run(  # noqa: S603 - our own probe
            command, capture_output=True, text=True, check=False, cwd=folder, env=environ
        )
    if done.returncode:
        message = f"the package does not import:\n{done.stderr.strip()}"
        raise PackageError(message)
    return done.stdout.strip()


def required_by(names: Iterable[str]) -> set[str]:
    """Normalized names of distributions and all that they require, installed here."""
    found, waiting = set[str](), list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _required(name)
    return found


def _link(name: str, folder: Path) -> None:
    """Link the top-level entries of a distribution into a folder."""
    for file in metadata.files(name) or ():
        top = file.parts[0]
        source = Path(str(metadata.distribution(name).locate_file(top)))
        if top not in {"..", "bin", "__pycache__"} and not (folder / top).is_symlink():
            (folder / top).symlink_to(source)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the package from the command line; 1 if it cannot be made or does not import."""
    parser = argparse.ArgumentParser(prog="python -m scripts.package", description=__doc__)
    parser.add_argument("--output", type=Path, help="the zip (build/deal-finder[-scanner].zip)")
    parser.add_argument("--check", action="store_true", help="then import it in isolation")
    parser.add_argument(
        "--scanner", action="store_true", help="the scanner for AWS Lambda, not the jobs"
    )
    parser.add_argument(
        "--feeds", type=Path, metavar="TOML", help="with --scanner: the feeds that it reads"
    )
    options = parser.parse_args(arguments)
    if options.scanner != (options.feeds is not None):
        parser.error("--scanner needs --feeds, and only --scanner does")
    # Imported here: it is made of the parts above.
    from scripts import scanner_package

    output = options.output or (scanner_package.OUTPUT if options.scanner else OUTPUT)
    try:
        if options.scanner:
            scanner_package.package(output, options.feeds)
        else:
            package(output)
        print(size_table(output))
        with output.open("rb") as archive:
            print(f"sha256 {hashlib.file_digest(archive, 'sha256').hexdigest()}")
        if options.check:
            print(scanner_package.check(output) if options.scanner else check(output))
    except PackageError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
