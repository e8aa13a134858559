"""Tell which pairs of offers of a CSV file are one product, with the very code of the jobs.

    python -m models.match --pairs pairs.csv --out matched.csv [--model models/product-match-v1]

Needs the columns left_title and right_title; uses, where they are, brand, model and price (USD) of
both sides, and left_id and right_id: a shop has one offer of a product, so each offer is in at most
one pair that is the same. Keeps every column and adds `same` (0 or 1) and `score`, the probability
that two offers are one product.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models import table
from udfs.matching.matcher import ProductMatcher, one_to_one
from udfs.matching.offer import Offer
from udfs.parsing.facts import brand_in, condition_of, model_number_in
from udfs.parsing.identity import brand_of, product_key, signature
from udfs.parsing.model_numbers import model_number_of
from udfs.parsing.text import title_text
from udfs.parsing.titles import clean_title
from udfs.pricing.artefact import ModelError

NEEDED = ("left_title", "right_title")
ADDED = ("same", "score")
DEFAULT_FOLDER = Path(__file__).parent / "product-match-v1"


def offers(rows: list[table.Row], side: str, *, titles_only: bool = False) -> list[Offer]:
    """The offers of one side, read as the parser reads an item."""
    prices = table.amounts(rows, f"{side}_price")
    found: dict[tuple[str, str, str, float], Offer] = {}
    listed = []
    for row, price in zip(rows, prices.tolist(), strict=True):
        brand, number = row.get(f"{side}_brand", ""), row.get(f"{side}_model", "")
        if titles_only:
            brand = number = ""
        key = (row[f"{side}_title"], brand, number, price)
        if key not in found:
            whole = title_text(key[0])
            found[key] = Offer.read(
                clean_title(whole),
                brand_in({"brand": brand}),
                model_number_in({"model_number": number}),
                price,
                condition_of(whole, {}),
            )
        listed.append(found[key])
    return listed


def keys(rows: list[table.Row], side: str, *, titles_only: bool = False) -> list[str]:
    """The product keys of one side, as the parser makes them."""
    found = []
    for row in rows:
        extras: dict[str, str] = {}
        if not titles_only:
            extras["brand"] = row.get(f"{side}_brand", "")
            extras["model_number"] = row.get(f"{side}_model", "")
        whole = title_text(row[f"{side}_title"])
        name = clean_title(whole)
        brand = brand_in(extras) or brand_of(name)
        number = model_number_in(extras) or model_number_of(name)
        found.append(product_key(name, brand, number, condition_of(whole, {})))
    return found


def has_same_words(row: table.Row) -> bool:
    """Whether both titles of a pair hold the same words."""
    left, right = (signature(title_text(row[f"{side}_title"])) for side in _SIDES)
    return left == right


def same(
    matcher: ProductMatcher, rows: list[table.Row], scores: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """(n,) whether each pair is one product."""
    chosen = scores >= matcher.same_from
    if rows and "left_id" in rows[0] and "right_id" in rows[0]:
        sides = ([(row.get("dataset"), row[f"{side}_id"]) for row in rows] for side in _SIDES)
        chosen &= one_to_one(scores, *sides)
    return chosen


_SIDES = ("left", "right")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, score, write; print how many and how fast."""
    parser = argparse.ArgumentParser(
        prog="python -m models.match", description="Which pairs of offers are one product."
    )
    parser.add_argument("--pairs", type=Path, required=True, metavar="CSV")
    parser.add_argument("--out", type=Path, required=True, metavar="CSV")
    parser.add_argument("--model", type=Path, default=DEFAULT_FOLDER)
    options = parser.parse_args(arguments)
    try:
        columns, rows = table.read(options.pairs, NEEDED, lambda _: ADDED)
        matcher = ProductMatcher.load(options.model)
        begin = time.process_time()
        scores = matcher.scores(*(offers(rows, side) for side in _SIDES))
        chosen = same(matcher, rows, scores)
        spent_s = time.process_time() - begin
        for row, is_same, score in zip(rows, chosen.tolist(), scores.tolist(), strict=True):
            row.update(same=str(int(is_same)), score=f"{score:.4f}")
        table.write(options.out, [*columns, *ADDED], rows)
    except (table.TableError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2
    speed = f"{len(rows) / spent_s:,.0f} pairs/core-s" if rows else "no pairs"
    print(
        f"{options.out}: {len(rows):,} pairs, {chosen.sum():,} the same by {matcher.version}"
        f" (from {matcher.same_from:.3f}); {speed}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
