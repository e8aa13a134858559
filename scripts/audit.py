"""`python -m scripts.audit`: is every locked package reviewed for known advisories? `make audit`.

Reads requirements.lock and the poms, and holds them against scripts/audit.toml: what was looked at,
in which version, when and where, and why an advisory that hits a version does not hit us. Nothing
is looked up: no source of advisories can be reached from everywhere. Exit code 1 with a line for
each version that nobody reviewed, each that is reviewed and no longer used, and an old review.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # poms of ours

ROOT = Path(__file__).resolve().parents[1]
REVIEW = Path(__file__).with_suffix(".toml")
POMS = ("udfs/java/pom.xml", "local/kafka/pom.xml", "local/opensearch/pom.xml")
MAX_AGE_DAYS = 180
_LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)
_POM = "{http://maven.apache.org/POM/4.0.0}"
_PLUGINS = "org.apache.maven.plugins"

Versions = dict[str, set[str]]
"""Versions by package: one, or one a Python."""


def locked(text: str) -> Versions:
    r"""Packages of a requirements file.

    >>> locked("anyio==4.1 ; x\n    --hash=sha256:0\nnumpy==2.0\nnumpy==2.1\n")["anyio"]
    {'4.1'}
    """
    found: Versions = {}
    for name, version in _LOCKED.findall(text):
        found.setdefault(name, set()).add(version)
    return found


def declared(text: str) -> Versions:
    """Artifacts that a pom gives a version: dependencies, BOMs, plugins, what it copies.

    Raises:
        ValueError: a version names a property that the pom lacks.
    """
    root = ElementTree.fromstring(text)  # noqa: S314 - poms of ours
    properties = {each.tag.removeprefix(_POM): each.text or "" for each in root.iterfind("*/*")}
    found: Versions = {}
    for element in root.iter():
        artifact, version = (element.find(_POM + name) for name in ("artifactId", "version"))
        if element is root or artifact is None or version is None:
            continue
        group = element.find(_POM + "groupId")
        name = f"{_PLUGINS if group is None else group.text}:{artifact.text}"
        given = re.sub(
            r"\$\{(.+?)\}", lambda match: properties.get(match[1], match[0]), version.text or ""
        )
        if "$" in given:
            message = f"{name}: {given} names no property of the pom"
            raise ValueError(message)
        found.setdefault(name, set()).add(given)
    return found


def findings(used: dict[str, Versions], review: dict[str, Any], today: date) -> Iterator[str]:
    """What is to be done, a line each.

    Args:
        used: versions by package, by ecosystem: "pypi", "maven".
        review: scripts/audit.toml.
        today: for the age of the review.
    """
    age_days = (today - review["reviewed"]).days
    if not 0 <= age_days <= MAX_AGE_DAYS:
        yield f"the review is of {review['reviewed']}: look again, and set `reviewed`"
    for ecosystem, packages in used.items():
        known = {name: set(text.split()) for name, text in review[ecosystem].items()}
        for name in sorted(packages.keys() | known.keys()):
            for version in sorted(packages.get(name, set()) - known.get(name, set())):
                yield f"{ecosystem} {name} {version} is used and not reviewed"
            for version in sorted(known.get(name, set()) - packages.get(name, set())):
                yield f"{ecosystem} {name} {version} is reviewed and not used any more"
    for advisory in review["advisory"]:
        name, version = advisory["package"], advisory["version"]
        if not any(version in packages.get(name, set()) for packages in used.values()):
            yield f"{advisory['id']} is about {name} {version}, which is not used any more"


def used_here() -> dict[str, Versions]:
    """What the repository uses."""
    maven: Versions = {}
    for pom in POMS:
        for name, versions in declared((ROOT / pom).read_text("utf-8")).items():
            maven.setdefault(name, set()).update(versions)
    return {"pypi": locked((ROOT / "requirements.lock").read_text("utf-8")), "maven": maven}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the findings, or what was found in order."""
    parser = argparse.ArgumentParser(prog="python -m scripts.audit", description=__doc__)
    parser.parse_args(arguments)
    used, review = used_here(), tomllib.loads(REVIEW.read_text("utf-8"))
    found = list(findings(used, review, datetime.now(UTC).date()))
    for line in found:
        print(line)
    if not found:
        count = sum(len(versions) for packages in used.values() for versions in packages.values())
        accepted = len(review["advisory"])
        print(f"{count} versions, reviewed {review['reviewed']}; {accepted} advisories accepted")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
