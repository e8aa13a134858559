"""Figures of the committed model on the split "dev", beside two baselines.

    python -m models.evaluate [--data DIR] [--model models/fair-price-v2] [--write]

--write puts them into manifest.json and card.md.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models import card, data, export, figures, reliability, speed
from models.data import Products
from udfs.pricing.artefact import ModelError
from udfs.pricing.deal_score import FILE, DealScore
from udfs.pricing.model import Size


def evaluate(folder: Path, splits: dict[str, Products]) -> card.Evaluation:
    """Measure both sizes of the folder's model on dev, through the serving code."""
    dev, train = splits["dev"], splits["train"]
    price = dev.price_usd
    return card.Evaluation(
        sizes={size.value: _measured(folder, size, dev) for size in Size},
        baselines={
            "ridge TF-IDF": figures.measure(price, figures.ridge_tfidf(train, dev)),
            "category median": figures.measure(price, figures.category_median(train, dev)),
        },
        price_usd=price,
    )


def _measured(folder: Path, size: Size, dev: Products) -> card.Measured:
    model, start_s = speed.start_s(folder, size)
    found, rows_per_s = speed.rows_per_core_s(model, dev.titles, dev.brands, dev.categories)
    bare = dev.titles_only()
    found_bare, _ = speed.rows_per_core_s(model, bare.titles, bare.brands, bare.categories)
    deals = None
    if (folder / FILE).is_file():
        deals = reliability.measure(DealScore.load(folder, size), dev.price_usd, found)
    return card.Measured(
        overall=figures.measure(dev.price_usd, found),
        title_only=figures.measure(dev.price_usd, found_bare),
        by_band=figures.by_band(dev, found),
        by_source=figures.by_source(dev, found),
        by_category=figures.by_category(dev, found),
        rows_per_core_s=rows_per_s,
        start_s=start_s,
        quantiles_usd=found,
        deals=deals,
    )


def write(folder: Path, splits: dict[str, Products]) -> str:
    """Evaluate, put the figures into manifest and card, and return the tables."""
    evaluation = evaluate(folder, splits)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    about: dict[str, Any] = {"trained": manifest.get("trained", {})}
    deals = {
        name: {key: round(value, 4) for key, value in size.deals._asdict().items() if key != "bins"}
        for name, size in evaluation.sizes.items()
        if size.deals is not None
    }
    if deals:
        about["deal_score"] = deals
    about["metrics"] = {
        name: {
            key: value if value is None else round(value, 6) for key, value in row._asdict().items()
        }
        for name, row in evaluation.overall().items()
    }
    export.write_manifest(folder, about)
    card.write(folder, evaluation, about["trained"])
    return card.tables(evaluation)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m models.evaluate", description="Figures on dev, beside the baselines."
    )
    parser.add_argument("--data", type=Path, default=data.DEFAULT_FOLDER)
    parser.add_argument("--model", type=Path, default=Path("models/fair-price-v2"))
    parser.add_argument("--write", action="store_true", help="renew manifest.json and card.md")
    options = parser.parse_args(arguments)
    try:
        splits = data.load(options.data)
        if options.write:
            print(write(options.model, splits))
        else:
            print(card.tables(evaluate(options.model, splits)))
    except (data.DataError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
