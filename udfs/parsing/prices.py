"""The price of an offer: what the buyer pays for the item, or why there is none."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from udfs.parsing.amounts import DOLLAR, KRONE, Amount, amounts, read_number
from udfs.parsing.roles import Role, role_of

# Nothing that a feed of deals offers costs more; a longer number is a phone number or an attack.
MAX_PRICE = Decimal(10_000_000)


class Reason(StrEnum):
    """Why an item is no priced offer: symbols of DeadLetter.Reason."""

    TITLE_MISSING = "title_missing"
    PRICE_MISSING = "price_missing"
    PRICE_AMBIGUOUS = "price_ambiguous"
    PRICE_CONDITIONAL = "price_conditional"
    PRICE_INVALID = "price_invalid"
    CURRENCY_UNKNOWN = "currency_unknown"
    NOT_AN_OFFER = "not_an_offer"
    LINK_INVALID = "link_invalid"
    TIME_INVALID = "time_invalid"


class RejectionError(Exception):
    """An item that is no priced offer."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Keep the reason and words for people, without the payload."""
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Price:
    """What the buyer pays.

    Attributes:
        value: >= 0; 0 only if the offer says free.
        currency: ISO 4217.
        list_value: The seller's claimed former or list price, in the same currency.
    """

    value: Decimal
    currency: str
    list_value: Decimal | None = None


_FREE_VALUE = re.compile(r"free|kostenlos|gratis|gratuit|umsonst|0", re.IGNORECASE)
_FREE = re.compile(
    r"(?<![\w+&-])(?<!\bget one )(?<!\bone )(?<!\b[+&] )(?<!\bgluten )(?<!\bsugar )(?<!\bfat )"
    r"(?<!\bhands )(?<!\bregion )(?<!\bad )(?<!\bdairy )(?<!\bcruelty )(?<!\bbpa )(?<!\btax )"
    r"(?:free|freebie|kostenlos\w{0,2}|gratis|gratuit)\b(?!-\w)(?!\s*(?:standard|2-day|next|in-store"
    r"|(?:\w+ )?(?:shipping|ship|s&h|s/h|delivery|del\b|postage|p&p|pick-?up|returns?|versand|store"
    r"|c&c|click|collect|gifts?|trials?|upgrade|installation|samples? with)))",
    re.IGNORECASE,
)
_FREE_ONLY_IF = re.compile(
    r"\b(?:after|w/|with)\s(?:mail-in |mir\b|rebate|purchase|any purchase)|\bbuy (?:one|\d)"
    r"|\bbogo\b"
    r"|\bwhen you buy|\bget (?:one|\d|a|an|\w+ )\s?free|\btrade[- ]?in\b",
    re.IGNORECASE,
)
_CONDITIONAL = re.compile(
    r"\btrade[- ]?in\b|\binstall?ment|\bbill credits?|\bwith (?:a )?new line|\bcontract\b"
    r"|\bmit vertrag|\bactivation\b",
    re.IGNORECASE,
)
_MONTHLY_TEXT = re.compile(
    r"[\s(]{0,3}(?:/|per|a|pro|im)\s?(?:mo\b|mo\.|month|monat|mth)|p/?m\b", re.IGNORECASE
)
_ARTICLE = re.compile(
    r"^(?:how to|why |what |when |where |guide\b|review\b|best \w+ (?:deals|of)|\d+ (?:tips|ways))"
    r"|\bgiveaway\b|\bsweepstakes\b|\bcompetition\b",
    re.IGNORECASE,
)
_SALE = re.compile(
    r"\d\s?%|\bsale\b|\bclearance\b|\bcoupons?\b|\bpromo\b|\bbogo\b|\bdeals\b|\b\d für \d\b",
    re.IGNORECASE,
)
_GIFT_TITLE = re.compile(r"\bgift ?cards?\b|\be-?gift\b", re.IGNORECASE)
# Words before an amount in a body that say: this is what it costs.
_CUE = re.compile(
    r"(?:\bfor|\bat|\bprice(?: today)?:?|\bnow|\bonly|\bjust|\bpay|\bnur|\bfür|=|\bto|\btoday only"
    r"|\bon sale for|בסך|\bבמחיר|היום:|\bبسعر)[\s:]*$",
    re.IGNORECASE,
)
_EQUALS = re.compile(r"=\s*$")
_DOLLARS = (DOLLAR, "USD")


def price_of(
    title: str, body: str, extras: Mapping[str, str], dollar: str, home_currency: str
) -> Price:
    """Decide on the price.

    Structured fields beat the title, the title beats the body.

    Args:
        title: Plain text.
        body: Plain text; struck-through prices follow "was".
        extras: RawDeal.extras.
        dollar: What "$" means in this feed, e.g. "USD".
        home_currency: Of a free item without a currency.

    Raises:
        RejectionError: there is no price, or none that holds for everybody.
    """
    found = list(amounts(title))
    roles = [role_of(title, a, b) for a, b in zip(found, [None, *found], strict=False)]
    if extras.get("price", "").strip():
        value, currency = _structured(extras, title, body, dollar, home_currency)
    else:
        value, currency = _from_text(title, body, extras, found, roles, dollar, home_currency)
    if not 0 <= value <= MAX_PRICE:
        raise RejectionError(Reason.PRICE_INVALID, f"the price is {value:.6g}")
    if currency == KRONE or not currency:
        raise RejectionError(Reason.CURRENCY_UNKNOWN, "the price has no known currency")
    return Price(value, currency, _list_value(title, body, extras, value, currency, dollar))


def _structured(
    extras: Mapping[str, str], title: str, body: str, dollar: str, home_currency: str
) -> tuple[Decimal, str]:
    text = extras["price"].strip()[:60]
    known = extras.get("currency", "").strip().upper()
    if _FREE_VALUE.fullmatch(text.rstrip(".,0 ") or "0") and not re.search("[1-9]", text):
        if _CONDITIONAL.search(title) or not _says_free(title, body, text):
            raise RejectionError(Reason.PRICE_CONDITIONAL, "free only under a condition")
        return Decimal(0), known or home_currency
    amount = next(amounts(text), None)
    if amount is None:
        number = read_number(text)
        if number is None or not re.search(r"\d", text):
            raise RejectionError(Reason.PRICE_INVALID, "the price field holds no number")
        value = -number if re.match(r"\s*[-\u2212]", text) else number
        currency = known or home_currency
    else:
        value, currency = amount.value, known or _resolved(amount.currency, dollar)
    if re.match(r"\s*[-\u2212]", text):
        value = -abs(value)
    if _is_monthly(title, value) or _is_monthly(body[:600], value):
        raise RejectionError(Reason.PRICE_CONDITIONAL, "the price is a monthly rate")
    if value > 0 and re.search(r"\btrade[- ]?in\b", title, re.IGNORECASE):
        raise RejectionError(Reason.PRICE_CONDITIONAL, "the price holds with a trade-in")
    return value, currency


def _says_free(title: str, body: str, price_text: str) -> bool:
    """0 means free only where somebody says so."""
    words = f"{title} {body[:300]}"
    return bool(_FREE.search(words) or re.search(r"[a-z]", price_text, re.IGNORECASE)) and not (
        _FREE_ONLY_IF.search(title)
    )


def _is_monthly(text: str, value: Decimal) -> bool:
    return any(
        amount.value == value and _MONTHLY_TEXT.match(text[amount.end : amount.end + 16])
        for amount in amounts(text)
    )


def _from_text(
    title: str,
    body: str,
    extras: Mapping[str, str],
    found: Sequence[Amount],
    roles: Sequence[Role],
    dollar: str,
    home_currency: str,
) -> tuple[Decimal, str]:
    known = extras.get("currency", "").strip().upper()
    priced = [a for a, role in zip(found, roles, strict=True) if role is Role.PRICE]
    if _GIFT_TITLE.search(title) and Role.GIFT in roles and not priced:
        raise RejectionError(Reason.NOT_AN_OFFER, "a gift card or a bonus")
    if priced:
        if _CONDITIONAL.search(title) and (priced[0].value == 0 or Role.MONTHLY in roles):
            raise RejectionError(Reason.PRICE_CONDITIONAL, "the price holds under a contract only")
        if re.search(r"\btrade[- ]?in\b", title, re.IGNORECASE):
            raise RejectionError(Reason.PRICE_CONDITIONAL, "the price holds with a trade-in")
        if Role.RANGE in roles:
            raise RejectionError(Reason.PRICE_AMBIGUOUS, "a range of prices")
        amount = _the_one(title, priced)
        if amount.value == 0 and not _says_free(title, body, "free"):
            raise RejectionError(Reason.PRICE_CONDITIONAL, "0 without saying free")
        return amount.value, known or _resolved(amount.currency, dollar)
    if Role.FROM in roles:
        raise RejectionError(Reason.PRICE_AMBIGUOUS, "only a lowest price of several")
    if _FREE.search(title):
        if _FREE_ONLY_IF.search(title):
            raise RejectionError(Reason.PRICE_CONDITIONAL, "free only under a condition")
        return Decimal(0), known or home_currency
    if _FREE_ONLY_IF.search(title) or Role.MONTHLY in roles or _CONDITIONAL.search(title):
        raise RejectionError(Reason.PRICE_CONDITIONAL, "the price holds under a condition only")
    is_percent = bool(re.search(r"\d\s?%", title))
    if Role.SAVING in roles and not is_percent:
        raise RejectionError(Reason.PRICE_CONDITIONAL, "a saving, not a price")
    is_sale = bool(_SALE.search(title)) or extras.get("deal_type", "") == "sale"
    if not is_sale:
        amount_of_body = _from_body(body)
        if amount_of_body is not None:
            return amount_of_body.value, known or _resolved(amount_of_body.currency, dollar)
        if _ARTICLE.search(title):
            raise RejectionError(Reason.NOT_AN_OFFER, "an article or a giveaway")
    if Role.UNIT in roles:
        raise RejectionError(Reason.PRICE_AMBIGUOUS, "a price per unit only")
    raise RejectionError(Reason.PRICE_MISSING, "no price")


def _the_one(title: str, priced: Sequence[Amount]) -> Amount:
    """The price among several amounts that could be it."""
    summed = [a for a in priced if _EQUALS.search(title[max(0, a.start - 4) : a.start])]
    if summed:
        return summed[-1]
    distinct = {(amount.value, amount.currency) for amount in priced}
    if len(distinct) == 1:
        return priced[0]
    cued = [a for a in priced if _CUE.search(title[max(0, a.start - 16) : a.start])]
    if len(cued) == 1:
        return cued[0]
    minus = [
        a for a in priced if re.search(r"[-\u2212]\s*$", title[: a.start]) and a is not priced[0]
    ]
    if len(priced) - len(minus) == 1:
        raise RejectionError(Reason.PRICE_AMBIGUOUS, "a price less a sum, without the result")
    raise RejectionError(Reason.PRICE_AMBIGUOUS, f"{len(distinct)} different prices")


def _from_body(body: str) -> Amount | None:
    """The price of a body: the only one, or the only one with a word that says so."""
    found = list(amounts(body[:1500]))
    roles = [role_of(body, a, b) for a, b in zip(found, [None, *found], strict=False)]
    if found and Role.FROM in roles and Role.PRICE not in roles:
        raise RejectionError(Reason.PRICE_AMBIGUOUS, "only a lowest price of several")
    priced = [a for a, role in zip(found, roles, strict=True) if role is Role.PRICE and a.value > 0]
    cued = [a for a in priced if _CUE.search(body[max(0, a.start - 20) : a.start])]
    for candidates in (priced, cued):
        if len({(amount.value, amount.currency) for amount in candidates}) == 1:
            return candidates[0]
    if len(priced) > 1:
        raise RejectionError(Reason.PRICE_AMBIGUOUS, f"{len(priced)} amounts, no single price")
    return None


def _list_value(
    title: str, body: str, extras: Mapping[str, str], value: Decimal, currency: str, dollar: str
) -> Decimal | None:
    """The first claimed former price above the price."""
    claimed = next(amounts(extras.get("list_price", "")[:60]), None)
    claims = [claimed] if claimed else []
    for text in (title, body[:1500]):
        found = list(amounts(text))
        claims += [
            amount
            for amount, previous in zip(found, [None, *found], strict=False)
            if role_of(text, amount, previous) is Role.LIST
        ]
    for claim in claims:
        if value < claim.value <= MAX_PRICE and _resolved(claim.currency, dollar) == currency:
            return claim.value
    return None


def _resolved(currency: str, dollar: str) -> str:
    return dollar if currency == DOLLAR else currency
