"""Train the product matcher on pairs.csv.gz and er_catalogue.csv.gz, export and measure it.

    python -m models.train_match [--data DIR] [--out models/product-match-v1]

Trees and thresholds are fitted on the split "train", the thresholds on folds that the trees did not
see; "dev" only reports. The same data gives the same model. Under a minute on one core.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import onnx
from sklearn.ensemble import HistGradientBoostingClassifier

from models import match, match_card, match_graph
from models.data import DEFAULT_FOLDER, DataError
from models.export import ExportError, git_revision
from models.graph import OPSET
from models.pairs import CATALOGUE, PAIRS, Bools, Floats, Pairs, f1, read, read_pairs
from udfs.matching.features import AGAINST, FOR, NAMES, pair_features
from udfs.matching.matcher import INPUT, OUTPUT, ProductMatcher
from udfs.matching.offer import GRAM_BITS, GRAM_CHARS, Offer
from udfs.matching.rarity import FILE, Rarity
from udfs.parsing.text import title_text
from udfs.parsing.titles import clean_title
from udfs.pricing.artefact import FORMAT

FOLDS = 5
TREES = {
    "max_iter": 300, "learning_rate": 0.06, "max_leaf_nodes": 16, "min_samples_leaf": 20,
    "l2_regularization": 5.0,
}  # fmt: skip
LINK_PRECISION = 0.97
TOLERANCE = 2e-4  # probability, graph (float32, rounded) against scikit-learn


def read_rarity(folder: Path) -> Rarity:
    """Rarity of words in the titles of the catalogue's split train."""
    rows = read(folder / CATALOGUE, ("title", "split"))
    titles = [title_text(row["title"]) for row in rows if row["split"] == "train"]
    return Rarity.fit(Offer.read(clean_title(title)) for title in titles)


def fit(features: Sequence[Floats], is_same: Bools) -> HistGradientBoostingClassifier:
    """Trees over several views of the same pairs."""
    signs = [(name in FOR) - (name in AGAINST) for name in NAMES]
    model = HistGradientBoostingClassifier(random_state=0, monotonic_cst=signs, **TREES)
    return model.fit(np.vstack(features), np.tile(is_same, len(features)))


def is_taught(pairs: Pairs) -> Bools:
    """Pairs of train that the labels do not contradict: they name one partner an offer."""
    return pairs.is_train & ~(pairs.has_same_words & ~pairs.is_same)


def unseen(views: Sequence[Floats], pairs: Pairs) -> list[Floats]:
    """Scores of the pairs of train, in each view, by trees that did not see their left offer."""
    folds = np.array([crc32(row["left_id"].encode()) % FOLDS for row in pairs.rows])
    found = [np.zeros(len(folds)) for _ in views]
    for fold in range(FOLDS):
        seen, held = is_taught(pairs) & (folds != fold), pairs.is_train & (folds == fold)
        model = fit([view[seen] for view in views], pairs.is_same[seen])
        for scores, view in zip(found, views, strict=True):
            scores[held] = model.predict_proba(view[held])[:, 1]
    return found


def best_threshold(pairs: Pairs, scores: Floats) -> float:
    """Of hundredths the one with the best mean F1 over the datasets of train."""
    alone = pairs.one_to_one(np.where(pairs.is_train, scores, -1.0))
    masks = [pairs.is_train & (pairs.datasets == name) for name in np.unique(pairs.datasets)]

    def mean(threshold: float) -> float:
        chosen = alone & (scores >= threshold)
        return float(np.mean([f1(pairs.is_same[mask], chosen[mask])["f1"] for mask in masks]))

    return max((round(float(each), 2) for each in np.arange(0.05, 0.95, 0.01)), key=mean)


def link_threshold(pairs: Pairs, scores: Floats) -> float:
    """The least of hundredths from which LINK_PRECISION of train's unlike pairs are one product."""
    alone = (
        pairs.is_train
        & ~pairs.has_same_words
        & pairs.one_to_one(np.where(pairs.is_train, scores, -1.0))
    )
    for hundredth in range(50, 100):
        chosen = alone & (scores >= hundredth / 100)
        if pairs.is_same[chosen].mean() >= LINK_PRECISION:
            return hundredth / 100
    message = f"no threshold reaches a precision of {LINK_PRECISION} on train"
    raise ExportError(message)


def export(folder: Path, model: Any, rarity: Rarity, about: dict[str, Any]) -> None:
    """Write model.onnx, rarity.npz and manifest.json."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(match_graph.build(model).SerializeToString())
    rarity.save(folder / FILE)
    files = {
        name: {
            "sha256": sha256((folder / name).read_bytes()).hexdigest(),
            "bytes": (folder / name).stat().st_size,
        }
        for name in ("model.onnx", FILE)
    }
    manifest = {
        "format": FORMAT,
        "version": folder.name,
        "files": files,
        "opset": OPSET,
        "onnx": onnx.__version__,
        "inputs": [{"name": INPUT, "shape": ["pairs", len(NAMES)], "dtype": "float64"}],
        "outputs": [{"name": OUTPUT, "shape": ["pairs", 1], "dtype": "float32"}],
        "features": {
            "module": "udfs.matching.features",
            "names": list(NAMES),
            "gram_chars": GRAM_CHARS,
            "gram_bits": GRAM_BITS,
        },
        "licences": match_card.LICENCES,
        **about,
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, "utf-8")


def compare(folder: Path, model: Any, pairs: Pairs, features: Floats) -> None:
    """Hold the exported graph against scikit-learn.

    Raises:
        ExportError: they differ.
    """
    some = np.flatnonzero(~pairs.is_train)
    rows = [pairs.rows[at] for at in some]
    sides = [match.offers(rows, side) for side in ("left", "right")]
    found = ProductMatcher.load(folder).scores(sides[0], sides[1])
    worst = float(np.abs(found - model.predict_proba(features[some])[:, 1]).max())
    if worst > TOLERANCE:
        message = f"graph and trees differ by {worst:.1e}"
        raise ExportError(message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, export, measure on dev."""
    parser = argparse.ArgumentParser(
        prog="python -m models.train_match", description="Train and export the product matcher."
    )
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--out", type=Path, default=match.DEFAULT_FOLDER)
    options = parser.parse_args(arguments)
    try:
        pairs, rarity = read_pairs(options.data), read_rarity(options.data)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    views = [
        pair_features(
            match.offers(pairs.rows, "left", titles_only=titles_only),
            match.offers(pairs.rows, "right", titles_only=titles_only),
            rarity,
        )
        for titles_only in (False, True)
    ]
    whole, titles = unseen(views, pairs)
    thresholds = {"same": best_threshold(pairs, whole), "link": link_threshold(pairs, titles)}
    taught = is_taught(pairs)
    model = fit([view[taught] for view in views], pairs.is_same[taught])
    dev = ~pairs.is_train
    whole[dev], titles[dev] = (model.predict_proba(view[dev])[:, 1] for view in views)
    figures = match_card.measure(pairs, whole, titles, thresholds)
    about = {
        "thresholds": thresholds,
        "trained": {
            "pairs": int(taught.sum()),
            "data_sha256": {
                name: sha256((options.data / name).read_bytes()).hexdigest()
                for name in (PAIRS, CATALOGUE)
            },
            "git_revision": git_revision(),
        },
        "metrics": figures,
    }
    export(options.out, model, rarity, about)
    compare(options.out, model, pairs, views[0])
    match_card.write(options.out, about)
    print(match_card.table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
