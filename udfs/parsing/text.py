"""Scraped text made harmless and comparable."""

import html
import re
import unicodedata

# Longer text says nothing more about a price, and bounds the work of every pattern.
MAX_TITLE_CHARS = 500
MAX_BODY_CHARS = 5_000

_TAG = re.compile(r"<[^<>]{0,2000}>")
_SPACE = re.compile(r"\s+")
_STRUCK = re.compile(r"<(s|del|strike)\b[^<>]{0,200}>([^<>]{0,200})</\1\s*>", re.IGNORECASE)
# Zero-width and direction marks: they hide text or turn it round.
_MARKS = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF]
)


def plain(text: str, limit: int) -> str:
    """Text without mark-up, entities (escaped once or twice), control and direction characters.

    >>> plain("LEGO &amp;amp; Co <b>now</b>", 100)
    'LEGO & Co now'
    """
    text = html.unescape(html.unescape(text[: 2 * limit]))
    text = _TAG.sub(" ", text).translate(_MARKS)
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Co") else c for c in text)
    return _SPACE.sub(" ", text).strip()[:limit]


def body_text(summary_html: str) -> str:
    """A body as plain text; a price that is struck through is marked as a former one."""
    marked = _STRUCK.sub(r" was \2 ", summary_html[: 4 * MAX_BODY_CHARS])
    return plain(marked, MAX_BODY_CHARS)
