"""The price of an offer: what the buyer pays for the item, or why there is none."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from udfs.parsing.amounts import DOLLAR, KRONE, Amount, amounts, read_number
from udfs.parsing.hinted import Hinted
from udfs.parsing.roles import Role, Said, said_in

# Nothing that a feed of deals offers costs more; a longer number is a phone number or an attack.
MAX_PRICE = Decimal(10_000_000)
# The price of a body stands at its beginning; further down are other offers.
MAX_PRICED_CHARS = 1_500
MAX_LEAD_CHARS = 600


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


_FREE_VALUE = re.compile(r"free!?|kostenlos|gratis|gratuit|umsonst", re.IGNORECASE)
_ZERO = re.compile(
    r"[^\d\w]{0,3}[a-z$]{0,4}\s?0(?:[.,]0{1,4})?\W{0,3}[a-zł]{0,4}|" + _FREE_VALUE.pattern,
    re.IGNORECASE,
)
_FREE = re.compile(
    r"(?<![\w+&-])(?<!\bget one )(?<!\bone )(?<!\b[+&] )(?<!\bgluten )(?<!\bsugar )(?<!\bfat )"
    r"(?<!\bhands )(?<!\bregion )(?<!\bad )(?<!\bdairy )(?<!\bcruelty )(?<!\bbpa )(?<!\btax )"
    r"(?:free|freebie|kostenlos\w{0,2}|gratis|gratuit)\b(?!-\w)(?!\s{0,3}(?:standard|2-day|next|in-store"
    r"|(?:\w+ )?(?:shipping|ship|s&h|s/h|delivery|del\b|postage|p&p|pick-?up|returns?|versand|store"
    r"|c&c|click|collect|gifts?|trials?|upgrade|installation|samples? with)))",
    re.IGNORECASE,
)
_FREE_ONLY_IF = re.compile(
    r"\b(?:after|w/|with)\s(?:(?:an? )?(?:[$£€]\d{1,4} )?(?:mail-in |mir\b|rebate)"
    r"|(?:[\w-]{1,15} ){0,3}purchase)|\bbuy (?:one|\d)"
    r"|\bbogo\b"
    r"|\bwhen you buy|\bget (?:one|\d|a|an|\w+ )\s?free|\btrade[- ]?in\b",
    re.IGNORECASE,
)
_CONDITIONAL = Hinted(
    r"\btrade[- ]?in\b|\binstall?ment|\bbill credits?|\b(?:with|w/) (?:a )?new line"
    r"|(?<!\bno )(?<!\bno-)\bcontract\b|\bmit (?:\w+-?)?vertrag|\bactivation\b|\bup-?front\b"
    r"|\bsim[- ]only\b",
    *(
        "trade",
        "instal",
        "credit",
        "new line",
        "contract",
        "vertrag",
        "activation",
        "front",
        "only",
    ),
)
_ARTICLE = re.compile(
    r"^(?:how to|why |what |when |where |guide\b|review\b|best \w+ (?:deals|of)|\d+ (?:tips|ways))"
    r"|\b(?:gift|buying) guide\b",
    re.IGNORECASE,
)
_GIVEAWAY = Hinted(
    r"\bgiveaway\b|\bsweepstakes\b|\bcompetition\s{0,3}$|\bchance to win\b|^win (?:a|an|one|[£$€])"
    r"|\bgewinnspiel\b|\bjeu concours\b|\braffle\b|\bfree (?:[\w-]+ ){0,2}trial\b",
    *("giveaway", "sweepstakes", "competition", "win", "concours", "raffle", "trial"),
)
_BONUS = re.compile(r"\bbonus\b|\bpoints\b|\bcredit\b|\bearn\b|\bfree\b|\bget\b", re.IGNORECASE)
_CONTRACT = Hinted(
    r"(?<!\bno )(?<!\bno-)\bcontract\b|\bmit (?:\w+-?)?vertrag|\b(?:with|w/) (?:a )?new line",
    *("contract", "vertrag", "new line"),
)
_TRADE_IN = Hinted(r"\btrade[- ]?in\b", "trade")
_SALE = re.compile(
    r"\b[23] (?:for|für|pour) [12]\b|\d\s?%|\bsale\b|\bclearance\b|\bcoupons?\b|\bpromo\b"
    r"|\bbogo\b|\bdeals\b",
    re.IGNORECASE,
)
_GIFT_TITLE = re.compile(r"\bgift ?cards?\b|\be-?gift\b", re.IGNORECASE)
# Words before an amount in a body that say: this is what it costs.
_CUE = re.compile(
    r"(?:\bfor|\bat|\bprice(?: today)?:?|\bnow|\bonly|\bjust|\bpay|\bnur|\bfür|\bpour|=|>|→"
    r"|➡\ufe0f?|\bto|\btoday only"
    r"|\bon sale for|בסך|\bבמחיר|היום:|\bبسعر)[\s:]*$",
    re.IGNORECASE,
)
# A sum that is loaded on a card: "$300 Prepaid SIM $239".
_FACE_VALUE = re.compile(r"\s{0,2}(?:prepaid|starter|sim\b|top[- ]?up|recharge)", re.IGNORECASE)


def price_of(
    title: str,
    body: str,
    extras: Mapping[str, str],
    dollar: str,
    home_currency: str,
    said: Sequence[Said] | None = None,
) -> Price:
    """Decide on the price.

    Structured fields beat the title, the title beats the body.

    Args:
        title: Plain text.
        body: Plain text; struck-through prices follow "was".
        extras: RawDeal.extras.
        dollar: What "$" means in this feed, e.g. "USD".
        home_currency: Of a free item without a currency.
        said: The amounts of the title, where the caller has them.

    Raises:
        RejectionError: there is no price, or none that holds for everybody.
    """
    said = said_in(title) if said is None else said
    told = said_in(body[:MAX_PRICED_CHARS])
    known = extras.get("currency", "").strip().upper()
    if extras.get("price", "").strip():
        value, currency = _structured(extras, title, body, said, told, dollar)
    else:
        amount = _from_text(title, body, extras, said, told)
        value, currency = (Decimal(0), "") if amount is None else (amount.value, amount.currency)
    currency = known or (dollar if currency == DOLLAR else currency) or home_currency
    if not 0 <= value <= MAX_PRICE:
        raise RejectionError(Reason.PRICE_INVALID, f"the price is {value:.6g}")
    if currency == KRONE or not re.fullmatch(r"[A-Z]{3}", currency):
        raise RejectionError(Reason.CURRENCY_UNKNOWN, "the price has no known currency")
    return Price(value, currency, _list_value((*said, *told), extras, value, currency, dollar))


def _structured(
    extras: Mapping[str, str],
    title: str,
    body: str,
    said: Sequence[Said],
    told: Sequence[Said],
    dollar: str,
) -> tuple[Decimal, str]:
    """Price and currency ("" = not said) of the price field."""
    text = extras["price"].strip()[:60]
    amount = next(amounts(text), None)
    if _ZERO.fullmatch(text):
        if _CONDITIONAL.search(title) or not _says_free(title, body, text):
            raise RejectionError(Reason.PRICE_CONDITIONAL, "free only under a condition")
        return Decimal(0), "" if amount is None else amount.currency
    number = read_number(text) if amount is None else amount.value
    if number is None or not re.search(r"\d", text):
        raise RejectionError(Reason.PRICE_INVALID, "the price field holds no number")
    value = -abs(number) if re.match(r"\s{0,3}[-\u2212]", text) else number
    is_rate = any(
        item.role is Role.MONTHLY and item.amount.value == value
        for item in (*said, *(item for item in told if item.amount.start < MAX_LEAD_CHARS))
    )
    if is_rate or re.search(r"(?:/|per |pro |p/?)\s?m", text, re.IGNORECASE):
        raise RejectionError(Reason.PRICE_CONDITIONAL, "the price is a monthly rate")
    if value > 0 and _CONDITIONAL.search(title):
        raise RejectionError(Reason.PRICE_CONDITIONAL, "the price holds under a contract only")
    return value, "" if amount is None else amount.currency


def _says_free(title: str, body: str, price_text: str) -> bool:
    """0 means free only where somebody says so."""
    words = f"{title} {body[:300]}"
    return bool(_FREE.search(words) or _FREE_VALUE.fullmatch(price_text)) and not (
        _FREE_ONLY_IF.search(title)
    )


def _from_text(
    title: str,
    body: str,
    extras: Mapping[str, str],
    said: Sequence[Said],
    told: Sequence[Said],
) -> Amount | None:
    """The price in title or body; None for a free item."""
    roles = {item.role for item in said}
    priced = [item.amount for item in said if item.role is Role.PRICE]
    if _GIVEAWAY.search(title):
        raise RejectionError(Reason.NOT_AN_OFFER, "a giveaway or a trial")
    if _TRADE_IN.search(title):
        raise RejectionError(Reason.PRICE_CONDITIONAL, "the price holds with a trade-in")
    if priced:
        if _CONTRACT.search(title) or (
            _CONDITIONAL.search(title) and (priced[0].value == 0 or Role.MONTHLY in roles)
        ):
            raise RejectionError(Reason.PRICE_CONDITIONAL, "the price holds under a contract only")
        if Role.RANGE in roles and _sum(title, priced) is None:
            raise RejectionError(Reason.PRICE_AMBIGUOUS, "a range of prices")
        amount = _the_one(title, priced)
        if amount.value == 0 and not _says_free(title, body, ""):
            raise RejectionError(Reason.PRICE_CONDITIONAL, "0 without saying free")
        return amount
    if _ARTICLE.search(title):
        raise RejectionError(Reason.NOT_AN_OFFER, "an article")
    if Role.FROM in roles:
        raise RejectionError(Reason.PRICE_AMBIGUOUS, "only a lowest price of several")
    if Role.MONTHLY in roles or _CONDITIONAL.search(title):
        raise RejectionError(Reason.PRICE_CONDITIONAL, "the price holds under a contract only")
    if Role.GIFT in roles and (_GIFT_TITLE.search(title) or _BONUS.search(title)):
        raise RejectionError(Reason.NOT_AN_OFFER, "a gift card or a bonus")
    is_percent = bool(re.search(r"\d\s?%", title))
    if _FREE_ONLY_IF.search(title) and not is_percent:
        raise RejectionError(Reason.PRICE_CONDITIONAL, "free only under a condition")
    if _FREE.search(title):
        return None
    if Role.SAVING in roles and not is_percent:
        raise RejectionError(Reason.PRICE_CONDITIONAL, "a saving, not a price")
    if not _SALE.search(title) and extras.get("deal_type", "") != "sale":
        amount_of_body = _from_body(body, told)
        if amount_of_body is not None:
            return amount_of_body
    if Role.UNIT in roles:
        raise RejectionError(Reason.PRICE_AMBIGUOUS, "a price per unit only")
    raise RejectionError(Reason.PRICE_MISSING, "no price")


def _the_one(title: str, priced: Sequence[Amount]) -> Amount:
    """The price among several amounts that could be it."""
    if len({(amount.value, amount.currency) for amount in priced}) == 1:
        return priced[0]
    if summed := _sum(title, priced):
        return summed
    # What stands in brackets is about another case: "$399 (students $349)".
    open_ = [a for a in priced if not _is_bracketed(title, a)]
    loaded = [a for a in open_ or priced if not _FACE_VALUE.match(title, a.end)]
    cued = [a for a in priced if _CUE.search(title[max(0, a.start - 16) : a.start])]
    if len(priced) == 2 and not title[priced[0].end : priced[1].start].strip():
        # Mark-up gone astray: "$99 $159" is the price beside the struck-through one.
        return min(priced, key=lambda amount: amount.value)
    for candidates in (open_, loaded, cued):
        if len({(amount.value, amount.currency) for amount in candidates}) == 1:
            return candidates[0]
    raise RejectionError(Reason.PRICE_AMBIGUOUS, "several different prices")


def _sum(text: str, priced: Sequence[Amount]) -> Amount | None:
    """The result in "$379 - $20 = $359"."""
    sums = [a for a in priced if text[max(0, a.start - 4) : a.start].rstrip().endswith("=")]
    return sums[-1] if sums else None


def _is_bracketed(title: str, amount: Amount) -> bool:
    before = title[: amount.start]
    return before.count("(") > before.count(")") or before.count("[") > before.count("]")


def _from_body(body: str, told: Sequence[Said]) -> Amount | None:
    """The price of a body: the only one, or the only one with a word that says so."""
    roles = {item.role for item in told}
    priced = [item.amount for item in told if item.role is Role.PRICE and item.amount.value > 0]
    if Role.FROM in roles and not priced:
        raise RejectionError(Reason.PRICE_AMBIGUOUS, "only a lowest price of several")
    if summed := _sum(body, priced):
        return summed
    cued = [a for a in priced if _CUE.search(body[max(0, a.start - 20) : a.start])]
    for candidates in (priced, cued):
        if len({(amount.value, amount.currency) for amount in candidates}) == 1:
            return candidates[0]
    if len(priced) > 1:
        raise RejectionError(Reason.PRICE_AMBIGUOUS, f"{len(priced)} amounts, no single price")
    return None


def _list_value(
    said: Sequence[Said], extras: Mapping[str, str], value: Decimal, currency: str, dollar: str
) -> Decimal | None:
    """The first claimed former price above the price."""
    claims = [item.amount for item in said if item.role is Role.LIST]
    if listed := extras.get("list_price", ""):
        claims[:0] = list(amounts(listed[:60]))[:1]
    for claim in claims:
        claimed_in = dollar if claim.currency == DOLLAR else claim.currency
        if value < claim.value <= MAX_PRICE and claimed_in == currency:
            return claim.value
    return None
