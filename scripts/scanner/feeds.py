"""Which feeds to scan, and what their deals are called."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import tldextract

DEFAULT_INTERVAL_S = 300.0
SUFFIXES = (".xml", ".rss", ".atom")
_KEYS = {"name", "url", "path", "interval_s", "dialect", "timezone"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# slickdeals-2016-11-18, slickdeals_20161118
_CAPTURE_DATE = re.compile(r"[-_. ]\d{4}[-_.]?\d{2}[-_.]?\d{2}.*$")
# The bundled list of public suffixes: no network, no cache on disk.
split_host = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


class Dialect(StrEnum):
    """How a feed says what a deal is."""

    SLICKDEALS = "slickdeals"
    PEPPER = "pepper"
    DEALNEWS = "dealnews"
    OZBARGAIN = "ozbargain"
    SHOP = "shop"


class FeedConfigError(Exception):
    """The list of feeds cannot be used; names file, feed and key."""


@dataclass(frozen=True)
class Feed:
    """One feed.

    Attributes:
        name: Source of its deals: letters, digits, - and _.
        location: An http(s) URL, or the path of a file.
        interval_s: Seconds between two scans, > 0.
        dialect: None = recognised by the feed itself.
        timezone: Of dates that carry none; None = the dialect's own.
    """

    name: str
    location: str
    interval_s: float = DEFAULT_INTERVAL_S
    dialect: Dialect | None = None
    timezone: ZoneInfo | None = None

    @property
    def is_remote(self) -> bool:
        """It is fetched over HTTP."""
        return is_url(self.location)

    @property
    def key(self) -> str:
        """What tells it from every other feed."""
        return f"{self.name} {self.location}"


def is_url(text: str) -> bool:
    """Whether it is a URL rather than a path; other schemes than http(s) count and fail later."""
    return "://" in text


def source_name(location: str) -> str:
    """The name for a feed that has no other.

    >>> source_name("captures/slickdeals-2016-11-18.xml")
    'slickdeals'
    >>> source_name("https://feeds.hotukdeals.com/rss/new")
    'hotukdeals'
    """
    if is_url(location):
        host = urlsplit(location).hostname or ""
        name = split_host(host).domain or host
    else:
        name = _CAPTURE_DATE.sub("", Path(location).stem)
    name = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-_")
    return name[:64] or "feed"


def feeds_of(locations: Iterable[str]) -> list[Feed]:
    """Feeds named on a command line: files, folders of *.xml, *.rss and *.atom, and URLs.

    Raises:
        FeedConfigError: a path does not exist, or a folder has no feed.
    """
    feeds = []
    for location in locations:
        for place in [location] if is_url(location) else _files(Path(location)):
            feeds.append(Feed(source_name(place), place))
    return feeds


def load_feeds(config: Path) -> list[Feed]:
    """The feeds of a TOML file (local/feeds.toml describes the keys).

    Raises:
        FeedConfigError: names the file, the feed and the key that is wrong.
    """
    try:
        document = tomllib.loads(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{config}: {error}"
        raise FeedConfigError(message) from error
    tables = document.get("feed")
    if not isinstance(tables, list) or not tables or set(document) != {"feed"}:
        message = f"{config}: must hold one or more [[feed]] tables and nothing else"
        raise FeedConfigError(message)
    feeds: list[Feed] = []
    for number, table in enumerate(tables, start=1):
        try:
            feeds.extend(_feeds_of_table(table, config.parent))
        except (FeedConfigError, ValueError, KeyError, TypeError) as error:
            message = f"{config}: feed {number}: {error}"
            raise FeedConfigError(message) from error
    names = [feed.name for feed in feeds]
    for name in names:
        if names.count(name) > 1:
            message = f"{config}: name: {name!r} is used twice"
            raise FeedConfigError(message)
    return feeds


def _feeds_of_table(table: Any, folder: Path) -> list[Feed]:
    if not isinstance(table, dict):
        message = "is not a table"
        raise FeedConfigError(message)
    if unknown := sorted(set(table) - _KEYS):
        message = f"{unknown[0]}: unknown key"
        raise FeedConfigError(message)
    if ("url" in table) == ("path" in table):
        message = "url, path: give exactly one of them"
        raise FeedConfigError(message)
    for key in ("name", "url", "path", "dialect", "timezone"):
        if not isinstance(table.get(key, ""), str):
            message = f"{key}: must be text"
            raise FeedConfigError(message)
    if not _NAME.fullmatch(table.get("name", "")):
        message = "name: must be 1 to 64 letters, digits, - or _"
        raise FeedConfigError(message)
    interval_s = table.get("interval_s", DEFAULT_INTERVAL_S)
    if not isinstance(interval_s, int | float) or not 1 <= interval_s <= 30 * 86400:
        message = "interval_s: must be a number from 1 to 2592000"
        raise FeedConfigError(message)
    dialect = table.get("dialect")
    if dialect is not None and dialect not in list(Dialect):
        message = f"dialect: must be one of {', '.join(Dialect)}"
        raise FeedConfigError(message)
    if "url" in table:
        if urlsplit(table["url"]).scheme not in ("http", "https"):
            message = "url: must begin with http:// or https://"
            raise FeedConfigError(message)
        places = {table["name"]: table["url"]}
    else:
        files = _files(folder / table["path"])
        is_folder = (folder / table["path"]).is_dir()
        places = {
            f"{table['name']}-{source_name(file)}" if is_folder else table["name"]: file
            for file in files
        }
    return [
        Feed(
            name,
            place,
            float(interval_s),
            None if dialect is None else Dialect(dialect),
            _zone(table["timezone"]) if "timezone" in table else None,
        )
        for name, place in places.items()
    ]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        message = f"timezone: {name!r} is no IANA time zone"
        raise FeedConfigError(message) from error


def _files(path: Path) -> list[str]:
    """The feed files at a path; one, if it is a file."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
        if not files:
            message = f"{path}: holds no {', '.join('*' + suffix for suffix in SUFFIXES)}"
            raise FeedConfigError(message)
        return [str(file) for file in files]
    if not path.is_file():
        message = f"{path}: no such file or folder"
        raise FeedConfigError(message)
    return [str(path)]
