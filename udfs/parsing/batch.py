"""A batch of feed items, as Flink hands them over."""

import json
from dataclasses import asdict, fields
from typing import Any

import pandas as pd

from udfs.parsing.deal import ParsedDeal, parse_deal
from udfs.parsing.prices import RejectionError
from udfs.parsing.rates import Rates

COLUMNS = (*(field.name for field in fields(ParsedDeal)), "reason", "detail")


def parse_batch(frame: pd.DataFrame, rates: Rates) -> pd.DataFrame:
    """Parse every row; none is lost and none fails the others.

    Args:
        frame: source, item_id, fetched_at, published_at (ms or missing), title, link,
            summary_html, extras_json (a JSON object of texts, or missing).
        rates: For prices in other currencies.

    Returns:
        COLUMNS, a row for each row and in their order, with the same index. `reason` and `detail`
        are None for a priced offer; every other column is None for a rejected item.
    """
    rows = [_parse(raw, rates) for raw in frame.to_dict("records")]
    return pd.DataFrame(
        {name: [row.get(name) for row in rows] for name in COLUMNS}, index=frame.index, dtype=object
    )


def _parse(raw: dict[str, Any], rates: Rates) -> dict[str, Any]:
    raw = {name: None if value != value else value for name, value in raw.items()}
    try:
        return asdict(
            parse_deal(
                raw | {"fetched_at": int(raw["fetched_at"]), "published_at": _ms(raw)},
                _extras(raw["extras_json"]),
                rates,
            )
        )
    except RejectionError as error:
        return {"reason": str(error.reason), "detail": error.detail}


def _ms(raw: dict[str, Any]) -> int | None:
    at = raw["published_at"]
    return None if at is None or at is pd.NA else int(at)


def _extras(text: Any) -> dict[str, str]:
    if not isinstance(text, str):
        return {}
    pairs: dict[str, Any] = json.loads(text)
    return {key: value for key, value in pairs.items() if isinstance(value, str)}
