"""Scraped text made harmless and comparable."""

import html
import re
import sys
import unicodedata

# Longer text says nothing more about a price, and bounds the work of every pattern.
MAX_TITLE_CHARS = 500
MAX_BODY_CHARS = 5_000

_TAG = re.compile(r"<[^<>]{0,2000}>")
_SPACE = re.compile(r"\s+")
# What parts thousands: a plain space parts words, so these are kept apart from it.
_THIN = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_STRUCK = re.compile(
    r"<(s|del|strike)\b[^<>]{0,200}>([^<>]{0,200})</\1\s*>|~~([^~<>]{1,40})~~", re.IGNORECASE
)
# Zero-width and direction marks: they hide text or turn it round.
_MARKS = [0xAD, 0x061C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F)]
_MARKS += [*range(0x2060, 0x2070), 0xFEFF]
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Lone surrogates and private use.
_UNPRINTABLE = re.compile("[\ud800-\uf8ff\U000f0000-\U0010ffff]")
# Digits of other scripts and full-width money signs become those that the patterns know.
_TRANSLATION: dict[int, str | None] = {
    point: str(unicodedata.digit(chr(point)))
    for point in range(0x100, sys.maxunicode + 1)
    if unicodedata.category(chr(point)) == "Nd"
}
_TRANSLATION.update(dict.fromkeys(_MARKS))
_TRANSLATION.update({ord(a): b for a, b in zip("٫٬．，＄￡￥﹩", ".,.,$£¥$", strict=True)})


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
    text = _UNPRINTABLE.sub(" ", text.translate(_TRANSLATION))
    text = _SPACE.sub(" ", _THIN.sub("\x00", text))
    return text.strip()[:limit].replace("\x00", "\u00a0")


def body_text(summary_html: str) -> str:
    """A body as plain text; a price that is struck through is marked as a former one."""
    return plain(_with_former_prices(summary_html[: 4 * MAX_BODY_CHARS]), MAX_BODY_CHARS)


def title_text(title: str) -> str:
    """A title as plain text; a price that is struck through is marked as a former one."""
    return plain(_with_former_prices(title[: 2 * MAX_TITLE_CHARS]), MAX_TITLE_CHARS)


def _with_former_prices(text: str) -> str:
    if "<" not in text and "~~" not in text:
        return text
    return _STRUCK.sub(lambda found: f" was {found[2] or found[3] or ''} ", text)
