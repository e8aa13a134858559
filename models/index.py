"""neighbours.npz of a model folder: hashes and prices of the products of train."""

from pathlib import Path

import numpy as np

from models import export
from models.data import Products
from models.trained import hashed
from udfs.pricing import neighbours
from udfs.pricing.artefact import checked, read_manifest
from udfs.pricing.features import Vocabularies


def write(folder: Path, products: Products) -> None:
    """Write the index of these products and enter it into the manifest."""
    manifest = read_manifest(folder)
    checked(folder, manifest, "vocabulary.npz")
    vocabularies = Vocabularies.load(folder / "vocabulary.npz")
    features = vocabularies.features(hashed(products))
    packed = neighbours.pack(vocabularies, features, products.price_usd)
    sha = np.array(manifest["files"]["vocabulary.npz"]["sha256"])
    np.savez_compressed(folder / neighbours.FILE, vocabulary_sha256=sha, **packed)
    kept = ("trained", "metrics", "deal_score")
    export.write_manifest(folder, {key: manifest[key] for key in kept if key in manifest})
