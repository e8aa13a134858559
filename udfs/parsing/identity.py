"""Which offers are the same, and which products."""

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urlsplit

from udfs.parsing.urls import is_community

MAX_KEY_CHARS = 100

_TOKEN = re.compile(r"[^\W_]+(?:[.+'&/-][^\W_]+)*\+?|[^\W_]+")
_STOP = frozenset(
    "the a an and or of for with w in on to by from at new your you this free shipping sale deal"
    " deals offer only now today und mit der die das für oder in".split()
)
# An amount of something: capacity, size, rate, count; never a model number.
_MEASURE = re.compile(
    r"\d+(?:[.,]\d+)?(?:x\d+(?:[.,]\d+)?)*-?(?:gb|tb|mb|kb|ghz|mhz|hz|khz|w|wh|kw|v|a|ah|mah|mm|cm|m|km"
    r"|in|inch|inches|ft|ml|l|cl|oz|g|kg|mg|lb|lbs|qt|quart|ct|count|pk|pack|pc|pcs|piece|pieces|k|p|fps"
    r"|mp|dpi|nm|rpm|bit|core|cores|way|port|ports|person|day|days|hour|hours|h|yr|year|month|th|nd|rd"
    r"|st|d|s|°|cfm|btu|psi|lm|lumens?|lux|sheets?|rolls?|loads?|pairs?|set|zoll|in1|in-1|g2|mbps|gbps)",
    re.IGNORECASE,
)
_STANDARD = re.compile(
    r"(?:ddr|lpddr|gddr|pcie|usb|hdmi|wifi|wi-fi|ip[x0-9]|bt|bluetooth|sata|nvme|m\.2|mp3|mp4|h26|802\."
    r"|type-?c|dp1|atx|rj|cat|ps[1-5]$|av1|hdr|g-?sync|4k|5k|8k|3d|2d|i[3579]-|r[3579]-|gen\d|ax\d+$"
    r"|av\d+$|ac\d+$|axe\d+$|be\d+$|cl\d+$|am[45]$|lga|rgb|b\d$|x\d$|s\d{1,2}$|a\d{1,2}$)",
    re.IGNORECASE,
)
# "18-in-1", "18V-55", "f/1.8", "Core-11", "11th": no model number alone.
_SERIES = re.compile(
    r"\d+-(?:[A-Za-z]+)(?:-[A-Za-z]+)*|\d+[A-Za-z]?-\d+(?:mm|V)?|f/.*|[A-Za-z]{4,}-\d{1,2}"
    r"|\d{1,2}(?:st|nd|rd|th)"
)
_VARIANT = re.compile(
    r"(?<![\w.])(?P<number>\d+(?:[.,]\d+)?)[\s-]?(?P<unit>tb|gb|ml|cl|l|kg|g|oz|lb|fl oz|pack|pk|ct"
    r"|count|pcs?|pieces?|stück)\b",
    re.IGNORECASE,
)
_CANDIDATE = re.compile(r"(?<![\w,.])[A-Za-z0-9][A-Za-z0-9./-]{2,30}[A-Za-z0-9](?![\w°])")
_LETTER, _DIGIT = re.compile("[A-Za-z]"), re.compile("[0-9]")
_COUNTS = ("pack", "pk", "ct", "count", "pc", "pcs", "piece", "pieces", "stück")


@lru_cache(maxsize=1)
def _brands() -> dict[str, str]:
    """Brand as `signature_words` makes it -> as the list writes it."""
    lines = (Path(__file__).parent / "brands.txt").read_text("utf-8").splitlines()
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return {" ".join(words(name)): name for name in names}


def words(title: str) -> list[str]:
    """Case-folded words of a title, without accents.

    >>> words('Sony WH-1000XM5 Köpfhörer (black)')
    ['sony', 'wh-1000xm5', 'kopfhorer', 'black']
    """
    if not title.isascii():
        title = unicodedata.normalize("NFKD", title)
        title = "".join(char for char in title if not unicodedata.combining(char))
    return _TOKEN.findall(title.casefold().replace("’", "'"))


def brand_of(title: str) -> str | None:
    """The first brand of the list among the first words of a title."""
    listed, tokens = _brands(), words(title)
    for start in range(min(6, len(tokens))):
        for size in (3, 2, 1):
            name = listed.get(" ".join(tokens[start : start + size]))
            if name is not None and start + size <= len(tokens):
                return name
    return None


def model_number_of(title: str) -> str | None:
    """The manufacturer's model number: letters and digits, and no measure or standard.

    >>> model_number_of('LG 55" C4 Series OLED evo 4K TV OLED55C4PUA 120Hz')
    'OLED55C4PUA'
    """
    best: tuple[int, str] | None = None
    for found in _CANDIDATE.finditer(title):
        token = found[0]
        letters, digits = len(_LETTER.findall(token)), len(_DIGIT.findall(token))
        is_bracketed = title[found.start() - 1 : found.start()] == "("
        # Four characters are a chipset or a series more often than a model: B650, C755.
        if not letters or digits < 2 or len(token) < (4 if is_bracketed else 5):
            continue
        if any(pattern.fullmatch(token) for pattern in (_MEASURE, _SERIES)) or _STANDARD.match(
            token
        ):
            continue
        if any(_MEASURE.fullmatch(part) for part in token.split("/")):
            continue
        is_spelled = token.upper() == token
        rank = 4 * is_bracketed + 3 * is_spelled + 2 * ("-" in token) + min(len(token), 14)
        if best is None or rank > best[0]:
            best = (rank, token)
    return best[1] if best else None


def variant_of(title: str) -> list[str]:
    """Capacity, volume and count, in one spelling: what keeps variants of a product apart.

    >>> variant_of("Samsung 990 PRO 4 TB (2-Pack)")
    ['2ct', '4tb']
    """
    found = set()
    for match in _VARIANT.finditer(title.casefold()):
        unit = "ct" if match["unit"] in _COUNTS else match["unit"].replace(" ", "")
        found.add(f"{match['number'].replace(',', '.')}{unit}")
    return sorted(found)


def signature(title: str) -> str:
    """The words of a title in one order, without those that say nothing."""
    found = set(words(title))
    # A title of nothing but such words is still a title; one without words is its own signature.
    return " ".join(sorted(found - _STOP or found)) or title.strip()


def deal_id(merchant: str | None, url: str, title: str) -> str:
    """Identity of an offer: its page at the shop, else the shop and the words of its title.

    The price is no part of it: a deal at another price is the same deal, observed again.

    Args:
        merchant: Shop, if known.
        url: Canonical address.
        title: Clean title.

    Returns:
        32 hexadecimal digits.
    """
    path = urlsplit(url).path
    is_page = not is_community(url) and len(path.strip("/")) > 0
    parts = ("url", url.split("://", 1)[1]) if is_page else (merchant or "", signature(title))
    return blake2b("|".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def product_key(title: str, brand: str | None, model_number: str | None, condition: str) -> str:
    """Identity of a product: brand and model number, else the words of its title.

    Variants stay apart: capacity, volume, count, and whether it is new.

    >>> product_key("Sony WH-1000XM5 (Black)", "sony", "WH-1000XM5", "refurbished")
    'sony wh1000xm5 refurbished'
    """
    if brand and model_number:
        model = "".join(char for char in model_number.casefold() if char.isalnum())
        parts = [brand, model, *variant_of(title)]
    else:
        parts = [signature(title)]
    if condition != "new":
        parts.append(condition)
    key = " ".join(parts)
    if len(key) <= MAX_KEY_CHARS:
        return key
    digest = blake2b(key.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return f"{key[: MAX_KEY_CHARS - 17]} {digest}"
