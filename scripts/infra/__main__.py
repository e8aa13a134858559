"""`python -m scripts.infra [--static]`: check terraform/ as far as that goes without an account.

The named checks need only this. The linters (checkov, parliament) need a package registry once,
terraform's own (fmt, validate, test, apply against a stand-in) its binary and the AWS provider,
from a mirror on this machine or the registry; without, they are named as skipped.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from scripts.infra import lint, terraform
from scripts.infra.blocks import SyntaxProblem
from scripts.infra.checks import CHECKS, ROOT
from scripts.infra.outcome import Outcome

TREE = ROOT / "terraform"


def static(root: Path = ROOT) -> dict[str, list[str]]:
    """What each check without terraform finds, by its name.

    Raises:
        SyntaxProblem: a file cannot be read.
    """
    return {name: check(root) for name, check in CHECKS.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Check; 1 if something is wrong. What cannot be run here is told and is not wrong."""
    parser = argparse.ArgumentParser(prog="python -m scripts.infra", description=__doc__)
    parser.add_argument("--static", action="store_true", help="only what needs no terraform")
    options = parser.parse_args(arguments)
    try:
        findings = static()
    except SyntaxProblem as problem:
        print(f"FAILED   static: {problem}")
        return 1
    for name, found in findings.items():
        _tell(Outcome(name, not found, "\n".join(found)))
    failed, skipped = any(findings.values()), False
    if not options.static:
        with tempfile.TemporaryDirectory() as scratch:
            outcomes = chain(lint.run(), terraform.run(TREE, ROOT / "schemas", Path(scratch)))
            for outcome in outcomes:
                failed |= outcome.is_good is False
                skipped |= outcome.is_good is None
                _tell(outcome)
    print("infra: " + ("FAILED" if failed else "ok, but see SKIPPED" if skipped else "ok"))
    return int(failed)


def _tell(outcome: Outcome) -> None:
    words = {True: "ok", False: "FAILED", None: "SKIPPED"}
    print(f"{words[outcome.is_good]:<9}{outcome.name}", flush=True)
    if outcome.is_good is not True or outcome.name == "provider":
        print("    " + outcome.output.replace("\n", "\n    "), flush=True)


if __name__ == "__main__":
    sys.exit(main())
