"""How titles and names are compared: folded, as whole tokens."""

import re
import unicodedata

TOKEN = re.compile(r"\w+")


def folded(text: str) -> str:
    r"""Bring text to the one form in which it is compared: NFKC, case-folded, single spaces.

    >>> folded(" \uff34\uff36  Straße ")
    'tv strasse'
    """
    form = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(form.split())


def tokens(text: str) -> tuple[str, ...]:
    """Split text into its folded tokens, runs of letters, digits and underscores.

    Scripts without spaces (Chinese, Thai) give one token a run: no dictionary is used.

    >>> tokens("Sony WH-1000XM5")
    ('sony', 'wh', '1000xm5')
    """
    return tuple(TOKEN.findall(folded(text)))
