"""A title without its decorations: what remains names the product."""

import re

from udfs.parsing.hinted import Hinted
from udfs.parsing.roles import Role, said_in

MAX_CLEAN_CHARS = 300
LEAD_CHARS = 60

_SCORE = re.compile(r"^\s*-?\d{1,6}°\s*-?\s*")
_EXPIRED = re.compile(r"^\W*(?:expired|abgelaufen)\b\W*", re.IGNORECASE)
_STORE = Hinted(r"\s+@\s*[^@|]{2,60}$", "@")
_SOLD_BY = Hinted(
    r"\s+[-–|,]?\s*(?:sold by|dispatched by|fulfilled by|sold and|via)\s+[^|]{2,80}$",
    *("sold", "ed by", "via"),
)
_EXTRAS = Hinted(
    r"\s*[+&,(]?\s*\b(?:free\s(?:standard |store |in-store |2-day )?(?:shipping|delivery|s&h|s/h"
    r"|p&p|postage|pick-?up|returns|c&c|click & collect)(?:\s(?:w/|with|on)\s[^,|()]{1,40})?|FS\b"
    r"|inkl\.? versand|versandkostenfrei|free ship\b)\)?",
    *("free", "fs", "versand"),
)
_ORDERS = Hinted(
    r"\s(?:shipped|delivered|in cart|at checkout|inkl\. versand)\b",
    *("shipped", "delivered", "in cart", "at checkout", "versand"),
)
_CODE = Hinted(
    r"\s*[-–,]?\s*\(?\b(?:w/|with|after|using|mit)\s?(?:promo |coupon |discount )?"
    r"(?:code|coupon|gutschein(?:code)?|voucher)\b[^,|()]{0,30}\)?",
    *("code", "coupon", "gutschein", "voucher"),
)
_SAVING = Hinted(r"\s*[-–]?\s*\(?\b\d{1,2}\s?% (?:off|rabatt)(?: list)?\b!?\)?", "%")
# What an amount leaves behind when it is taken out.
_LEFTOVER = re.compile(
    r"(?:\s+(?:or less|each|usd|w/?|for both|with prime|with max s&s|s&s|c&c"
    r"|\(?\$?0? ?(?:c&c|with prime)\)?|[+&]\s*(?:delivery|shipping|post)))+\s*$",
    re.IGNORECASE,
)
# Words that only lead up to an amount.
_LEAD = re.compile(
    r"[\s(\[]*(?:\b(?:for|only|just|now|today|für|nur|was|reg\.?|list|msrp|rrp|uvp|statt|at|about"
    r"|is|or|from|ab|down to|sale)\b[.:]?|[-–—:|,=+~])*[\s(\[]*$",
    re.IGNORECASE,
)
_BUNDLE = re.compile(r"\b\d{1,3}\s?(?:for|für)\s*$")
# Sums that belong to what is sold, or without which the rest is no sentence.
_KEPT = (Role.GIFT, Role.SAVING, Role.THRESHOLD, Role.MONTHLY)
_EDGES = " \t-–—:|,;+*=~/&("
_SPACE = re.compile(r"\s+")
_EMPTY = Hinted(r"\(\s*[-,:]*\s*\)|\[\s*\]", "(", "[")


def clean_title(title: str) -> str:
    """The title without score, shop, prices, shipping and coupon.

    "2 for $30" stays: it says how many are on offer. A title of nothing else stays as it is.

    Args:
        title: Plain text.

    >>> clean_title('312° - LG 55" C4 OLED TV (was $1,499) now $1,099 + Free Shipping @ Best Buy')
    'LG 55" C4 OLED TV'
    """
    text = _EXPIRED.sub("", _SCORE.sub("", _EXPIRED.sub("", title)))
    text = _SOLD_BY.sub("", _STORE.sub("", text))
    text = _without_amounts(_spaced(_EXTRAS.sub(" ", text)))
    # Blanks first: the patterns below are linear only where there is no run of them.
    text = _spaced(_CODE.sub(" ", _spaced(text)))
    text = _spaced(_EMPTY.sub(" ", _ORDERS.sub(" ", text)))
    text = _SAVING.sub(" ", text)
    text = _LEFTOVER.sub("", _spaced(text).strip(_EDGES)).strip(_EDGES)
    if text.count("(") < text.count(")"):
        text = text.rstrip(")")
    return (text if re.search(r"\w", text) else title)[:MAX_CLEAN_CHARS].strip()


def _spaced(text: str) -> str:
    """The text with one plain blank for any run of white space."""
    is_plain = text.isascii() and text.isprintable() and "  " not in text
    return text if is_plain else _SPACE.sub(" ", text)


def _without_amounts(text: str) -> str:
    pieces, at = [], 0
    for said in said_in(text):
        before = text[at : said.amount.start]
        if _BUNDLE.search(before) or said.role in _KEPT:
            continue
        # Only what is next to the amount can lead up to it.
        pieces.append(before[:-LEAD_CHARS] + _LEAD.sub(" ", before[-LEAD_CHARS:]))
        at = said.amount.end
    pieces.append(text[at:])
    return " ".join(pieces)
