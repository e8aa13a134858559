"""Make neighbours.npz of a model folder: hashes and prices of the products of train.

python -m models.index [--data DIR] [--model models/fair-price-v1]
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models import data, export
from models.data import Products
from models.trained import hashed
from udfs.pricing import neighbours
from udfs.pricing.features import Vocabularies
from udfs.pricing.model import ModelError, checked, read_manifest


def write(folder: Path, products: Products) -> None:
    """Write the index of these products and enter it into the manifest."""
    manifest = read_manifest(folder)
    checked(folder, manifest, "vocabulary.npz")
    vocabularies = Vocabularies.load(folder / "vocabulary.npz")
    rows = vocabularies.features(hashed(products)).words
    packed = neighbours.pack(vocabularies.words, rows, products.price_usd)
    sha = np.array(manifest["files"]["vocabulary.npz"]["sha256"])
    np.savez_compressed(folder / neighbours.FILE, vocabulary_sha256=sha, **packed)
    kept = ("trained", "metrics", "deal_score")
    export.write_manifest(folder, {key: manifest[key] for key in kept if key in manifest})


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the index."""
    parser = argparse.ArgumentParser(
        prog="python -m models.index", description="Index the products of train as neighbours."
    )
    parser.add_argument("--data", type=Path, default=data.DEFAULT_FOLDER)
    parser.add_argument("--model", type=Path, default=Path("models/fair-price-v1"))
    options = parser.parse_args(arguments)
    try:
        write(options.model, data.load(options.data)["train"])
    except (data.DataError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2
    size = (options.model / neighbours.FILE).stat().st_size
    print(f"{options.model / neighbours.FILE}: {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
