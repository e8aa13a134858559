"""What an offer's title says, taken apart once, to be compared with many others."""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple, Self
from zlib import crc32

import numpy as np
import numpy.typing as npt

from udfs.parsing.facts import condition_of
from udfs.parsing.identity import brand_of, brand_word, words
from udfs.parsing.model_numbers import candidates, canonical
from udfs.parsing.variants import measures_of

GRAM_CHARS = 3
GRAM_BITS = 15
LEAST_USD = 0.01  # less is no price
_PARTS = re.compile(r"[a-z]+|\d+(?:\.\d+)?")
_SPLIT = re.compile(r"[.+'&/-]+")
_AMOUNT = re.compile(
    r"(?<![\w.])(?P<number>\d{1,6}(?:\.\d{1,2})?)[\s-]?(?P<unit>inch(?:es)?|in|''?|\"|mm|cm|m|hz|mhz|ghz|mp"
    r"|megapixels?|w|watts?|v|volts?|mah|va|rpm|port|ports|channel|x|sheets?|pages?|users?|days?|bit|ohm"
    r"|way|button|cu|disc|amp|mbps|gbps|k|th|st|nd|rd|year|yr)\b",
)
_UNITS = {
    "inches": "in", "inch": "in", "''": "in", "'": "in", '"': "in", "megapixels": "mp",
    "megapixel": "mp", "watts": "w", "watt": "w", "volts": "v", "volt": "v", "ports": "port",
    "sheets": "sheet", "pages": "page", "users": "user", "days": "day", "yr": "year",
}  # fmt: skip
_NUMBER = re.compile(r"(?<![\w.])(?:v|cs|version )?(\d{1,4}(?:\.\d{1,2})?)(?![\w])")
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_COLOURS = frozenset(
    "black white silver red blue green pink grey purple violet yellow orange cyan magenta gold"
    " brown beige graphite charcoal titanium bronze navy teal clear".split()
)
_SHORT = {"blk": "black", "wht": "white", "gray": "grey", "slv": "silver", "pnk": "pink"}
# Words that tell editions, kinds and extents of one title apart.
_EDITIONS = frozenset(
    "upgrade upg academic education educational student teacher home pro professional standard std"
    " premium deluxe dlx ultimate basic express enterprise server client license licence full oem"
    " retail mac macintosh win windows pc linux family small business suite bundle kit case cable"
    " adapter battery charger mount stand cover bag lens refill mini nano plus max lite jr junior"
    " senior kids single twin dual multi international spanish french german english wireless wired"
    " bluetooth replacement compatible remanufactured genuine maintenance renewal support upgrade"
    " gold platinum limited collector complete additional media subscription".split()
)


class Offer(NamedTuple):
    """A title, taken apart."""

    words: frozenset[str]
    models: frozenset[str]
    """Every token that may be a model number, without case and separators."""
    model: str
    """The likeliest of them; empty = none."""
    brand: str
    amounts: frozenset[str]
    """With units, in one spelling: 4gb, 22in."""
    numbers: frozenset[str]
    """Bare ones, versions and years among them."""
    colours: frozenset[str]
    editions: frozenset[str]
    condition: str
    grams: npt.NDArray[np.int32]
    """Distinct hashes of three characters, ascending."""
    squashed: str
    price_usd: float
    """NaN = unknown."""

    @classmethod
    def read(
        cls,
        title: str,
        brand: str | None = None,
        model_number: str | None = None,
        price_usd: float = math.nan,
        condition: str | None = None,
    ) -> Self:
        """Take a clean title apart; brand and number as a feed names them, if it does."""
        lower = title.casefold()
        tokens = words(lower)
        parts = {part for token in tokens for part in _SPLIT.split(token)}
        found = {_SHORT.get(word, word) for word in parts}
        found = {_ROMAN.get(word, word) for word in found if word}
        listed = [each.model for each in candidates(title)]
        given = canonical(model_number or "")
        models = {*listed, *([given] if given else [])}
        models |= {canonical(token) for token in tokens if _is_number_like(token)}
        squashed = canonical(lower)
        amounts = {*measures_of(lower)}
        for match in _AMOUNT.finditer(lower):
            unit = _UNITS.get(match["unit"], match["unit"])
            amounts.add(f"{float(match['number']):g}{unit}")
        numbers = {f"{float(match[1]):g}" for match in _NUMBER.finditer(lower)}
        numbers |= {_ROMAN[token] for token in tokens if token in _ROMAN}
        return cls(
            words=frozenset(found),
            models=frozenset(models),
            model=given or (listed[0] if listed else ""),
            brand=brand_word(brand or brand_of(title) or ""),
            amounts=frozenset(amounts),
            numbers=frozenset(numbers),
            colours=frozenset(found & _COLOURS),
            editions=frozenset(found & _EDITIONS),
            condition=condition or condition_of(title, {}),
            grams=_grams(tokens),
            squashed=squashed,
            price_usd=price_usd if LEAST_USD <= price_usd < math.inf else math.nan,
        )


def _is_number_like(token: str) -> bool:
    """Whether a token holds letters and digits, or digits enough to be somebody's number."""
    digits = sum(char.isdigit() for char in token)
    return digits >= 1 and len(token) >= 4 and (digits >= 4 or not token.replace(".", "").isdigit())


def _grams(tokens: Sequence[str]) -> npt.NDArray[np.int32]:
    """Hashes of three characters of words whose separators are gone."""
    text = " " + " ".join(canonical(token) for token in tokens)[:300] + " "
    mask = (1 << GRAM_BITS) - 1
    raw = text.encode()
    found = {crc32(raw[at : at + GRAM_CHARS]) & mask for at in range(len(raw) - GRAM_CHARS + 1)}
    return np.array(sorted(found), np.int32)
