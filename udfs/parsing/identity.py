"""Which offers are the same, and which products."""

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urlsplit

from udfs.parsing.model_numbers import canonical
from udfs.parsing.urls import is_community
from udfs.parsing.variants import measures_of, variant_of, without_measures

MAX_KEY_CHARS = 100

_TOKEN = re.compile(r"[^\W_]+(?:[.+'&/-][^\W_]+)*\+?|[^\W_]+")
_STOP = frozenset(
    "the a an and or of for with w in on to by from at new your you this free shipping sale deal"
    " deals offer only now today und mit der die das für oder in".split()
)
# What a company adds to its brand.
_CORPORATE = frozenset(
    "electronics technology technologies audio inc ltd corp corporation company co products"
    " international usa computer computers software systems gmbh".split()
)
_ENDINGS = ("audio", "electronics", "com")
_BRAND_ALIASES = {"hewlettpackard": "hp", "frigidarie": "frigidaire", "okidata": "oki"}
# The same page of a shop for other screens.
_MOBILE = re.compile(r"^(?:m|mobile|smile)\.")


@lru_cache(maxsize=1)
def _brands() -> dict[str, str]:
    """Brand as `words` makes it -> as the list writes it."""
    lines = (Path(__file__).parent / "brands.txt").read_text("utf-8").splitlines()
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return {" ".join(words(name)): name for name in names}


@lru_cache(64)  # of a title it is asked several times in a row
def words(title: str) -> tuple[str, ...]:
    """Case-folded words of a title, without accents.

    >>> words('Sony WH-1000XM5 Köpfhörer (black)')
    ('sony', 'wh-1000xm5', 'kopfhorer', 'black')
    """
    if not title.isascii():
        title = unicodedata.normalize("NFKD", title)
        title = "".join(char for char in title if not unicodedata.combining(char))
    return tuple(_TOKEN.findall(title.casefold().replace("’", "'")))


def brand_of(title: str) -> str | None:
    """The first brand of the list among the first words of a title."""
    listed, tokens = _brands(), words(title)
    for start in range(min(6, len(tokens))):
        for size in (3, 2, 1):
            name = listed.get(" ".join(tokens[start : start + size]))
            if name is not None and start + size <= len(tokens):
                return name
    return None


def brand_word(brand: str) -> str:
    """A brand as one word: "Polk Audio" and "polkaudio", "Clover Electronics" and "Clover".

    >>> brand_word("Polk Audio"), brand_word("StarTech.com"), brand_word("LG Electronics")
    ('polk', 'startech', 'lg')
    """
    spelled = words(brand)
    kept = tuple(word for word in spelled if word not in _CORPORATE) or spelled
    word = "".join(char for part in kept for char in part if char.isalnum())
    for ending in _ENDINGS:
        if len(word) > len(ending) + 2:
            word = word.removesuffix(ending)
    return _BRAND_ALIASES.get(word, word)


def signature(title: str) -> str:
    """The words and amounts of a title in one order and spelling, without what says nothing.

    >>> signature("Maxell Blu-ray Disc 15 pk") == signature("15-Pack of the Maxell Blu-Ray disc")
    True
    """
    found = {*words(without_measures(title)), *measures_of(title)}
    # A title of nothing but such words is still a title; one without words is its own signature.
    return " ".join(sorted(found - _STOP or found)) or title.strip()


def deal_id(merchant: str | None, url: str, title: str) -> str:
    """Identity of an offer: its page at the shop, else the shop and the words of its title.

    The price is no part of it: a deal at another price is the same deal, observed again. Nor is the
    page of a community: a re-post has another.

    Args:
        merchant: Shop, if known.
        url: Canonical address.
        title: Clean title.

    Returns:
        32 hexadecimal digits.
    """
    path = urlsplit(url).path
    is_page = not is_community(url) and len(path.strip("/")) > 0
    parts = ("url", _page(url)) if is_page else (merchant or "", signature(title))
    return blake2b("|".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _page(url: str) -> str:
    """A page of a shop, whichever of its hosts serves it."""
    place = _MOBILE.sub("", url.split("://", 1)[1])
    address, mark, query = place.partition("?")
    return address.rstrip("/") + mark + query


def product_key(title: str, brand: str | None, model_number: str | None, condition: str) -> str:
    """Identity of a product: brand and model number, else the words of its title.

    Variants stay apart: capacity, volume, length, count, ink, bundle, and whether it is new.

    >>> product_key("Sony WH-1000XM5 (Black)", "sony", "WH-1000XM5", "refurbished")
    'sony wh1000xm5 refurbished'
    """
    name, model = brand_word(brand or ""), canonical(model_number or "")
    parts = [name, model, *variant_of(title)] if name and model else [signature(title)]
    if condition != "new":
        parts.append(condition)
    key = " ".join(parts)
    if len(key) <= MAX_KEY_CHARS:
        return key
    digest = blake2b(key.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return f"{key[: MAX_KEY_CHARS - 17]} {digest}"
