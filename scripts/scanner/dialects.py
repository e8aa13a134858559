"""The structured fields of each dialect, as RawDeal.extras.

Values are text as the feed gives it, entity-decoded and stripped; an absent key = the feed says
nothing. Reading prices and shops out of titles is the parse stage's work, not the scanner's.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, tzinfo
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from scripts.scanner.bodies import Body
from scripts.scanner.feeds import Dialect, split_host
from scripts.scanner.markup import Element
from scripts.scanner.times import to_iso

Extras = dict[str, str]

_THUMB_SCORE = re.compile(r"Thumb Score:\s*([+-]?\d{1,7})\b")
_DEGREES = re.compile(r"\A\s*(-?\d{1,6})\s*°")
_BUY_NOW = re.compile(r"\b(?:buy|shop) now\b", re.IGNORECASE)
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_CURRENCY = re.compile(r"\b[A-Z]{3}\b")
_SYDNEY = ZoneInfo("Australia/Sydney")


@dataclass(frozen=True)
class Item:
    """An item as both parsers saw it.

    Attributes:
        title: Plain text.
        link: As the feed gives it.
        categories: In the feed's order.
        elements: Its own elements; empty where the document is not well-formed.
        body: Of its longest HTML.
    """

    title: str
    link: str
    categories: tuple[str, ...]
    elements: tuple[Element, ...]
    body: Body

    def text(self, name: str) -> str:
        """Text of the first element of that name that has some; empty = none."""
        texts = (element.text.strip() for element in self.elements if element.name == name)
        return next((text for text in texts if text), "")

    def attribute(self, name: str, attribute: str) -> str:
        """An attribute of the first element of that name that has it; empty = none."""
        values = (
            element.attributes.get(attribute, "").strip()
            for element in self.elements
            if element.name == name
        )
        return next((value for value in values if value), "")


def detect(prefixes: Iterable[str], links: Iterable[str]) -> Dialect:
    """The dialect of a feed.

    Args:
        prefixes: XML prefixes that it declares or uses.
        links: Of the channel and the items.
    """
    seen = set(prefixes)
    for prefix, dialect in _BY_PREFIX.items():
        if prefix in seen:
            return dialect
    if any(_host(link) in ("slickdeals.net", "feeds.slickdeals.net") for link in links):
        return Dialect.SLICKDEALS
    return Dialect.SHOP


def default_zone(dialect: Dialect) -> tzinfo:
    """Where a dialect's dates are from when they do not say it."""
    return _SYDNEY if dialect is Dialect.OZBARGAIN else UTC


def read_extras(dialect: Dialect, item: Item, zone: tzinfo) -> Extras:
    """The structured fields of an item.

    Args:
        dialect: Of its feed.
        item: What was read of it.
        zone: Of dates that carry none.
    """
    extras = _READERS[dialect](item)
    if item.categories:
        extras.setdefault("category", item.categories[0])
    for key in ("expires", "starts"):
        if extras.get(key):
            extras[key] = to_iso(extras[key], zone)
    return {key: value.strip() for key, value in extras.items() if value.strip()}


def _slickdeals(item: Item) -> Extras:
    extras: Extras = {}
    if score := _THUMB_SCORE.search(item.body.text):
        extras["temperature"] = str(int(score[1]))
    if item.body.codes:
        extras["coupon"] = item.body.codes[0]
    for anchor in item.body.anchors:
        domain = anchor.attributes.get("data-product-exitwebsite", "").strip().lower()
        store = anchor.attributes.get("data-store-slug", "").strip()
        if domain == "slickdeals.net":
            domain = ""
        if domain or store:
            extras |= {"merchant": store, "merchant_domain": domain}
            extras["target_url"] = _outbound(anchor.href, "slickdeals.net")
            break
        # Old posts name the shop only in the text of their first link: "Amazon.co.uk".
        if "data-outclick-typeofoutclick" in anchor.attributes:
            name = split_host(anchor.text.lower())
            if name.domain and name.suffix and _DOMAIN.fullmatch(anchor.text):
                extras["merchant_domain"] = anchor.text.lower()
            break
    return extras


def _pepper(item: Item) -> Extras:
    extras = {
        "merchant": item.attribute("pepper:merchant", "name"),
        "price": item.attribute("pepper:merchant", "price"),
    }
    if degrees := _DEGREES.match(item.title):
        extras["temperature"] = degrees[1]
    return extras


def _dealnews(item: Item) -> Extras:
    extras = {
        "merchant": item.text("dealnews:retailer"),
        "price": item.text("dealnews:price"),
        "currency": item.attribute("dealnews:price", "currency"),
        "expires": item.text("dealnews:expires"),
        "category": item.text("dealnews:category"),
        "deal_type": item.text("dealnews:dealtype").lower(),
    }
    for anchor in item.body.anchors:
        if _BUY_NOW.search(anchor.text) and (url := _outbound(anchor.href, "dealnews.com")):
            extras |= {"target_url": url, "merchant_domain": _host(url)}
            break
    return extras


def _ozbargain(item: Item) -> Extras:
    extras = {
        "target_url": item.attribute("ozb:meta", "url"),
        "expires": item.attribute("ozb:meta", "expiry"),
        "starts": item.attribute("ozb:meta", "starting"),
    }
    extras["merchant_domain"] = _host(extras["target_url"])
    votes = [item.attribute("ozb:meta", name) for name in ("votes-pos", "votes-neg")]
    if all(re.fullmatch(r"\d{1,7}", vote) for vote in votes):
        extras["temperature"] = str(int(votes[0]) - int(votes[1]))
    if item.attribute("ozb:title-msg", "type").lower() == "expired":
        extras["expired"] = "true"
    return extras


def _shop(item: Item) -> Extras:
    """A shop's own feed; where it has them, the fields of Google's product feeds."""
    regular, sale = item.text("g:price"), item.text("g:sale_price")
    # sale_price_effective_date is "start/end".
    starts, _, ends = item.text("g:sale_price_effective_date").partition("/")
    extras = {
        "merchant_domain": _host(item.link),
        "price": sale or regular,
        "list_price": regular if sale else "",
        "condition": item.text("g:condition"),
        "category": item.text("g:product_type"),
        "brand": item.text("g:brand"),
        "model_number": item.text("g:mpn"),
        "starts": starts,
        "expires": ends,
    }
    if currency := _CURRENCY.search(extras["price"]):
        extras["currency"] = currency[0]
    return extras


_READERS: dict[Dialect, Callable[[Item], Extras]] = {
    Dialect.SLICKDEALS: _slickdeals,
    Dialect.PEPPER: _pepper,
    Dialect.DEALNEWS: _dealnews,
    Dialect.OZBARGAIN: _ozbargain,
    Dialect.SHOP: _shop,
}
_BY_PREFIX = {
    "pepper": Dialect.PEPPER,
    "dealnews": Dialect.DEALNEWS,
    "ozb": Dialect.OZBARGAIN,
}


def _host(url: str) -> str:
    """Host without www.; empty = none."""
    try:
        host = urlsplit(url.strip()).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def _outbound(url: str, community: str) -> str:
    """Where a link leaves the community for; empty = it does not, or does not say."""
    host = _host(url)
    if not url.startswith(("http://", "https://")) or not host:
        return ""
    if host != community and not host.endswith("." + community):
        return url
    # A click counter of the community that carries the shop's address.
    for _, value in parse_qsl(urlsplit(url).query):
        if value.startswith(("http://", "https://")) and (target := _outbound(value, community)):
            return target
    return ""
