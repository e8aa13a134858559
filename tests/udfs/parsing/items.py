"""Builders: a feed item of which a test says only what matters to it, and what is read from it."""

from datetime import date
from decimal import Decimal
from typing import Any

from udfs.parsing.deal import ParsedDeal, parse_deal
from udfs.parsing.prices import RejectionError
from udfs.parsing.rates import Rates

RATES = Rates(
    {
        "USD": Decimal(1),
        "EUR": Decimal("1.16"),
        "GBP": Decimal("1.31"),
        "AUD": Decimal("0.65"),
        "CAD": Decimal("0.71"),
        "NZD": Decimal("0.57"),
        "SEK": Decimal("0.105"),
        "PLN": Decimal("0.273"),
        "JPY": Decimal("0.0064"),
    },
    date(2026, 11, 20),
)
NOW_MS = 1_785_000_000_000
LINKS = {
    "slickdeals": "https://slickdeals.net/f/9354159-a-deal",
    "hotukdeals": "https://www.hotukdeals.com/deals/a-deal-4567",
    "mydealz": "https://www.mydealz.de/deals/ein-deal-4567",
    "dealabs": "https://www.dealabs.com/bons-plans/un-deal-4567",
    "dealnews": "https://www.dealnews.com/a-deal/4567.html",
    "ozbargain": "https://www.ozbargain.com.au/node/4567",
    "redflagdeals": "https://forums.redflagdeals.com/a-deal-4567",
}


def item(title: str, *, source: str = "slickdeals", **changes: Any) -> dict[str, Any]:
    """A feed item; `changes` are its other fields, body = summary_html."""
    body = changes.pop("body", "")
    return {
        "source": source,
        "item_id": "4567",
        "feed_url": "feed.xml",
        "fetched_at": NOW_MS,
        "published_at": NOW_MS - 60_000,
        "title": title,
        "link": LINKS.get(source, "https://shop.example/p/1"),
        "summary_html": body,
    } | changes


def parsed(
    title: str, *, extras: dict[str, str] | None = None, rates: Rates = RATES, **changes: Any
) -> ParsedDeal:
    """The offer that is read from an item; raises RejectionError."""
    return parse_deal(item(title, **changes), extras or {}, rates)


def read(title: str, *, extras: dict[str, str] | None = None, **changes: Any) -> str:
    """What a reader notes of an item: "20.99 USD amazon", "20.99 USD" or the reason."""
    try:
        deal = parsed(title, extras=extras, **changes)
    except RejectionError as error:
        return str(error.reason)
    price = f"{deal.price.normalize():f} {deal.currency}"
    return f"{price} {deal.merchant}" if deal.merchant else price
