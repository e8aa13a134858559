"""checkov and parliament, in an environment of their own that is made when it is first needed.

Without a package registry there is no such environment: that is told as skipped.
"""

import json
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from scripts.environments import captured, prepare
from scripts.infra.checks import ROOT, sources
from scripts.infra.documents import documents
from scripts.infra.outcome import Outcome

REQUIREMENTS = Path(__file__).with_name("lint-requirements.txt")
SKIPS = Path(__file__).with_name("checkov-skips.toml")
ENVIRONMENT = ROOT / ".local" / "lint"
# Of resources that are known only when they are made; the check `policies` looks for real stars.
TOLERATED = ("RESOURCE_STAR", "RESOURCE_EFFECTIVELY_STAR")
_RUN_S = 600


def run(root: Path = ROOT, environment: Path = ENVIRONMENT) -> Iterator[Outcome]:
    """Lint terraform/.

    Args:
        root: Top of a checkout.
        environment: Folder of the linters' environment, made if need be.

    Yields:
        An outcome for each linter; `is_good` None where they cannot be installed.
    """
    problem = prepare(environment, REQUIREMENTS)
    if problem is not None:
        yield Outcome("checkov, parliament", is_good=None, output=f"not installed: {problem}")
        return
    yield checkov(root / "terraform", environment)
    yield parliament(root / "terraform", environment)


def checkov(tree: Path, environment: Path) -> Outcome:
    """Run checkov; what it finds must be on the list of skips, and each skip must be needed."""
    command = [str(environment / "bin" / "checkov"), "-d", str(tree), "--framework", "terraform"]
    command += ["--skip-download", "--compact", "--quiet", "-o", "json"]
    done = captured(command, _RUN_S)
    try:
        reports = json.loads(done.stdout)
    except ValueError:
        return Outcome("checkov", is_good=False, output=done.stderr.strip()[-2000:])
    reports = reports if isinstance(reports, list) else [reports]
    failed = [each for report in reports for each in report["results"]["failed_checks"]]
    found = unskipped([(each["check_id"], each["resource"], each["check_name"]) for each in failed])
    passed = sum(report["summary"]["passed"] for report in reports)
    if not passed:
        found.append("nothing was checked")
    return Outcome("checkov", not found, "\n".join(found))


def unskipped(failed: list[tuple[str, str, str]]) -> list[str]:
    """What is not skipped, and skips that nothing needs: (check, resource, name) -> lines."""
    skips = tomllib.loads(SKIPS.read_text("utf-8"))["skip"]
    needed = set()
    found = []
    for check, resource, name in failed:
        matching = [
            number
            for number, skip in enumerate(skips)
            if skip["check"] == check and skip["resource"] in resource
        ]
        needed.update(matching)
        if not matching:
            found.append(f"{check} {resource}: {name}")
    found += [
        f"{SKIPS.name}: {skip['check']} {skip['resource']} is not needed any more"
        for number, skip in enumerate(skips)
        if number not in needed
    ]
    return found


def parliament(tree: Path, environment: Path) -> Outcome:
    """Hold the roles' policies to AWS's list of actions, resources and conditions."""
    with tempfile.TemporaryDirectory() as folder:
        places = {}
        for number, (place, policy) in enumerate(documents(sources(tree))):
            path = Path(folder) / f"{number}.json"
            path.write_text(json.dumps(policy), "utf-8")
            places[str(path)] = place
        command = [str(environment / "bin" / "parliament"), "--directory", folder, "--json"]
        done = captured(command, _RUN_S)
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        return Outcome("parliament", is_good=False, output=done.stderr.strip()[-2000:])
    issues = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    found = [
        f"{places[issue['location']['filepath']]}: {issue['title']}: {issue['detail']}"
        for issue in issues
        if issue["issue"] not in TOLERATED
    ]
    if not places:
        found.append("nothing was checked")
    return Outcome("parliament", not found, "\n".join(found))
