"""Numbers in a text, held against the facts: a description may repeat them and invent none."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from udfs.describing.facts import Facts

CODES = "USD|EUR|GBP|AUD|CAD|NZD|JPY|INR|CHF|SEK|NOK|DKK|PLN|MXN|BRL|CNY"
FOUND = re.compile(
    rf"""(?P<sign>US\$|[$€£¥₹]|\b(?:{CODES})\b)?\s?
         (?P<number>\d+(?:,\d{{3}})*(?:\.\d+)?)
         (?:\s?(?P<unit>%|per\s?cent\b|dollars?\b|bucks?\b|euros?\b|pounds?\b|cents?\b|[$€£¥₹]
                       |(?:{CODES})\b))?
         (?P<tail>[^\W_])?""",
    re.VERBOSE | re.IGNORECASE,
)
DOLLARS = ("$", "us$", "usd", "dollar", "dollars", "buck", "bucks")
PERCENT = ("%", "percent", "per cent")
# Written-out amounts; "one" and ordinals are everyday words.
WORDS = re.compile(
    r"""\b(?:zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty
           |forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|dozens?
           |half|halves|third|quarter|double|twice|triple|thrice|free)\b""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Number:
    """A number as it is meant.

    Attributes:
        value: "1,299.00" and "1299" are equal.
        kind: usd, money (of any other currency), percent, name (after a letter, as the 5 of XM5)
            or plain.
        is_suffixed: a letter follows, as in 16GB or $64k.
    """

    value: Decimal
    kind: str
    is_suffixed: bool = False


def numbers_in(text: str) -> Iterator[Number]:
    """Read every number written with ASCII digits.

    >>> [(str(n.value), n.kind) for n in numbers_in("$1,299.00, 23 % under 64 EUR for 16GB")]
    [('1299.00', 'usd'), ('23', 'percent'), ('64', 'money'), ('16', 'plain')]
    """
    for found in FOUND.finditer(text):
        marks = {mark.lower() for mark in (found["sign"], found["unit"]) if mark}
        start = found.start("number")
        kind = "name" if start and text[start - 1].isalpha() and not found["sign"] else "plain"
        if marks & set(PERCENT):
            kind = "percent"
        elif marks:
            kind = "usd" if marks <= set(DOLLARS) else "money"
        yield Number(Decimal(found["number"].replace(",", "")), kind, bool(found["tail"]))


def invented(text: str, facts: Facts) -> str | None:
    """Find a number in the text that the facts do not have.

    An amount in dollars must be one of the facts' amounts and a percentage one of their
    percentages: a title cannot make a price. A number of neither kind may also be from the title.

    Returns:
        The first such number, or None.
    """
    known = _known(facts)
    for number in numbers_in(text):
        is_known = number.value in known[number.kind]
        if not is_known or (number.is_suffixed and number.kind not in ("plain", "name")):
            return f"{number.value} ({number.kind})"
    words = " ".join(_texts(facts))
    allowed = {word.lower() for word in WORDS.findall(words)}
    if "price_usd" in facts and not Decimal(facts["price_usd"]):
        allowed.add("free")
    for word in WORDS.findall(text):
        if word.lower() not in allowed:
            return str(word)
    for character in text:
        is_number = unicodedata.category(character)[0] == "N"
        if is_number and not character.isascii() and character not in words:
            return character
    return None


def _texts(facts: Facts) -> list[str]:
    names = ("title", "merchant", "condition", "currency")
    return [str(facts[name]) for name in names if name in facts] + list(facts.get("reasons", ()))


def _known(facts: Facts) -> dict[str, set[Decimal]]:
    known: dict[str, set[Decimal]] = {"usd": set(), "money": set(), "percent": set()}
    known["usd"] = {Decimal(value) for name, value in facts.items() if name.endswith("_usd")}
    if "price" in facts:
        known["money"].add(Decimal(facts["price"]))
    if "discount_percent" in facts:
        known["percent"].add(Decimal(facts["discount_percent"]))
    # Reasons are our own sentences, made from codes: their amounts count as facts.
    for reason in facts.get("reasons", ()):
        for number in numbers_in(reason):
            if number.kind in known:
                known[number.kind].add(number.value)
    written = [number for text in _texts(facts) for number in numbers_in(text)]
    plain = {number.value for number in written if number.kind != "name"}
    if "days_observed" in facts:
        plain.add(Decimal(facts["days_observed"]))
    if "lowest_90_days_usd" in facts:
        plain.add(Decimal(90))
    known["plain"] = plain | known["usd"] | known["money"] | known["percent"]
    known["name"] = {number.value for number in written}
    return known
