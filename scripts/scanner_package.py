"""The zip of the scanner for AWS Lambda: our code, the wheels it needs, the list of feeds.

Everything stands at the root, where Lambda's Python looks. The same input gives the same bytes.
"""

import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from scripts.package import (
    ROOT,
    PackageError,
    install,
    pins,
    probe,
    required_by,
    wheel_files,
    write_zip,
)
from scripts.scanner.feeds import FeedConfigError, load_feeds

OUTPUT = ROOT / "build" / "deal-finder-scanner.zip"
HANDLER = "scripts.scanner.function.handler"
"""What terraform/modules/scanner names to Lambda."""
FEEDS_IN_ZIP = "feeds.toml"
MAX_UNPACKED_BYTES = 250 * 1024 * 1024
"""Lambda's limit."""

# What the scanner imports, besides what these ask for themselves.
PACKAGES = (
    "aws-msk-iam-sasl-signer-python",
    "boto3",
    "confluent-kafka",
    "fastavro",
    "feedparser",
    "pydantic",
    "requests",
    "rich",
    "tldextract",
)
CODE = (
    "scripts/__init__.py",
    "scripts/connection.py",
    "scripts/scan_feeds.py",
    "udfs/__init__.py",
    "udfs/logs.py",
    "udfs/version.py",
)
FOLDERS = {"scripts/scanner": {".py"}, "schemas": {".py", ".avsc", ".json"}}


def code_files(feeds: Path, root: Path = ROOT) -> Iterator[tuple[str, Path]]:
    """Code, schemas and feeds: (path in the zip, file).

    Raises:
        PackageError: the list of feeds cannot be used in the cloud.
    """
    try:
        listed = load_feeds(feeds)
    except FeedConfigError as error:
        raise PackageError(str(error)) from error
    if on_disk := [feed.name for feed in listed if not feed.is_remote]:
        message = f"{feeds}: feeds of files cannot be read in the cloud: {', '.join(on_disk)}"
        raise PackageError(message)
    yield FEEDS_IN_ZIP, feeds
    for name in CODE:
        yield name, root / name
    for folder, suffixes in FOLDERS.items():
        for path in (root / folder).rglob("*"):
            parts = path.relative_to(root).parts
            is_kept = path.suffix in suffixes and not {"__pycache__", "examples"} & set(parts)
            if path.is_file() and is_kept:
                yield PurePosixPath(*parts).as_posix(), path


def package(output: Path, feeds: Path, root: Path = ROOT) -> None:
    """Make the zip.

    Raises:
        PackageError: the feeds cannot be used, a wheel is missing, or it is over Lambda's limit.
    """
    files = dict(code_files(feeds, root))
    lock = (root / "requirements.lock").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        install(pins(lock, sorted(required_by(PACKAGES))), Path(folder))
        # Without dep/: Lambda looks at the root.
        wheels = {name.removeprefix("dep/"): path for name, path in wheel_files(Path(folder))}
        if twice := sorted(wheels.keys() & files.keys()):
            message = f"a wheel holds a file of ours: {', '.join(twice)}"
            raise PackageError(message)
        write_zip(files | wheels, output)
    with zipfile.ZipFile(output) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked >= MAX_UNPACKED_BYTES:
        message = f"{output} has {unpacked} bytes unpacked, Lambda takes {MAX_UNPACKED_BYTES}"
        raise PackageError(message)


def check(output: Path) -> str:
    """Import the handler in an interpreter that sees the zip and nothing else.

    Raises:
        PackageError: it does not import, or this interpreter is not Lambda's Python.
    """
    return probe(output, [""], [], [HANDLER.rpartition(".")[0]])
