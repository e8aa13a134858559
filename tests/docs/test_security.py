"""The page of threats names tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
THREATS = PAGE.partition("## Fuzzing")[0]
ROWS = [line for line in THREATS.splitlines() if line.startswith("| ") and "threat" not in line]
NAMED = re.findall(r"`((?:tests|udfs/java)/[\w/.]+?)(?:::(\w+))?`", PAGE)


def is_there(path: str, name: str) -> bool:
    file = ROOT / path
    if not file.is_file():
        return False
    word = "void" if path.endswith(".java") else "def"
    return not name or re.search(rf"\b{word} {name}\(", file.read_text("utf-8")) is not None


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_control_has_the_test_that_the_page_names(path, name):
    assert is_there(path, name)


def test_every_threat_has_a_test():
    assert len(ROWS) >= 18
    for row in ROWS:
        assert "`tests/" in row.split("|")[-2] or "`udfs/java/" in row.split("|")[-2], row


def test_a_test_that_is_gone_is_noticed():
    assert not is_there("tests/docs/test_security.py", "test_of_nothing")
    assert not is_there("tests/docs/test_nothing.py", "")
