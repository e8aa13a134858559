"""Both sizes of the committed model against the bars, on the split "dev", beside two baselines.

python -m models.bench [--data DIR] [--model models/fair-price-v2]
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models import bars, data, figures, offers, reliability, worker
from models.data import Products
from udfs.pricing.artefact import ModelError
from udfs.pricing.deal_score import DealScore
from udfs.pricing.model import FairPriceModel, Size

CELL_ROWS = 200  # price bands and sources with fewer are not judged
DEFAULT_MODEL = Path(__file__).parent / "fair-price-v2"
Found = dict[str, float | None]


def accuracy(products: Products, estimate_usd: figures.Floats) -> Found:
    """The figures of one estimate, (n,) points or (n, 3) quantiles."""
    measured = figures.measure(products.price_usd, estimate_usd)
    names = ("medape", "rmsle", "mae_usd", "within_20", "coverage", "width")
    found: Found = {name: getattr(measured, name) for name in names}
    cells = [cell.coverage for cell in judged_cells(products, estimate_usd).values()]
    held = [value for value in cells if value is not None]
    found["coverage_low"] = min(held) if held else None
    found["coverage_high"] = max(held) if held else None
    return found


def judged_cells(products: Products, estimate_usd: figures.Floats) -> dict[str, figures.Figures]:
    """Figures of each price band and source with CELL_ROWS rows or more."""
    cells = figures.by_band(products, estimate_usd) | figures.by_source(products, estimate_usd)
    return {name: cell for name, cell in cells.items() if cell.n >= CELL_ROWS}


def precision(products: Products, estimate_usd: figures.Floats) -> float:
    """Deals in the top 5 % by price against an estimate (n,), of simulated offers."""
    simulated = offers.simulate(products.price_usd, reliability.SEED)
    return offers.precision_top(-simulated.offer_usd / estimate_usd, simulated.is_deal)


def in_worker(folder: Path, size: Size, products: Products, batch: int = 256) -> Found:
    """Start, speed and memory of a process of its own."""
    order = {
        "folder": str(folder.resolve()), "size": size.value, "batch": batch,
        "titles": products.titles, "brands": products.brands, "categories": products.categories,
    }  # fmt: skip
    run = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", worker.__name__],
        input=json.dumps(order), capture_output=True, text=True, check=True,
        cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(run.stdout)
    return {name: float(value) for name, value in found.items()}


def bench(folder: Path, splits: dict[str, Products]) -> str:
    """All figures as text."""
    dev, train = splits["dev"], splits["train"]
    achieved: dict[str, Found] = {}
    notes = []
    for size in Size:
        achieved[size.value], note = of_size(folder, size, dev)
        notes.append(note)
    for name, estimate in (
        ("ridge TF-IDF", figures.ridge_tfidf(train, dev)),
        ("category median", figures.category_median(train, dev)),
    ):
        achieved[name] = accuracy(dev, estimate) | {"precision": precision(dev, estimate)}
    simulated = offers.simulate(dev.price_usd, reliability.SEED)
    by_list = offers.precision_top(-simulated.offer_usd / simulated.list_usd, simulated.is_deal)
    return "\n".join(
        [
            bars.table(achieved),
            "",
            f"dev: {len(dev.titles):,} products. Cells are price bands and sources with at least "
            f"{CELL_ROWS}. Deals in the top 5 % by list price alone: {by_list:.1f} %; by chance "
            f"{np.mean(simulated.is_deal) * 100:.1f} %.",
            *notes,
            "",
            *(f"{size}: {bars.verdict(achieved[size.value], size.value)}" for size in Size),
        ]
    )


def of_size(folder: Path, size: Size, dev: Products) -> tuple[Found, str]:
    """Figures of one size, and what else is to be said of it."""
    model = FairPriceModel.load(folder, size)
    found = model.quantiles_usd(dev.titles, dev.brands, dev.categories)
    scored = reliability.measure(DealScore.load(folder, size), dev.price_usd, found)
    figures_ = accuracy(dev, found) | in_worker(folder, size, dev)
    judged = judged_cells(dev, found)
    outside = [
        f"{name} {cell.coverage:.1f} %"
        for name, cell in judged.items()
        if cell.coverage is not None and bars.BARS["coverage_low"].reached(cell.coverage) == "none"
    ]
    few = [
        f"{name} {cell.coverage:.1f} % (n={cell.n})"
        for name, cell in (figures.by_band(dev, found) | figures.by_source(dev, found)).items()
        if cell.coverage is not None and name not in judged
    ]
    return figures_ | {"precision": scored.precision}, (
        f"{size}: cells outside the bar: {', '.join(outside) or 'none'}; too small to judge: "
        f"{', '.join(few) or 'none'}; deals, mean of {reliability.REPEATS} simulations: "
        f"{scored.precision_mean:.1f} %, without list prices {scored.precision_no_list:.1f} %; "
        f"calibration error {scored.calibration_error:.3f}."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m models.bench", description="The committed model against the bars."
    )
    parser.add_argument("--data", type=Path, default=data.DEFAULT_FOLDER)
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    options = parser.parse_args(arguments)
    try:
        print(bench(options.model, data.load(options.data)))
    except (data.DataError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
