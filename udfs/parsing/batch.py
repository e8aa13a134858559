"""A batch of feed items, as Flink hands them over."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pandas as pd

from udfs.parsing.deal import ParsedDeal, parse_deal
from udfs.parsing.facts import EARLIEST_MS, LATEST_EXPIRY_MS
from udfs.parsing.prices import Reason, RejectionError
from udfs.parsing.rates import Rates
from udfs.parsing.text import encodable

_FIELDS = tuple(field.name for field in fields(ParsedDeal))
COLUMNS = (*_FIELDS, "reason", "detail")
_TEXTS = ("source", "item_id", "title", "link", "summary_html")
_INPUTS = (*_TEXTS, "fetched_at", "published_at", "extras_json")


def parse_batch(frame: pd.DataFrame, rates: Rates) -> pd.DataFrame:
    """Parse every row; none is lost and none fails the others.

    Args:
        frame: source, item_id, fetched_at, published_at (ms or missing), title, link,
            summary_html, extras_json (a JSON object of texts, or missing).
        rates: For prices in other currencies.

    Returns:
        COLUMNS, a row for each row and in their order, with the same index. `reason` and `detail`
        are None for a priced offer; every other column is None for a rejected item. Every text
        can be written as UTF-8.
    """
    columns = (frame[name].tolist() for name in _INPUTS)
    rows = [
        _parse(dict(zip(_INPUTS, row, strict=True)), rates) for row in zip(*columns, strict=True)
    ]
    values = zip(*rows, strict=True) if rows else ([] for _ in COLUMNS)
    return pd.DataFrame(
        {name: list(column) for name, column in zip(COLUMNS, values, strict=True)},
        index=frame.index,
        dtype=object,
    )


def _parse(raw: dict[str, Any], rates: Rates) -> tuple[Any, ...]:
    """The row of COLUMNS for a row of _INPUTS."""
    for name in _TEXTS:
        raw[name] = encodable(raw[name]) if isinstance(raw[name], str) else ""
    raw["published_at"] = _ms(raw["published_at"])
    fetched_at = _ms(raw["fetched_at"])
    if fetched_at is None:
        return _rejected(Reason.TIME_INVALID, "no time of reading")
    raw["fetched_at"] = fetched_at
    try:
        deal = parse_deal(raw, _extras(raw["extras_json"]), rates)
    except RejectionError as error:
        return _rejected(error.reason, error.detail)
    return (*(getattr(deal, name) for name in _FIELDS), None, None)


def _rejected(reason: Reason, detail: str) -> tuple[Any, ...]:
    return (*(None for _ in _FIELDS), str(reason), detail)


def _ms(value: Any) -> int | None:
    """Epoch ms; None where it is missing or no time of a feed."""
    try:
        return int(value) if EARLIEST_MS <= value <= LATEST_EXPIRY_MS else None
    # pandas writes a missing value as None, NaN or NA.
    except TypeError:
        return None


def _extras(text: Any) -> Mapping[str, str]:
    if not isinstance(text, str):
        return {}
    try:
        pairs = json.loads(text)
    # Brackets without end, or numbers of more digits than Python converts.
    except (ValueError, RecursionError):
        return {}
    if not isinstance(pairs, dict):
        return {}
    return {key: encodable(value) for key, value in pairs.items() if isinstance(value, str)}
