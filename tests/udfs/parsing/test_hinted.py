"""A hint never hides what its pattern would match."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.parsing import facts, prices, titles
from udfs.parsing.hinted import Hinted

HINTED = {
    f"{module.__name__} {name} {number}": each
    for module in (facts, prices, titles)
    for name, value in vars(module).items()
    for number, each in enumerate(
        [value] if isinstance(value, Hinted) else dict(value).values() if name == "_STATES" else []
    )
}


def hides(hinted: Hinted, text: str) -> bool:
    return hinted.pattern.search(text) is not None and hinted.search(text) is None


def test_there_are_hinted_patterns():
    assert len(HINTED) >= 14


@pytest.mark.parametrize("name", HINTED)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_what_the_pattern_matches_is_found(name, data):
    hinted = HINTED[name]
    text = data.draw(st.from_regex(hinted.pattern))
    for spelled in (text, text.upper(), text.lower(), text.replace("s", "ſ"), f"TV {text} x"):
        assert not hides(hinted, spelled), spelled


def test_a_hint_that_is_missing_is_seen():
    assert hides(Hinted(r"\bfree\b|\bgratis\b", "free"), "gratis")


def test_other_letters_that_match_are_found():
    hinted = Hinted("sold", "sold")
    assert hinted.search("ſold")
    assert hinted.sub("", "ſold by") == " by"
    assert hinted.search("nothing") is None
    assert hinted.sub("", "nothing") == "nothing"
    assert (
        re.search("SOLD", "it is sold", re.IGNORECASE)[0] == hinted.search("it is SOLD")[0].lower()
    )
