"""What the scanner remembers between scans.

An item counts as seen only once the broker has acknowledged it, and a feed's validators are kept
only once all of its items are: after a crash in between, the scan is simply done again.
"""

import fcntl
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from scripts.scanner.bodies import read_body
from scripts.scanner.entries import RawDeal, record_key
from scripts.scanner.feeds import Feed
from scripts.scanner.fetching import Validators

VERSION = 1
# The oldest are forgotten first, and sent again should a feed still show them.
MAX_ITEMS_PER_SOURCE = 5_000
# Moves at every scan without the offer being another.
_VOLATILE = re.compile(r"Thumb Score:\s*[+-]?\d+|\A\s*-?\d+\s*°\s*-?")
_VOLATILE_EXTRAS = {"temperature", "revised_at"}


class StateInUseError(Exception):
    """Another scanner works with the same memory."""


class Novelty(StrEnum):
    """What an item is to the scanner."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass
class FeedState:
    """What is known of a feed.

    Attributes:
        due_at_s: When to scan it next, Unix time; 0 = now.
        failures: In a row.
    """

    etag: str | None = None
    last_modified: str | None = None
    due_at_s: float = 0.0
    failures: int = 0

    @property
    def validators(self) -> Validators:
        """For a conditional GET."""
        return Validators(self.etag, self.last_modified)


@dataclass
class State:
    """Feeds and items seen so far.

    Attributes:
        feeds: By Feed.key.
        items: By source: item id to hash of its content, least recently seen first.
        warning: What was wrong with the file that was read.
        acknowledged: (source, item id) of what was acknowledged and not yet kept elsewhere.
    """

    feeds: dict[str, FeedState] = field(default_factory=dict)
    items: dict[str, dict[str, str]] = field(default_factory=dict)
    warning: str | None = None
    acknowledged: set[tuple[str, str]] = field(default_factory=set, compare=False)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The state in a file; a new one if there is none.

        An unreadable file is put aside as *.broken: without a memory everything is sent again,
        which the jobs take for the repetition it is.
        """
        try:
            return cls._of(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return cls()
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            broken = path.with_name(path.name + ".broken")
            path.replace(broken)
            return cls(warning=f"{path} is unreadable ({error}): kept as {broken}, starting anew")

    @classmethod
    def _of(cls, document: dict[str, Any]) -> Self:
        if document["version"] != VERSION:
            message = f"version {document['version']!r} is not {VERSION}"
            raise ValueError(message)
        state = cls({key: FeedState(**feed) for key, feed in document["feeds"].items()})
        for source, items in document["items"].items():
            state.items[source] = {str(item_id): str(digest) for item_id, digest in items.items()}
        return state

    def save(self, path: Path) -> None:
        """Write the file whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {
            "version": VERSION,
            "feeds": {key: asdict(feed) for key, feed in self.feeds.items()},
            "items": self.items,
        }
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name + ".")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(document, file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:  # whatever ended the write, its half must not stay
            Path(name).unlink(missing_ok=True)
            raise

    def of_feed(self, feed: Feed) -> FeedState:
        """What is known of a feed; can be changed in place."""
        return self.feeds.setdefault(feed.key, FeedState())

    def novelty(self, deal: RawDeal) -> Novelty:
        """What an item is, compared with what was acknowledged of it last."""
        known = self.items.get(deal["source"], {}).get(deal["item_id"])
        if known is None:
            return Novelty.NEW
        return Novelty.UNCHANGED if known == content_hash(deal) else Novelty.CHANGED

    def acknowledge(self, deal: RawDeal) -> None:
        """The item is safely with the broker, or was before and is still shown."""
        items = self.items.setdefault(deal["source"], {})
        items.pop(deal["item_id"], None)
        items[deal["item_id"]] = content_hash(deal)
        self.acknowledged.add((deal["source"], deal["item_id"]))
        while len(items) > MAX_ITEMS_PER_SOURCE:
            del items[next(iter(items))]


def content_hash(deal: RawDeal) -> str:
    """Hash of what makes an item the offer that it is.

    Left out is what changes at every scan: the community's score, and the query of links, which
    carries tracking tokens.
    """
    extras = {
        key: _without_query(value) if key == "target_url" else value
        for key, value in deal["extras"].items()
        if key not in _VOLATILE_EXTRAS
    }
    seen = [
        record_key(deal),
        _VOLATILE.sub("", deal["title"]),
        _without_query(deal["link"]),
        _VOLATILE.sub("", read_body(deal["summary_html"]).text),
        sorted(extras.items()),
    ]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:24]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other scanners from a state file.

    Raises:
        StateInUseError: one is at work with it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            message = f"another scanner works with {path}: stop it, or choose another --state"
            raise StateInUseError(message) from error
        yield


def _without_query(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
