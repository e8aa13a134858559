"""Commands, links and make targets in the docs are such as there are."""

import importlib.util
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from scripts.cost import page

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
COMMAND = re.compile(r"\bpython -m ((?:scripts|models|local)[\w.]*)((?: +[^`\s|#;]+)*)")


def commands():
    """(page, module, words) of each command; a line that ends in a backslash goes on."""
    for path in PAGES:
        text = re.sub(r"\\\n\s*", "", path.read_text("utf-8"))
        for found in COMMAND.finditer(text):
            words = [word.strip("()[],.:;") for word in found[2].split()]
            yield path.relative_to(ROOT), found[1].rstrip("."), words


@cache
def help_of(module, subcommand):
    command = [sys.executable, "-m", module, *([subcommand] if subcommand else []), "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, shlex.join(command) + done.stderr
    return done.stdout


FOUND = sorted({(str(path), module, tuple(words)) for path, module, words in commands()})


def test_commands_are_found():
    assert len(FOUND) > 30


@pytest.mark.parametrize(("path", "module", "words"), FOUND)
def test_a_command_takes_the_options_that_a_page_gives(path, module, words):
    assert importlib.util.find_spec(module) is not None
    options = [word.partition("=")[0] for word in words if word.startswith("--")]
    if not options:
        return
    first = words[0] if re.fullmatch(r"[a-z]+", words[0]) else None
    told = help_of(module, None)
    if first and re.search(rf"^\s+{first}\s", told, re.MULTILINE):
        told = help_of(module, first)
    unknown = [option for option in options if not re.search(rf"{option}\b", told)]
    assert unknown == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_targets_exist(path):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"(?:^|`)make ([a-z][a-z-]*)", path.read_text("utf-8"), re.MULTILINE):
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), target


def test_the_table_of_costs_is_current():
    assert page.main(["--check"]) == 0, "run python -m scripts.cost.page"


def test_a_changed_price_makes_the_table_old(monkeypatch):
    from scripts.cost import __main__ as cost

    dearer = {name: 2 * usd for name, usd in cost.prices().items()}
    monkeypatch.setattr(cost, "prices", lambda: dearer)
    assert page.main(["--check"]) == 1
