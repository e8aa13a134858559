"""The layout of the package: where the service looks for what."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

ZIP = Path("build/deal-finder.zip")
WANTED = (
    "main.py",
    "lib/pyflink-dependencies.jar",
    "flink_jobs/application.py",
    "schemas/deals.raw.avsc",
    "dep/udfs/__init__.py",
    "dep/schemas/__init__.py",
    "udfs/__init__.py",
)


def wrong(names: Iterable[str]) -> list[str]:
    """What of a package is missing or out of place.

    >>> wrong([*WANTED, "dep/numpy.py"])
    []
    >>> wrong(name for name in WANTED if name != "main.py")
    ['package: main.py is missing at its place']
    """
    given = set(names)
    found = [f"package: {name} is missing at its place" for name in WANTED if name not in given]
    jars = sorted(name for name in given if name.endswith(".jar") and name not in WANTED)
    found += [f"package: {name}: the service takes one jar" for name in jars]
    shadows = sorted(name for name in given if name.startswith(("dep/pyflink/", "pyflink/")))
    found += [f"package: {name}: the runtime's own would be hidden" for name in shadows[:1]]
    return found


def check(root: Path) -> list[str]:
    """The package as it was last built; without one there is nothing to say."""
    if not (root / ZIP).is_file():
        return []
    with zipfile.ZipFile(root / ZIP) as archive:
        return wrong(archive.namelist())
