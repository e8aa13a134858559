import re
from pathlib import Path

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


def test_every_link_of_readme_leads_somewhere():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README.read_text()):
        assert (ROOT / target).exists(), target
