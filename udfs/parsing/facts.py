"""The smaller facts of an offer: state of the item, coupon, end, time, score."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from udfs.parsing.hinted import Hinted

_DAY_MS = 24 * 3600 * 1000
# Nothing was sold in a feed before.
EARLIEST_MS = 946_684_800_000  # 2000-01-01
LATEST_EXPIRY_MS = 4_102_444_800_000  # 2100-01-01

_STATES = (
    ("refurbished", Hinted(
        r"\brefurb\w*|\brenewed\b|\breconditioned|\bgeneralüberholt|\bremanufactured"
        r"|\breconditionn|\bfactory recertified|\brecertified",
        "refurb", "renewed", "recondition", "remanufactured", "recertified", "generalüberholt")),
    ("open_box", Hinted(
        r"\bopen[- ]?box\b|\bb-ware\b|\bex[- ]display|\bex[- ]demo",
        "open", "b-ware", "display", "demo")),
    ("used", Hinted(
        r"^\W{0,20}used\b|[(\[]\s{0,3}(?:used|pre-?owned)\b|\bpre-?owned\b|\bused[ -]+"
        r"(?:like|very|good|acceptable)|\bsecond[- ]?hand|\bgebraucht",
        "used", "owned", "second", "gebraucht")),
)  # fmt: skip
_CODE = Hinted(
    r"\b(?:gutschein)?(?:code|coupon|gutschein|voucher|promo)\b[\s:]{1,3}[\"'“„]?"
    r"(?-i:(?P<code>[A-Z0-9][A-Z0-9-]{3,24}))(?![\w-])",
    *("code", "coupon", "gutschein", "voucher", "promo"),
)
_CODE_FIRST = re.compile(r"\b(?P<code>[A-Z][A-Z0-9]{4,24})\b[\"'”]?\s{1,3}(?:code|coupon)\b")
_EXPIRED = re.compile(
    r"^\W{0,20}(?:\d+°\s{0,3}-\s{0,3})?\W{0,20}(?:expired|abgelaufen|ended|dead)\b\W", re.IGNORECASE
)
_SPACES = re.compile(r"\s+")
_NAMELESS = frozenset(("generic", "unbranded", "no brand", "none", "n/a", "unknown", "other"))
_MODEL_NUMBER = re.compile(r"(?=[^0-9]{0,30}[0-9])(?=.{4,30}$)[A-Za-z0-9][\w./#-]+", re.ASCII)
_GENERIC_CATEGORY = re.compile(
    r"front\s?page|popular|hot deals|^deals?$|^all\b|home page", re.IGNORECASE
)


def condition_of(title: str, extras: Mapping[str, str]) -> str:
    """new, open_box, refurbished or used; an item of which nobody says more is new."""
    for text in (extras.get("condition", ""), title):
        for state, pattern in _STATES:
            if pattern.search(text):
                return state
    return "new"


def brand_in(extras: Mapping[str, str]) -> str | None:
    """The brand that a shop's own feed names, in small letters, or None."""
    words = _SPACES.sub(" ", extras.get("brand", "")).strip().casefold()
    return words[:60] if words and words not in _NAMELESS else None


def model_number_in(extras: Mapping[str, str]) -> str | None:
    """The manufacturer's number that a shop's own feed names; None where it is none, or words."""
    text = extras.get("model_number", "").strip()
    return text if _MODEL_NUMBER.fullmatch(text) else None


def coupon_of(title: str, body: str, extras: Mapping[str, str]) -> str | None:
    """The code that the buyer enters, or None."""
    if code := extras.get("coupon", "").strip():
        return code[:40]
    for text in (title, body[:1500]):
        found = _CODE.search(text) or _CODE_FIRST.search(text)
        if found and re.search(r"[A-Z]", found["code"]):
            return found["code"]
    return None


def expiry_ms(extras: Mapping[str, str]) -> int | None:
    """End of the offer in UTC epoch ms; None where it is not said or not readable."""
    text = extras.get("expires", "")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    at = round(moment.timestamp() * 1000)
    return at if EARLIEST_MS <= at <= LATEST_EXPIRY_MS else None


def is_expired(title: str, extras: Mapping[str, str], expires_at: int | None, now_ms: int) -> bool:
    """Whether the offer was over when it was read."""
    return (
        extras.get("expired", "").lower() == "true"
        or bool(_EXPIRED.match(title))
        or (expires_at is not None and expires_at < now_ms)
    )


def observed_at(fetched_at: int, published_at: int | None, extras: Mapping[str, str]) -> int | None:
    """Event time in UTC epoch ms: when this price was true; None if no time given is possible."""
    revised = extras.get("revised_at", "")
    if revised.isascii() and revised.isdigit() and len(revised) <= 15:
        at = int(revised)
    elif published_at is not None and published_at <= fetched_at:
        at = published_at
    else:
        at = fetched_at
    return at if EARLIEST_MS <= at <= fetched_at + _DAY_MS else None


def temperature_of(extras: Mapping[str, str]) -> int | None:
    """Community score, or None."""
    text = extras.get("temperature", "").strip()
    return int(text) if re.fullmatch(r"[+-]?\d{1,7}", text, re.ASCII) else None


def category_of(extras: Mapping[str, str]) -> str | None:
    """Category, unless the feed only says that it is a deal."""
    text = extras.get("category", "").strip()[:80]
    return text if text and not _GENERIC_CATEGORY.search(text) else None
