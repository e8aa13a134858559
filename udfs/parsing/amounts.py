"""Amounts of money in a text, with the words around them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from price_parser.parser import parse_number

# Longest first. "$" alone is the dollar of the feed's country.
SYMBOLS = {
    "US$": "USD", "AU$": "AUD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "CDN$": "CAD",
    "A$": "AUD", "C$": "CAD", "S$": "SGD", "R$": "BRL", "£": "GBP", "€": "EUR", "₹": "INR",
    "zł": "PLN", "Kč": "CZK", "CHF": "CHF", "USD": "USD", "EUR": "EUR", "GBP": "GBP",
    "AUD": "AUD", "CAD": "CAD", "NZD": "NZD", "SEK": "SEK", "NOK": "NOK", "DKK": "DKK",
    "PLN": "PLN", "JPY": "JPY", "INR": "INR", "MXN": "MXN", "SGD": "SGD", "HKD": "HKD",
    "BRL": "BRL", "CZK": "CZK", "HUF": "HUF", "¥": "JPY", "$": "$", "kr": "kr",
}  # fmt: skip
DOLLAR, KRONE = "$", "kr"

_SYMBOL = "|".join(re.escape(symbol) for symbol in sorted(SYMBOLS, key=len, reverse=True))
_NUMBER = r"\d{1,3}(?:[.,'\u2009\u00a0 ]\d{3}){1,4}(?:[.,]\d{1,2})?(?!\d)|\d{1,12}(?:[.,]\d{1,4})?"
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?P<sign>-\s?)?(?P<before>{_SYMBOL})\s?(?P<number>{_NUMBER})(?P<thousand>k\b)?"
    rf"|(?<![\w.,$£€])(?P<sign2>-)?(?P<number2>{_NUMBER})\s?(?P<after>¢|€|£|zł|Kč|kr\b|p\b|ct\b"
    r"|USD\b|EUR\b|GBP\b|AUD\b|CAD\b|NZD\b|CHF\b|SEK\b|NOK\b|DKK\b|PLN\b|JPY\b|INR\b|euros?\b|,-)",
)
# Hundredths of the unit.
_MINOR = {"¢": DOLLAR, "p": "GBP"}


@dataclass(frozen=True)
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
        mark = found["before"] or found["after"]
        number = read_number(found["number"] or found["number2"])
        if number is None or mark == "ct":
            continue
        if found["thousand"]:
            number *= 1000
        if mark in _MINOR:
            number, currency = number / 100, _MINOR[mark]
        else:
            currency = SYMBOLS.get(mark, "EUR" if mark.startswith(("euro", ",-")) else mark)
        is_negative = bool(found["sign2"]) or (
            bool(found["sign"]) and not text[: found.start()].strip()
        )
        yield Amount(-number if is_negative else number, currency, found.start(), found.end())


def read_number(text: str) -> Decimal | None:
    """The number in a text, whatever its separators; None if there is none.

    >>> read_number("1.299,00"), read_number("24,000"), read_number("94,90")
    (Decimal('1299.00'), Decimal('24000'), Decimal('94.90'))
    """
    try:
        number = parse_number(text.replace("'", "").replace("\u2009", ""))
    except (InvalidOperation, ValueError):
        return None
    return number if number is not None and number.is_finite() else None
