"""No pattern of ours takes long over any text: nothing that is scraped can stop a task (ReDoS).

Every pattern of the code is found by its source, and run over texts made from its own pieces: each
character and pair that it names, repeated, between a beginning and an end that do and do not fit.
"""

import ast
import itertools
import re
import signal
import time
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from re import _parser

import pandas as pd
import pytest

from udfs.parsing import facts, prices, titles
from udfs.parsing.batch import parse_batch
from udfs.parsing.hinted import Hinted
from udfs.parsing.rates import Rates
from udfs.parsing.text import MAX_BODY_CHARS, MAX_TITLE_CHARS

ROOT = Path(__file__).resolve().parents[1]
# What reads text of others; tools that read our own files are left out.
FOLDERS = ("udfs", "schemas", "flink_jobs", "scripts/scanner", "scripts/notifier")
CALLS = {"compile", "search", "match", "fullmatch", "findall", "finditer", "sub", "subn", "split"}
# No caller gives these modules more than a title: udfs.parsing.text.MAX_TITLE_CHARS.
OF_TITLES = {
    "udfs/parsing/titles.py",
    "udfs/parsing/model_numbers.py",
    "udfs/parsing/prices.py",
    "udfs/parsing/merchants.py",
}
LIMIT_S = 0.5
START_MS = 1_780_000_000_000
MOST_PIECES, MOST_PAIRS = 8, 16


def patterns_of(source: str) -> Iterator[tuple[str, int]]:
    """(pattern, flags) of each call of re with literal text."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in CALLS
            and node.args
        ):
            text = _literal(node.args[0])
            if text is not None:
                flags = 0
                for name in ast.walk(node):
                    if isinstance(name, ast.Attribute) and name.attr in re.RegexFlag.__members__:
                        flags |= re.RegexFlag[name.attr]
                yield text, flags


def _literal(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def modules() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def compiled() -> dict[str, re.Pattern[str]]:
    """Every pattern by where it is: those in the text of calls, and those that modules hold."""
    import importlib

    found: dict[str, re.Pattern[str]] = {}
    for path in modules():
        where = str(path.relative_to(ROOT))
        for text, flags in patterns_of(path.read_text("utf-8")):
            found[f"{where}: {text[:60]}"] = re.compile(text, flags)
        if "flink" in path.parts or path.parts[-2] == "flink_jobs" or path.stem == "__main__":
            continue  # these import the engine, and hold no patterns but in calls
        name = where.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        if any(call in path.read_text("utf-8") for call in ("re.compile(", "Hinted(")):
            for key, value in vars(importlib.import_module(name)).items():
                for number, each in enumerate(_patterns_in(value)):
                    found[f"{where}: {key}[{number}]"] = each
    return {where: each for where, each in found.items() if isinstance(each.pattern, str)}


def _patterns_in(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, Hinted):
        yield value.pattern  # on hostile text that holds a hint, the pattern itself is tried
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _patterns_in(each)
    elif isinstance(value, dict):
        yield from _patterns_in(list(value.values()))


def pieces(tree: object) -> set[str]:
    """Characters that a pattern names, and one of each class."""
    found: set[str] = set()
    classes = {"SPACE": " ", "DIGIT": "7", "WORD": "a"}

    def walk(node: object) -> None:
        if isinstance(node, _parser.SubPattern):
            for each in node.data:
                walk(each)
        elif isinstance(node, tuple | list):
            if len(node) == 2 and str(node[0]) in ("LITERAL", "NOT_LITERAL"):
                found.add(chr(node[1]))
            elif len(node) == 2 and str(node[0]) == "RANGE":
                found.add(chr(node[1][0]))
            elif len(node) == 2 and str(node[0]) == "CATEGORY":
                found.add(classes.get(str(node[1]).rpartition("_")[2], "!"))
            elif len(node) == 2 and str(node[0]) == "ANY":
                found.add("x")
            else:
                for each in node:
                    walk(each)

    walk(tree)
    return found


def hostile_texts(pattern: re.Pattern[str], length: int) -> Iterator[str]:
    """Texts that make a pattern with overlapping repetitions try them all."""
    named = sorted(pieces(_parser.parse(pattern.pattern, pattern.flags)))
    step = max(1, len(named) // MOST_PIECES)
    named = named[::step][:MOST_PIECES]
    pairs = ["".join(pair) for pair in itertools.permutations(named, 2)]
    pumps = [*named, *pairs[:: max(1, len(pairs) // MOST_PAIRS)], "a", " ", "1", "<"]
    for pump in dict.fromkeys([*pumps, "".join(named) or "a"]):
        yield pump * (length // len(pump)) + "\x00"


def as_title(text: str) -> str:
    """As `udfs.parsing.titles` has it when its patterns see it: without runs of blanks."""
    return re.sub(r"\s+", " ", text)


class TooLongError(Exception):
    """A pattern was stopped."""


def longest_s(
    pattern: re.Pattern[str],
    length: int,
    limit_s: float = LIMIT_S,
    prepare: Callable[[str], str] = str,
) -> float:
    """Seconds of the text that takes longest, each made by `prepare`.

    Raises:
        TooLongError: one took more than the limit.
    """

    def stop(*_: object) -> None:
        raise TooLongError(pattern.pattern)

    before = signal.signal(signal.SIGVTALRM, stop)
    longest = 0.0
    try:
        for text in map(prepare, hostile_texts(pattern, length)):
            # Time of this process, so that a busy machine fails nothing.
            signal.setitimer(signal.ITIMER_VIRTUAL, limit_s)
            begun_s = time.process_time()
            for _ in pattern.finditer(text):
                pass
            pattern.fullmatch(text)
            longest = max(longest, time.process_time() - begun_s)
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return longest


PATTERNS = compiled()


def test_patterns_are_found():
    assert len(PATTERNS) > 100


def test_patterns_behind_hints_are_found():
    hinted = (titles._EXTRAS, prices._CONDITIONAL, facts._CODE, dict(facts._STATES)["used"])
    assert {each.pattern for each in hinted} <= set(PATTERNS.values())


@pytest.mark.parametrize("where", sorted(PATTERNS))
def test_no_text_keeps_a_pattern_busy(where):
    if where.partition(":")[0] in OF_TITLES:
        longest = longest_s(PATTERNS[where], MAX_TITLE_CHARS, prepare=as_title)
    else:
        longest = longest_s(PATTERNS[where], MAX_BODY_CHARS)
    assert longest < LIMIT_S


def test_no_item_keeps_the_parser_busy():
    """The whole of it, with each hostile text as title, as link and as summary; blanks included."""
    texts = {
        text
        for where, pattern in PATTERNS.items()
        if where.startswith("udfs/parsing/")
        for text in itertools.islice(hostile_texts(pattern, 20_000), 0, None, 5)
    }
    rates = Rates({"USD": Decimal(1)}, date(2026, 11, 20))
    for text in texts:
        item = {"source": "s", "item_id": "i", "fetched_at": START_MS, "published_at": None}
        item |= {"title": text, "link": f"https://x.example/{text}", "summary_html": text}
        begun_s = time.process_time()
        parse_batch(pd.DataFrame([item | {"extras_json": None}]), rates)
        took_s = time.process_time() - begun_s
        assert took_s < 1, (took_s, text[:40])


@pytest.mark.parametrize("text", [r"(a+)+$", r"(\w+\s?)*!", r"(x|xx)*y"])
def test_the_check_can_fail(text):
    with pytest.raises(TooLongError):
        longest_s(re.compile(text), 5000, 0.3)
