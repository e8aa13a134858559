"""Price the offers of a CSV file with the very code of the jobs.

    python -m models.score --in titles.csv --out prices.csv [--model DIR] [--size accurate]

Needs the columns title, brand, category (empty cells are unknown); keeps every column as it is and
adds p10, p50, p90 in USD, empty where there is no estimate. With a column offer_usd, and with or
without list_usd, it adds deal_score, too: the probability that the offer is at least 30 % below its
fair price; empty where the offer is no number or there is no estimate.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models import table
from models.speed import rows_per_core_s
from udfs.pricing.artefact import ModelError
from udfs.pricing.deal_score import DealScore
from udfs.pricing.model import FairPriceModel, Size

NEEDED = ("title", "brand", "category")
ADDED = ("p10", "p50", "p90")
OFFER, LIST, SCORE = "offer_usd", "list_usd", "deal_score"


def added(columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that scoring adds to these."""
    return (*ADDED, SCORE) if OFFER in columns else ADDED


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, price, write; print how many rows and how fast."""
    parser = argparse.ArgumentParser(
        prog="python -m models.score", description="Price the offers of a CSV file."
    )
    parser.add_argument("--in", dest="source", type=Path, required=True, metavar="CSV")
    parser.add_argument("--out", type=Path, required=True, metavar="CSV")
    parser.add_argument("--model", type=Path, default=Path(__file__).parent / "fair-price-v2")
    parser.add_argument("--size", type=Size, choices=list(Size), default=Size.FAST)
    parser.add_argument("--batch", type=int, default=256)
    options = parser.parse_args(arguments)
    if options.batch < 1:
        parser.error("--batch must be at least 1")
    try:
        columns, rows = table.read(options.source, NEEDED, added)
        model = FairPriceModel.load(options.model, options.size)
        deal_score = DealScore.load(options.model, options.size) if OFFER in columns else None
    except (table.TableError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2
    titles, brands, categories = ([row[name] for row in rows] for name in NEEDED)
    found, speed = rows_per_core_s(model, titles, brands, categories, options.batch)
    for row, answer in zip(rows, found.tolist(), strict=True):
        row.update(
            {
                name: "" if np.isnan(value) else f"{value:.2f}"
                for name, value in zip(ADDED, answer, strict=True)
            }
        )
    unscored = ""
    if deal_score is not None:
        no_history = np.zeros(len(rows), bool)
        score = deal_score.probability(
            table.amounts(rows, OFFER), table.amounts(rows, LIST), found, no_history
        )
        for row, value in zip(rows, score.tolist(), strict=True):
            row[SCORE] = "" if np.isnan(value) else f"{value:.4f}"
        unscored = f", {np.isnan(score).sum():,} without deal score"
    try:
        table.write(options.out, [*columns, *added(columns)], rows)
    except table.TableError as error:
        print(error, file=sys.stderr)
        return 2
    without = int(np.isnan(found[:, 1]).sum())
    print(
        f"{options.out}: {len(rows):,} offers priced by {model.version} ({options.size}), "
        f"{without:,} without estimate{unscored}; "
        f"{speed:,.0f} rows/core-s in batches of {options.batch}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
