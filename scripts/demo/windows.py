"""Figures of windows, as the demo reads them: the last revision of each."""

from collections.abc import Iterable, Mapping
from typing import Any

EVERYTHING = "*"
Record = Mapping[str, Any]


def latest(revisions: Iterable[Record]) -> dict[str, Record]:
    """The last revision of each window, by window_id."""
    windows: dict[str, Record] = {}
    for each in revisions:
        known = windows.get(each["window_id"])
        if known is None or known["revision"] <= each["revision"]:
            windows[each["window_id"]] = each
    return windows


def summarised(windows: Iterable[Record]) -> int:
    """How many deals are in a tumbling window of all categories: each is in one."""
    return sum(
        each["deals"]
        for each in windows
        if each["category"] == EVERYTHING and each["window_kind"] == "tumbling"
    )


def newest_with_best(windows: Iterable[Record]) -> Record | None:
    """The newest sliding window of all categories that has a best deal."""
    found = [
        each
        for each in windows
        if each["category"] == EVERYTHING and each["window_kind"] == "sliding" and each["best"]
    ]
    return max(found, key=lambda each: each["window_end"], default=None)


def too_late(letters: Iterable[Record]) -> int:
    """Deals that no window of all categories has, by their dead letters."""
    return len(
        {
            (each["partition"], each["offset"])
            for each in letters
            if each["reason"] == "window_closed"
            and each["detail"].startswith(f"category {EVERYTHING}:")
        }
    )
