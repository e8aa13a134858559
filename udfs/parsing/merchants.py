"""The shop that sells."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

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
    "argoscouk": "argos", "currysworld": "currys", "levi": "levis", "bandh": "bhphotovideo",
    "bandn": "barnesandnoble", "dickssportinggoods": "dickssportinggoods", "dicks":
    "dickssportinggoods", "hd": "homedepot", "bb": "bestbuy", "bbbaby": "buybuybaby",
    "newegg business": "neweggbusiness", "jcp": "jcpenney", "jbhifiau": "jbhifi",
    "sainsbury": "sainsburys", "morrison": "morrisons", "gog com": "gog", "tgg": "thegoodguys",
    "woolies": "woolworths", "mediamarktde": "mediamarkt", "humble": "humblebundle",
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
# Makers that also sell: inside a title they name the product.
_MAKERS = frozenset(
    """
    dell hp lenovo nike adidas nintendo microsoft apple google samsung playstation sephora ulta
    steam target saturn otto very scan boots catch coles sears bjs rei alternate gog woot
    """.split()
)
_SHOPS = KNOWN - _MAKERS
_AT = re.compile(r"(?:^|\s|(?<=[\d)]))@\s?(?P<shop>[^@|()\[\]$£€]{2,40})")
# "at home" is no shop: after these words only a known one counts, or one right after the price.
_IN_WORDS = re.compile(
    r"\b(?:via|at|bei|from|chez)\s{1,3}(?P<shop>[^@|()\[\]$£€]{2,40})$", re.IGNORECASE
)
_AFTER_PRICE = re.compile(
    r"(?:[$£€]\s?[\d.,]{1,9}(?:\s?€)?(?:\s(?:in-?store|online|each|shipped))?|\b[Cc]ollect(?:ion)?"
    r"|\b[Dd]eliver(?:y|ed)|\b[Ss]hipping|\b[Ss]hipped|\b[Ii]n-?store|\b[Cc]ode|\bC&C)\s"
    r"(?:via|at|from|bei|chez)\s(?P<shop>[A-Z][\w'’&.-]{1,20}(?:\s[A-Z][\w'’&.-]{0,20}){0,2})\s{0,3}$"
)
_TAGGED = re.compile(r"\[(?P<shop>[^\[\]]{2,30})\]|[|(]\s{0,3}(?P<end>[\w.&'’ -]{2,30})\)?\s{0,3}$")
_PREFIX = re.compile(
    r"^\W{0,20}(?P<shop>[\w.&'’+ -]{2,40}?)(?: (?:prime|circle|pro|plus|rewards?|app|card))?"
    r"(?: (?:members?|customers?|cardholders?|stores?|online|in-?store|app|deals?))?(?: only)?"
    r"\s?(?::|\s[-–]\s)",
    re.IGNORECASE,
)
_DOMAIN = re.compile(
    r"(?<![\w.@-])(?P<host>[A-Za-z][A-Za-z0-9-]{1,30}\.(?:com(?:\.au)?|co\.uk|ca|de|fr|net))\b"
)
_SOLD_BY = re.compile(r"\b(?:fulfilled|dispatched|sold) by (?P<shop>amazon)", re.IGNORECASE)
_VERBS = (
    r"\s{1,3}(?:has|have|had|offers?|is offering|gives|takes|is having|sells|is selling"
    r"|is giving)\b"
)
_BODY_SHOP = re.compile(
    r"^(?:[^.]{0,60}?(?i:thumb score):\s{0,3}[+-]?\d+\s{0,3})?(?:update:[^.!]{0,80}[.!]\s{0,3})?"
    rf"(?P<shop>[A-Z0-9][\w.&'’+ -]{{1,40}}?)(?:\s{{0,3}}\([^)]{{0,60}}\))?,?{_VERBS}"
)
_BODY_VIA = re.compile(
    r"\b(?:via|at|from)\s(?P<shop>[A-Z][\w&'’-]{1,20}(?:\.com|\.co\.uk)?)(?=[\s,.]|$)"
)
_TITLE_SHOP = re.compile(rf"^(?P<shop>[A-Z0-9][\w.&'’+ ]{{1,30}}?){_VERBS}")
_TRAIL = re.compile(
    r"\s{0,3}(?:\s[-–].*|[,+/].*|\b(?:w/|with|in-?store|online|only|app|via|or|and\s(?:more|others?)|instore|after|using|for)"
    r"\b.*)$",
    re.IGNORECASE,
)
_COUNTRY = re.compile(r"\s(?:AU|UK|US|USA|DE|CA|NZ|Australia)$")
_SEVERAL = re.compile(r"\s*(?:&|/|,|\band\b|\bor\b)\s*", re.IGNORECASE)
_WORDS = re.compile(r"[\w'’&.-]+")
# Often written small.
_LOWER = frozenset(("amazon", "walmart", "costco", "newegg", "ebay", "amazon.com", "ebay.com"))
# Where a body names its shop.
MAX_LEAD_CHARS = 300
_DOT = re.compile(r"\.(?:com?|net|org|de|uk|au|ca|io|fr|it|es|nl|us|eu)\b", re.IGNORECASE)


@lru_cache(maxsize=20_000)
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
    for pattern, text in (
        (_AFTER_PRICE, title), (_TITLE_SHOP, title), (_BODY_SHOP, body[:MAX_LEAD_CHARS]),
    ):  # fmt: skip
        if (found := pattern.search(text)) and (shop := _word(found["shop"])):
            return shop
    return (
        _tagged(title)
        or _named(title)
        or next(
            (
                shop
                for found in _BODY_VIA.finditer(body[:MAX_LEAD_CHARS])
                if (shop := _word(found["shop"])) in KNOWN
            ),
            None,
        )
    )


def _tagged(title: str) -> str | None:
    """A known shop where titles name shops: "[Lidl] ...", "Target: ...", "... | Argos"."""
    if found := _SOLD_BY.search(title):
        return _word(found["shop"])
    tags = [found["shop"] or found["end"] for found in _TAGGED.finditer(title)]
    if found := _PREFIX.match(title):
        tags.append(found["shop"])
    for tag in tags:
        if (shop := slug(tag)) in KNOWN:
            return shop
        if (shop := slug(tag.split(" ")[0])) in _SHOPS:
            return shop
    if (found := _DOMAIN.search(title)) and (name := domain_name(found["host"].lower())):
        return ALIASES.get(name, name)
    return None


def _named(title: str) -> str | None:
    """A known shop's name in a title: at its end, else anywhere if it names no product as well."""
    words = _WORDS.findall(title)
    for size in (3, 2, 1):
        if len(words) >= size and (name := slug(" ".join(words[-size:]))) in KNOWN:
            return name
    for start in range(len(words)):
        for size in (3, 2, 1):
            if not words[start][:1].isupper() and words[start].casefold() not in _LOWER:
                continue
            if (
                start + size <= len(words)
                and (name := slug(" ".join(words[start : start + size]))) in _SHOPS
            ):
                return name
    return None


def _word(text: str) -> str | None:
    """The shop in the words after a sign; of several the first."""
    name = slug(_COUNTRY.sub("", _TRAIL.sub("", text.strip())))
    if name not in KNOWN and (first := slug(_SEVERAL.split(text.strip())[0])) in KNOWN:
        name = first
    if name.endswith("ebay"):
        name = "ebay"
    return name[:40] if len(name) >= 2 and not name.isdigit() else None
