"""Amounts of money in a text, with the words around them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from price_parser.parser import parse_number

# Longest first. "$" alone is the dollar of the feed's country.
SYMBOLS = {
    "USD $": "USD", "AUD $": "AUD", "CAD $": "CAD", "NZD $": "NZD",
    "US$": "USD", "US $": "USD", "USD$": "USD", "AU$": "AUD", "AU $": "AUD", "AUD$": "AUD",
    "CA$": "CAD", "CAD$": "CAD", "NZ$": "NZD", "HK$": "HKD", "CDN$": "CAD",
    "A$": "AUD", "C$": "CAD", "S$": "SGD", "R$": "BRL", "£": "GBP", "€": "EUR", "₹": "INR",
    "zł": "PLN", "Kč": "CZK", "CHF": "CHF", "USD": "USD", "EUR": "EUR", "GBP": "GBP",
    "AUD": "AUD", "CAD": "CAD", "NZD": "NZD", "SEK": "SEK", "NOK": "NOK", "DKK": "DKK",
    "PLN": "PLN", "JPY": "JPY", "INR": "INR", "MXN": "MXN", "SGD": "SGD", "HKD": "HKD",
    "BRL": "BRL", "CZK": "CZK", "HUF": "HUF", "¥": "JPY", "$": "$", "kr": "kr",
}  # fmt: skip
DOLLAR, KRONE = "$", "kr"

_SYMBOL = "|".join(re.escape(symbol) for symbol in sorted(SYMBOLS, key=len, reverse=True))
_NUMBER = (
    r"(?:\d{1,3}(?:[.,'\u2009\u00a0\u202f]\d{3}){1,4}(?:[.,]\d{1,2})?(?!\d)"
    r"|\d{1,2}(?:,\d{2}){1,3},\d{3}(?!\d)|\d{1,12}(?:[.,]\d{1,4})?)"
)
# A plain space parts thousands only after "1", or where no cheaper reading is likely: "Switch 2
# 449 €" is not 2,449 €, "24 990 Kč" is no 990 Kč.
_SPACED = r"\d{1,3}(?:[ \u00a0]\d{3}){1,3}(?:[.,]\d{1,2})?(?!\d)"
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?P<sign>-\s?)?(?:(?P<before>{_SYMBOL})\s?(?P<number>{_NUMBER}|\.\d\d(?!\d))"
    r"(?P<thousand>[kK]\b)?(?:\s?(?P<said>USD|AUD|CAD|NZD|GBP|EUR)\b)?)"
    rf"|(?<![\w.,$£€])(?P<sign2>-)?(?:(?P<spaced>{_SPACED})\s?(?P<crowns>zł|Kč|kr\b"
    r"|SEK\b|NOK\b|DKK\b|PLN\b|CZK\b)"
    r"|(?P<thousands>1 \d{3}(?:[.,]\d{1,2})?)\s?(?P<euros>€|EUR\b|[Ee]uros?\b|EURO\b)"
    r"|(?P<pence>\d{1,2})\s?(?P<penny>p\b|[Cc]ents?\b)"
    rf"|(?P<number2>{_NUMBER})(?:\s?(?P<after>¢|(?:€|£|zł|Kč)(?!\d)|kr\b|ct\b"
    r"|(?:USD|EUR|GBP|AUD|CAD|NZD|CHF|SEK|NOK|DKK|PLN|JPY|INR)\b(?!\s\d+[.,]\d)"
    r"|[Ee]uros?\b|EURO\b)|(?P<tight>,-|\$(?!\d))))",
)
# Hundredths of the unit.
_MINOR = {
    "¢": DOLLAR, "p": "GBP", "cent": DOLLAR, "cents": DOLLAR, "Cent": "EUR", "Cents": DOLLAR,
}  # fmt: skip
_GROUPS = re.compile(r"['\u2009\u00a0\u202f]")
_SIMPLE = re.compile(r"\d{0,12}(?:\.\d\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as it stands in a text.

    Attributes:
        value: >= 0 unless a sign says otherwise.
        currency: ISO 4217 code, or DOLLAR or KRONE where only the feed tells which.
        start, end: Its place in the text.
    """

    value: Decimal
    currency: str
    start: int
    end: int


def amounts(text: str) -> Iterator[Amount]:
    """Find the amounts that carry a currency, in order.

    >>> [(str(a.value), a.currency) for a in amounts('55" TV $1,099 (99¢ or 1.299,00 €)')]
    [('1099', '$'), ('0.99', '$'), ('1299.00', 'EUR')]
    """
    for found in _AMOUNT.finditer(text):
        groups = found.groupdict()
        mark = _first(groups, "before", "after", "crowns", "euros", "penny", "tight")
        number = read_number(_first(groups, "number", "number2", "spaced", "thousands", "pence"))
        if number is None or mark == "ct":
            continue
        if groups["thousand"]:
            number *= 1000
        if mark in _MINOR:
            number, currency = number / 100, _MINOR[mark]
        else:
            currency = SYMBOLS.get(mark) or (
                "EUR" if mark.lower().startswith(("euro", ",-")) else mark
            )
        if groups["said"] and currency == DOLLAR:
            currency = groups["said"]
        is_negative = bool(groups["sign2"]) or (
            bool(groups["sign"]) and not text[: found.start()].strip()
        )
        start = found.start() if is_negative or not groups["sign"] else found.start("before")
        yield Amount(-number if is_negative else number, currency, start, found.end())


def _first(groups: dict[str, str | None], *names: str) -> str:
    return next((text for name in names if (text := groups[name])), "")


def read_number(text: str) -> Decimal | None:
    """The number in a text, whatever its separators; None if there is none.

    >>> read_number("1.299,00"), read_number("24,000"), read_number("94,90"), read_number(".99")
    (Decimal('1299.00'), Decimal('24000'), Decimal('94.90'), Decimal('0.99'))
    """
    text = _GROUPS.sub("", text)
    if text and _SIMPLE.fullmatch(text):
        return Decimal(text)
    try:
        number = parse_number(text)
    except (InvalidOperation, ValueError):
        return None
    return number if number is not None and number.is_finite() else None
