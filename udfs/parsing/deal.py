"""One feed item to one priced offer, or to the reason why not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from udfs.parsing import facts, identity
from udfs.parsing.merchants import merchant_of
from udfs.parsing.model_numbers import model_number_of
from udfs.parsing.prices import Price, Reason, RejectionError, price_of
from udfs.parsing.rates import TEN_THOUSANDTH, Rates
from udfs.parsing.roles import said_in
from udfs.parsing.text import body_text, title_text
from udfs.parsing.titles import clean_title
from udfs.parsing.urls import canonical, embedded, host_of, is_community

# Feeds whose "$" is another country's, by a word of their name or of their host.
_DOLLARS = {"ozbargain": "AUD", "au": "AUD", "redflagdeals": "CAD", "ca": "CAD", "nz": "NZD"}
_HOME = {
    "hotukdeals": "GBP", "uk": "GBP", "mydealz": "EUR", "de": "EUR", "fr": "EUR", "es": "EUR",
    "it": "EUR", "nl": "EUR", "at": "EUR", "ie": "EUR", "dealabs": "EUR", "chollometro": "EUR",
    "preisjaeger": "EUR", "pl": "PLN", "se": "SEK",
}  # fmt: skip
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class ParsedDeal:
    """A priced offer: the fields of schemas/deals.parsed.avsc, money as Decimal, times in ms."""

    deal_id: str
    product_key: str
    source: str
    item_id: str
    url: str
    merchant: str | None
    title: str
    brand: str | None
    model_number: str | None
    category: str | None
    price: Decimal
    currency: str
    price_usd: Decimal
    list_price: Decimal | None
    list_price_usd: Decimal | None
    condition: str
    coupon: str | None
    expires_at: int | None
    is_expired: bool
    temperature: int | None
    observed_at: int


def parse_deal(raw: Mapping[str, Any], extras: Mapping[str, str], rates: Rates) -> ParsedDeal:
    """Read one item as a careful person would.

    Args:
        raw: source, item_id, feed_url if known, fetched_at, published_at (ms or None), title, link,
            summary_html.
        extras: RawDeal.extras.
        rates: For prices in other currencies.

    Raises:
        RejectionError: the item is no priced offer.
    """
    title = title_text(raw["title"] or "")
    if not any(char.isalnum() for char in title):
        raise RejectionError(Reason.TITLE_MISSING, "the title holds no word")
    at = facts.observed_at(raw["fetched_at"], raw["published_at"], extras)
    if at is None:
        raise RejectionError(Reason.TIME_INVALID, "no possible time of observation")
    body = body_text(raw["summary_html"] or "")
    url = _url(raw["link"] or "", extras)
    if url is None:
        raise RejectionError(Reason.LINK_INVALID, "the link is no http(s) address")
    dollar = _currency(raw, _DOLLARS) or "USD"
    said = said_in(title)
    price = price_of(title, body, extras, dollar, _currency(raw, _HOME) or dollar, said)
    price_usd = rates.in_usd(price.value, price.currency)
    if price_usd is None:
        raise RejectionError(Reason.CURRENCY_UNKNOWN, f"no exchange rate for {price.currency}")
    return _deal(raw, extras, rates, title, body, url, at, price, price_usd)


def _deal(
    raw: Mapping[str, Any],
    extras: Mapping[str, str],
    rates: Rates,
    title: str,
    body: str,
    url: str,
    at: int,
    price: Price,
    price_usd: Decimal,
) -> ParsedDeal:
    merchant = merchant_of(title, body, extras, url)
    name = clean_title(title)
    condition = facts.condition_of(title, extras)
    named = _named(name, facts.brand_in(extras), facts.model_number_in(extras), condition)
    expires_at = facts.expiry_ms(extras)
    listed = price.list_value
    return ParsedDeal(
        deal_id=identity.deal_id(merchant, url, name),
        product_key=named.product_key,
        source=raw["source"],
        item_id=raw["item_id"],
        url=url,
        merchant=merchant,
        title=name,
        brand=named.brand,
        model_number=named.model_number,
        category=facts.category_of(extras),
        price=_money(price.value),
        currency=price.currency,
        price_usd=price_usd,
        list_price=None if listed is None else _money(listed),
        list_price_usd=None if listed is None else rates.in_usd(listed, price.currency),
        condition=condition,
        coupon=facts.coupon_of(title, body, extras),
        expires_at=expires_at,
        is_expired=facts.is_expired(title, extras, expires_at, raw["fetched_at"]),
        temperature=facts.temperature_of(extras),
        observed_at=at,
    )


class _Named(NamedTuple):
    """Which product an offer is of."""

    brand: str | None
    model_number: str | None
    product_key: str


@lru_cache(10_000)  # a product comes again and again, at other prices; about 5 MB
def _named(name: str, brand: str | None, model_number: str | None, condition: str) -> _Named:
    """Read a clean title; brand and model number are those that the feed names, if it does."""
    brand = brand or identity.brand_of(name)
    model_number = model_number or model_number_of(name)
    return _Named(brand, model_number, identity.product_key(name, brand, model_number, condition))


def _url(link: str, extras: Mapping[str, str]) -> str | None:
    """The shop's page where the feed tells it, else the page about the offer."""
    for candidate in (extras.get("target_url", ""), embedded(link) or "", link):
        url = canonical(candidate) if candidate else None
        if url is not None and (candidate == link or not is_community(url)):
            return url
    return None


def _currency(raw: Mapping[str, Any], currencies: Mapping[str, str]) -> str | None:
    """Currency of a feed by the words of its name, then of the host of the item's page."""
    places = (str(raw["source"] or ""), host_of(raw["link"] or ""))
    words = (word for place in places for word in _WORD.findall(place.casefold()))
    return next((currencies[word] for word in words if word in currencies), None)


def _money(amount: Decimal) -> Decimal:
    return amount.quantize(TEN_THOUSANDTH, ROUND_HALF_EVEN)
