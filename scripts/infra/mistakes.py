"""`python -m scripts.infra.mistakes [--check]`: plant mistakes, and tell which check finds each.

Each is planted alone in a copy of the tree; the check named for it must say so, and must have been
silent before. The table goes to docs/mistakes.md; `--check` compares it and writes nothing.
"""

import argparse
import re
import shutil
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.infra.checks import CHECKS, ROOT
from scripts.infra.layout import WANTED, ZIP

TABLE = Path("docs/mistakes.md")
# What the checks read.
FOLDERS = ("terraform", "schemas", "flink_jobs", "udfs", "docs")
IGNORED = shutil.ignore_patterns(".terraform*", "__pycache__", "target", "*.tfstate*")


@dataclass(frozen=True)
class Mistake:
    """A mistake in one file.

    Attributes:
        name: What is wrong.
        check: The check that must find it.
        path: The file.
        said: What the check says of it.
        stands: What stands there; None: the file is taken away.
        put: What is put there instead.
    """

    name: str
    check: str
    path: str
    said: str
    stands: str | None = None
    put: str = ""


# What stands in the package: (mistake, names, what is said).
PACKAGES = (
    (
        "wrong zip layout: all in a folder",
        [f"deal-finder/{name}" for name in WANTED],
        "main.py is missing at its place",
    ),
    (
        "wrong zip layout: the workers' copy left out",
        [name for name in WANTED if not name.startswith("dep/")],
        "dep/udfs/__init__.py is missing at its place",
    ),
    ("two jars in the zip", [*WANTED, "lib/other.jar"], "the service takes one jar"),
)
MISTAKES = tuple(
    Mistake(**each)
    for each in tomllib.loads(Path(__file__).with_name("mistakes.toml").read_text("utf-8"))[
        "mistake"
    ]
)


def copied(folder: Path, root: Path = ROOT) -> Path:
    """Copy what the checks read into a folder."""
    for name in FOLDERS:
        shutil.copytree(root / name, folder / name, ignore=IGNORED)
    return folder


@contextmanager
def planted(mistake: Mistake, copy: Path) -> Iterator[None]:
    """Make the mistake in a copy, and take it back.

    Raises:
        ValueError: the mistake has no place any more.
    """
    path = copy / mistake.path
    text = path.read_text("utf-8")
    if mistake.stands is None:
        path.unlink()
    elif mistake.stands in text:
        path.write_text(text.replace(mistake.stands, mistake.put), "utf-8")
    else:
        message = f"{mistake.name}: {mistake.path} does not hold {mistake.stands!r} any more"
        raise ValueError(message)
    try:
        yield
    finally:
        path.write_text(text, "utf-8")


@contextmanager
def packed(names: Sequence[str], copy: Path) -> Iterator[None]:
    """Put a package of these (empty) files into a copy, and take it away."""
    path = copy / ZIP
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    try:
        yield
    finally:
        path.unlink()


def found(check: str, said: str, copy: Path) -> str | None:
    """The finding that says it, without the place of the copy; None if there is none."""
    lines = [line for line in CHECKS[check](copy) if said in line]
    # Without line numbers: they move with every edit.
    return re.sub(r":\d+:", ":", lines[0].replace(f"{copy}/", "")) if lines else None


def table() -> str:
    """Plant everything, and write down what was found.

    Raises:
        ValueError: a mistake is not found, has no place, or a check speaks without one.
    """
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(Path(folder).resolve())
        for name, check in CHECKS.items():
            if loud := check(copy):
                message = f"{name} finds something without a mistake: {loud[0]}"
                raise ValueError(message)
        for mistake in MISTAKES:
            with planted(mistake, copy):
                line = found(mistake.check, mistake.said, copy)
            rows.append((mistake.name, mistake.path, mistake.check, line))
        for name, names, said in PACKAGES:
            with packed(names, copy):
                line = found("package-layout", said, copy)
            rows.append((name, str(ZIP), "package-layout", line))
    if missed := [name for name, _, _, line in rows if line is None]:
        message = f"not found: {', '.join(missed)}"
        raise ValueError(message)
    return _page(rows)


def _page(rows: Sequence[tuple[str, str, str, str | None]]) -> str:
    head = f"""# Mistakes that are found

<!-- Written by `python -m scripts.infra.mistakes`, which plants them: a test holds this to it. -->

{len(rows)} mistakes, each planted alone in a copy of the tree and found by the named check of
`scripts/check_infra`. None of these checks needs terraform, a provider or a network.

| mistake | planted in | found by | what it says |
|---|---|---|---|
"""
    return head + "".join(
        f"| {name} | {path} | {check} | {(line or '').replace('|', '/')} |\n"
        for name, path, check, line in rows
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Plant, and write or compare the table; 1 if a mistake is missed or the table is old."""
    parser = argparse.ArgumentParser(prog="python -m scripts.infra.mistakes", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, do not write")
    options = parser.parse_args(arguments)
    try:
        text = table()
    except ValueError as problem:
        print(problem)
        return 1
    if options.check:
        is_current = (ROOT / TABLE).read_text("utf-8") == text
        print("current" if is_current else f"{TABLE}: run `python -m scripts.infra.mistakes`")
        return int(not is_current)
    (ROOT / TABLE).write_text(text, "utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
