"""Feeds and deals for tests: a test names only what matters to it."""

from typing import Any

from scripts.scanner.entries import RawDeal
from scripts.scanner.feeds import Feed

NOW_MS = 1_784_600_000_000


def rss(*items: str, namespaces: str = "", link: str = "https://shop.example.com/") -> bytes:
    body = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {namespaces}><channel>'
        f"<title>feed</title><link>{link}</link>{body}</channel></rss>"
    ).encode()


def item(**fields: str) -> str:
    fields = {"title": "Lamp $5", "link": "https://shop.example.com/lamp", "guid": "lamp"} | fields
    return "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())


def feed(**changes: Any) -> Feed:
    return Feed(**({"name": "shop", "location": "shop.xml"} | changes))


def deal(**changes: Any) -> RawDeal:
    base: RawDeal = {
        "source": "shop",
        "feed_url": "shop.xml",
        "item_id": "lamp",
        "fetched_at": NOW_MS,
        "published_at": NOW_MS - 60_000,
        "title": "Lamp $5",
        "link": "https://shop.example.com/lamp",
        "summary_html": "<p>A lamp for $5</p>",
        "extras": {},
    }
    return {**base, **changes}  # type: ignore[typeddict-item]
