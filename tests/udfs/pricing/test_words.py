import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.pricing import words
from udfs.pricing.words import MAX_CHARS, MAX_TOKENS_A_WORD, MAX_WORDS_A_ROW, Words, clean, split


@pytest.mark.parametrize(
    ("word", "tokens"),
    [
        ("16gb", ["16", "gb"]),
        ("2x8gb", ["2", "x", "8", "gb"]),
        ("2560x1440", ["2560", "x", "1440"]),
        ('27"', ["27", '"']),
        ("1,299", ["1299"]),
        ("0,5l", ["0.5", "l"]),
        ("3-pack", ["3", "pack"]),
        ("gv-n570so", ["gv", "n570so"]),
        ("🎉", []),
    ],
)
def test_a_word_becomes_tokens_with_numbers_and_units_apart(word, tokens):
    assert split(word) == tokens


def test_spacing_and_case_of_an_amount_do_not_matter():
    tight, loose = (Words().tokens([title]) for title in ("16GB", "16 gb"))
    assert tight.hash.tolist() == loose.hash.tolist()
    assert tight.unit.tolist() == loose.unit.tolist()


def test_an_asked_price_says_nothing():
    assert len(Words().tokens(["$12.99 £5 €7,99"]).hash) == 0


@pytest.mark.parametrize("value", [None, 1e308, float("nan"), b"bytes", ["list"]])
def test_what_is_no_text_counts_as_empty(value):
    assert clean(value) == ""


@given(st.lists(st.text(max_size=700), max_size=5))
def test_any_text_is_tokenised_within_bounds(titles):
    found = Words().tokens(titles)
    words_a_row = np.bincount(found.word_row, minlength=len(titles))
    tokens_a_row = np.bincount(found.row, minlength=len(titles))
    assert (words_a_row <= MAX_WORDS_A_ROW).all()
    assert (tokens_a_row <= MAX_WORDS_A_ROW * MAX_TOKENS_A_WORD).all()
    assert (np.diff(found.row) >= 0).all()
    assert (np.diff(found.gram_row) >= 0).all()
    assert np.isfinite(found.number[~np.isnan(found.number)]).all()


def test_a_very_long_title_is_cut_before_any_work():
    assert len(clean("ﷺ" * 10_000)) == MAX_CHARS


def test_the_word_cache_is_bounded(monkeypatch):
    monkeypatch.setattr(words, "MAX_WORDS", 10)
    cache = Words()
    before = cache.tokens(["red mouse"]).hash.tolist()
    for at in range(50):
        cache.tokens([f"word{at} again{at}"])
    assert len(cache) <= 13
    assert cache.tokens(["red mouse"]).hash.tolist() == before


def test_a_word_has_the_same_features_whatever_was_seen_before():
    fresh, used = Words(), Words()
    used.tokens(["some other words first", "16gb ssd kit"])
    for expected, found in zip(fresh.tokens(["ssd 16gb"]), used.tokens(["ssd 16gb"]), strict=True):
        np.testing.assert_array_equal(expected, found)


def test_hashes_agree_between_processes():
    code = "from udfs.pricing.words import Words; t = Words().tokens(['Ünïque ssd 2TB']); "
    code += "print(t.word.tolist(), t.gram.tolist(), t.hash.tolist())"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
