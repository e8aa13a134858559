"""Scraped text made harmless and comparable."""

import html
import re

# Longer text says nothing more about a price, and bounds the work of every pattern.
MAX_TITLE_CHARS = 500
MAX_BODY_CHARS = 5_000

_TAG = re.compile(r"<[^<>]{0,2000}>")
_SPACE = re.compile(r"\s+")
# What parts thousands: a plain space parts words, so these are kept apart from it.
_THIN = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_STRUCK = re.compile(r"<(s|del|strike)\b[^<>]{0,200}>([^<>]{0,200})</\1\s*>", re.IGNORECASE)
# Zero-width and direction marks: they hide text or turn it round.
_MARKS = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF]
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Categories Cs and Co: surrogates and private use.
_UNPRINTABLE = re.compile("[\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff]")


def encodable(text: str) -> str:
    """Text that UTF-8 can carry: a lone surrogate becomes "?"."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def plain(text: str, limit: int) -> str:
    """Text without mark-up, entities (escaped once or twice), control and direction characters.

    Thousands that a no-break or thin space parts keep a no-break space.

    >>> plain("LEGO &amp;amp; Co <b>now</b>", 100)
    'LEGO & Co now'
    """
    text = text[: 2 * limit]
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = _TAG.sub(" ", text)
    text = _CONTROL.sub(" ", text)
    if text.isascii():
        return _SPACE.sub(" ", text).strip()[:limit]
    text = text.translate(_MARKS)
    text = _UNPRINTABLE.sub(" ", text)
    text = _SPACE.sub(" ", _THIN.sub("\x00", text))
    return text.strip()[:limit].replace("\x00", "\u00a0")


def body_text(summary_html: str) -> str:
    """A body as plain text; a price that is struck through is marked as a former one."""
    marked = _STRUCK.sub(r" was \2 ", summary_html[: 4 * MAX_BODY_CHARS])
    return plain(marked, MAX_BODY_CHARS)
