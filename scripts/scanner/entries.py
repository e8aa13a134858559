"""A feed's bytes to RawDeal records (schemas/deals.raw.avsc)."""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypedDict

import feedparser

from scripts.scanner.bodies import read_body
from scripts.scanner.dialects import Item, default_zone, detect, read_extras
from scripts.scanner.feeds import Dialect, Feed
from scripts.scanner.markup import Element, FeedUnreadableError, Structure, decode, read_structure
from scripts.scanner.times import to_epoch_ms

MAX_ITEMS = 2_000
# Bounds of a record: 4 bytes a character at worst, all of it stays under Kafka's 1 MB.
MAX_SUMMARY = 100_000
MAX_TITLE = 5_000
MAX_LINK = 8_000
MAX_EXTRA = 8_000
MAX_ITEM_ID = 500
CUT_MARK = "… [cut by the scanner]"
_PREFIX = re.compile(r"<([A-Za-z][\w.-]{0,30}):|xmlns:([A-Za-z][\w.-]{0,30})\s*=")


class RawDeal(TypedDict):
    """One record of deals.raw; times are UTC epoch milliseconds."""

    source: str
    feed_url: str
    item_id: str
    fetched_at: int
    published_at: int | None
    title: str
    link: str
    summary_html: str
    extras: dict[str, str]


@dataclass
class Reading:
    """What a feed held.

    Attributes:
        deals: In the order in which they were published, so that histories build up forwards.
        warnings: What was not right, and was survived.
    """

    dialect: Dialect
    deals: list[RawDeal] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def record_key(deal: RawDeal) -> str:
    """Key of the record in deals.raw."""
    return f"{deal['source']}:{deal['item_id']}"


def read_feed(body: bytes, feed: Feed, fetched_at: int, charset: str | None = None) -> Reading:
    """Read a feed.

    Args:
        body: The document, uncompressed.
        feed: Where it is from.
        fetched_at: UTC epoch milliseconds.
        charset: What the transport says of its encoding.

    Raises:
        FeedUnreadableError: it is no feed, or not safe to parse.
    """
    text = decode(body, charset)
    if not text.strip():
        message = "is no feed: empty"
        raise FeedUnreadableError(message)
    structure = read_structure(text)
    # A stream, for feedparser takes a string for an address, and unsanitised, for its sanitiser
    # drops the data- attributes that name the shop. What is read here is data, never shown as HTML.
    try:
        parsed = feedparser.parse(
            io.BytesIO(text.encode("utf-8", errors="replace")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # its lenient parser fails on hostile text in ways of its own
        message = f"is no feed that can be read: {type(error).__name__}"
        raise FeedUnreadableError(message) from error
    entries = parsed.entries
    if not entries and (not parsed.version or structure.error):
        message = f"is no feed: {structure.error or 'neither RSS nor Atom'}"
        raise FeedUnreadableError(message)
    reading = Reading(feed.dialect or _detect(text, parsed))
    if structure.error:
        reading.warnings.append(f"not well-formed: {structure.error}")
    if len(entries) > MAX_ITEMS:
        reading.warnings.append(f"{len(entries) - MAX_ITEMS} items over {MAX_ITEMS} left out")
    for entry, elements in _paired(entries[:MAX_ITEMS], structure):
        reading.deals.append(_deal(entry, elements, feed, reading.dialect, fetched_at))
    _separate(reading.deals)
    reading.deals.sort(key=lambda deal: deal["published_at"] or fetched_at)
    return reading


def _detect(text: str, parsed: Any) -> Dialect:
    prefixes = {(used or declared).lower() for used, declared in _PREFIX.findall(text)}
    links = [parsed.feed.get("link") or "", *(_link(entry) for entry in parsed.entries[:5])]
    return detect(prefixes, links)


def _paired(entries: list[Any], structure: Structure) -> Iterator[tuple[Any, tuple[Element, ...]]]:
    """Each entry with the elements of the same item; both parsers keep the document's order."""
    # In a sound document both must count alike; in a broken one the items before the error do.
    is_usable = structure.error is not None or len(structure.items) >= len(entries)
    for number, entry in enumerate(entries):
        known = is_usable and number < len(structure.items)
        yield entry, tuple(structure.items[number]) if known else ()


def _deal(
    entry: Any, elements: tuple[Element, ...], feed: Feed, dialect: Dialect, fetched_at: int
) -> RawDeal:
    zone = feed.timezone or default_zone(dialect)
    title = _clean(entry.get("title") or "", MAX_TITLE)
    link = _clean(_link(entry), MAX_LINK)
    summary = _clean(_summary(entry), MAX_SUMMARY)
    # Asked for a date that is not there, a feedparser entry answers with another, and a warning.
    dates = dict(entry)
    date = "published" if dates.get("published") else "updated"
    item = Item(
        title=title,
        link=link,
        categories=tuple(tag.get("term") or "" for tag in entry.get("tags") or ()),
        elements=elements,
        body=read_body(summary),
    )
    return {
        "source": feed.name,
        "feed_url": feed.location,
        "item_id": _item_id(entry, link, title, summary),
        "fetched_at": fetched_at,
        "published_at": to_epoch_ms(dates.get(date) or "", zone, dates.get(f"{date}_parsed")),
        "title": title,
        "link": link,
        "summary_html": summary,
        "extras": {
            key: _clean(value, MAX_EXTRA) for key, value in read_extras(dialect, item, zone).items()
        },
    }


def _link(entry: Any) -> str:
    # Behind a feed proxy the item's own address is the one that lasts.
    return str(entry.get("feedburner_origlink") or entry.get("link") or "").strip()


def _summary(entry: Any) -> str:
    bodies = [part.get("value") or "" for part in entry.get("content") or ()]
    return max([entry.get("summary") or "", *bodies], key=len)


def _item_id(entry: Any, link: str, title: str, summary: str) -> str:
    """The guid, else the link, else a hash of the item; long ones end in a hash of themselves."""
    own = _clean(str(entry.get("id") or ""), MAX_LINK).strip() or link
    if not own:
        return f"sha256-{_digest(title + summary)}"
    return own if len(own) <= MAX_ITEM_ID else f"{own[: MAX_ITEM_ID - 33]}#{_digest(own)}"


def _separate(deals: list[RawDeal]) -> None:
    """Give items of one document that share an id ids of their own, and drop exact repetitions.

    The first keeps the id; the others get a hash of their link and title added.
    """
    seen: dict[str, RawDeal] = {}
    kept = []
    for deal in deals:
        first = seen.get(deal["item_id"])
        if first is not None and first != deal:
            own = _digest(deal["link"] + "\n" + deal["title"])
            deal["item_id"] = f"{deal['item_id'][: MAX_ITEM_ID - 33]}#{own}"
        if seen.setdefault(deal["item_id"], deal) is deal:
            kept.append(deal)
    deals[:] = kept


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _clean(text: str, limit: int) -> str:
    """Text that UTF-8 can carry, without NUL, at most `limit` characters."""
    text = text.encode("utf-8", errors="replace").decode().replace("\0", "")
    return text if len(text) <= limit else text[: limit - len(CUT_MARK)] + CUT_MARK
