import json
import re
from pathlib import Path

from scripts.demo.ledger import Ledger
from scripts.readme import README, main

ROOT = Path(__file__).resolve().parents[2]


def test_the_generated_parts_are_current():
    assert main(["--check"]) == 0, "run python -m scripts.readme"


def test_every_make_target_of_readme_exists():
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"^make ([a-z-]+)", README.read_text(), re.MULTILINE))
    assert named
    for target in named:
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), target


def test_the_accounts_that_readme_shows_have_the_fields_of_the_demo():
    (line,) = re.findall(r"^\{\"raw\".*\}$", README.read_text(), re.MULTILINE)
    shown = json.loads(line)
    empty = Ledger(
        raw=0,
        parsed=0,
        evaluated=0,
        alerts=0,
        documents=0,
        deals=0,
        duplicates=0,
        stats=0,
        summarised=0,
    )
    assert list(shown) == list(empty.as_json())
    assert shown["raw"] == shown["parsed"] + sum(shown["dead_letters"].values())


def test_every_link_of_readme_leads_somewhere():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README.read_text()):
        assert (ROOT / target).exists(), target
