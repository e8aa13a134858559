"""The shop that sells."""

import re
import unicodedata
from collections.abc import Mapping

from udfs.parsing.urls import COMMUNITIES, domain_name, host_of, is_community

# Different names of one shop; the left side as `slug` makes it.
ALIASES = {
    "amazonuk": "amazon", "amazonde": "amazon", "amazonau": "amazon", "amazonus": "amazon",
    "amazoncom": "amazon", "amazonwarehouse": "amazon", "amazonprime": "amazon", "amzn": "amazon",
    "thebookdepository": "bookdepository", "thehomedepot": "homedepot",
    "bhphoto": "bhphotovideo", "bandhphotovideo": "bhphotovideo", "bandhphoto": "bhphotovideo",
    "ebayuk": "ebay", "ebayau": "ebay", "ebayus": "ebay",
    "costcowholesale": "costco", "diy": "bandq", "officedepotandofficemax": "officedepot",
    "epicgamesstore": "epicgames", "epic": "epicgames",
    "bestbuycom": "bestbuy", "walmartcom": "walmart", "targetcom": "target",
    "electronicarts": "ea", "googlestore": "google", "microsoftstore": "microsoft",
    "argoscouk": "argos", "currysworld": "currys", "levi": "levis",
}  # fmt: skip
# Shops that titles name without a sign, in the spelling of `slug`.
KNOWN = frozenset(
    """
    amazon walmart target bestbuy costco newegg ebay lowes homedepot macys kohls staples
    bhphotovideo adorama gamestop frys dell hp lenovo woot groupon rakuten microcenter monoprice
    officedepot samsclub jcpenney nordstrom nike adidas rei sephora ulta cvs walgreens fandango
    cdkeys steam gog humblebundle epicgames playstation nintendo microsoft apple google samsung
    tesco asda argos currys boots superdrug aldi lidl sainsburys morrisons johnlewis screwfix
    toolstation very halfords scan ebuyer overclockers mediamarkt saturn otto alternate
    mindfactory notebooksbilliger cyberport kaufland thalia coles woolworths bunnings
    officeworks kogan jbhifi harveynorman thegoodguys myer centrecom scorptec umart mwave catch
    bigw toysrus shopko sears kmart bjs acehardware
    """.split()
)
_AT = re.compile(r"\s@\s*(?P<shop>[^@|()\[\]$£€]{2,40})", re.IGNORECASE)
# "at home" is no shop: after these words only a known one counts.
_IN_WORDS = re.compile(r"\b(?:via|at|bei|from)\s+(?P<shop>[^@|()\[\]$£€]{2,40})$", re.IGNORECASE)
_BODY_SHOP = re.compile(
    r"^(?:[^.]{0,60}?thumb score:\s*[+-]?\d+\s*)?(?:update:[^.!]{0,80}[.!]\s*)?"
    r"(?P<shop>[A-Z][\w.&'’+ -]{1,40}?)(?:\s*\([^)]{0,60}\),?)?\s+"
    r"(?:has|have|had|offers?|is offering|gives|takes|is having|sells|is selling)\b"
)
_TITLE_SHOP = re.compile(r"^(?P<shop>[A-Z][\w.&'’+ ]{1,30}?)\s+(?:has|have|offers?)\b")
_TRAIL = re.compile(
    r"\s*(?:[-–,+/].*|\b(?:w/|with|in-?store|online|only|app|via|or|and more|after|using|for)"
    r"\b.*)$",
    re.IGNORECASE,
)
_DOT = re.compile(r"\.(?:com?|net|org|de|uk|au|ca|io|fr|it|es|nl|us|eu)\b", re.IGNORECASE)


def slug(name: str) -> str:
    """A shop's name as one word: "B&Q" is bandq, "Best Buy" is bestbuy."""
    text = unicodedata.normalize("NFKD", name.casefold()).replace("&", "and")
    while _DOT.search(text):
        text = _DOT.sub("", text)
    word = "".join(char for char in text if char.isalnum())
    return ALIASES.get(word, word)


def merchant_of(title: str, body: str, extras: Mapping[str, str], link: str) -> str | None:
    """The shop, from the most to the least certain source.

    The feed's own fields, the shop's address, "@ Store", "Store has ...", a known shop's name in
    the title; None where nobody says.
    """
    for host in (extras.get("merchant_domain", ""), host_of(extras.get("target_url", ""))):
        if host and (name := domain_name(host)) and name not in COMMUNITIES:
            return ALIASES.get(name, name) or None
    if named := slug(extras.get("merchant", "")):
        return named[:40]
    if not is_community(link) and (name := domain_name(host_of(link))):
        return ALIASES.get(name, name) or None
    return _from_words(title, body)


def _from_words(title: str, body: str) -> str | None:
    if (found := _AT.search(title)) and (shop := _word(found["shop"])):
        return shop
    if (found := _IN_WORDS.search(title)) and (shop := _word(found["shop"])) in KNOWN:
        return shop
    for pattern, text in ((_TITLE_SHOP, title), (_BODY_SHOP, body[:300])):
        if (found := pattern.search(text)) and (shop := _word(found["shop"])):
            return shop
    words = re.findall(r"[\w'’&.]+", title)
    for size in (3, 2, 1):
        for start in range(len(words) - size + 1):
            name = slug(" ".join(words[start : start + size]))
            # A brand's own name inside the title is the product, not the shop.
            if name in KNOWN and start + size == len(words):
                return name
    for start in range(len(words)):
        if slug(words[start]) in ("amazon", "walmart", "costco", "newegg", "ebay"):
            return slug(words[start])
    return None


def _word(text: str) -> str | None:
    name = slug(_TRAIL.sub("", text.strip()))
    return name[:40] if len(name) >= 2 and not name.isdigit() else None
