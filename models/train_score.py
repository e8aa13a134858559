"""Train deal_score.json of a model folder on simulated offers over the products of train.

    python -m models.train_score [--data DIR] [--model models/fair-price-v2] [--unseen FILE]

The fair prices known to it are those of members that did not see the product, as `models.train`
left them, with and without brand and category, and the past of real products: two minutes. Each
size of the model has its own.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier

from models import data, evaluate, export, offers
from models.train import unseen_path
from udfs.pricing import deal_score
from udfs.pricing.artefact import ModelError, read_manifest
from udfs.pricing.deal_score import Trees, claim_feature, is_believable, price_features
from udfs.pricing.model import Size
from udfs.verdicts.evidence import HISTORY_P10_RATIO, HISTORY_P90_RATIO, MIN_EARLIER_DAYS

Floats = data.npt.NDArray[np.float64]
ROUNDS = 3  # offers simulated for each fair price
SEED = 100  # not 1, the seed of the bench
TREES = {"max_iter": 80, "learning_rate": 0.12, "max_leaf_nodes": 12, "min_samples_leaf": 100}
TOLERANCE = 1e-4  # log odds, JSON against scikit-learn: leaves are rounded


def history_ratios(folder: Path) -> Floats:
    """Price of a day / median of the daily lows of the 90 days before, of train's products.

    Raises:
        DataError: the history is not in the folder.
    """
    paths = [folder / "history.csv.gz", folder / "history_products.csv.gz"]
    if absent := [str(path) for path in paths if not path.is_file()]:
        message = f"no {', '.join(absent)}: name the folder of the training data with --data"
        raise data.DataError(message)
    prices, products = (pd.read_csv(path, dtype={"product_id": str}) for path in paths)
    prices = prices[
        prices["product_id"].isin(products.loc[products["split"] == "train"].product_id)
    ]
    prices = prices.assign(date=pd.to_datetime(prices["date"])).sort_values(["product_id", "date"])
    # Today's own price is no part of what is usual.
    before = (
        prices.set_index("date").groupby("product_id")["price_min"].rolling("90D", closed="left")
    )
    typical, days = before.median().to_numpy(), before.count().to_numpy()
    ratio = prices["price_min"].to_numpy() / np.where(days >= MIN_EARLIER_DAYS, typical, np.nan)
    return np.asarray(ratio[np.isfinite(ratio)], np.float64)


def examples(fair_usd: Floats, known_usd: Floats, seed: int) -> tuple[Floats, Floats, Any, Any]:
    """Simulated offers: features without the claim (n, 3), claim (n,), believable, is deal."""
    made = offers.simulate(fair_usd, seed)
    return (
        price_features(made.offer_usd, known_usd),
        claim_feature(made.offer_usd, made.list_usd),
        is_believable(made.list_usd, known_usd),
        made.is_deal,
    )


def fit(fair_usd: Floats, model_usd: Floats, ratios: Floats) -> dict[str, Any]:
    """Train on products of fair price (n,) and the model's quantiles (n, 3) of them."""
    parts = [examples(fair_usd, model_usd, SEED + at) for at in range(ROUNDS)]
    features, claim, believable, is_deal = map(np.concatenate, zip(*parts, strict=True))
    with_claim = np.column_stack([features, claim])[believable]
    fair = np.full(len(ratios), 1_000.0)  # large, so that rounding to cents says nothing
    spread = np.array([HISTORY_P10_RATIO, 1.0, HISTORY_P90_RATIO])
    past = examples(fair, (fair / ratios)[:, None] * spread, SEED + ROUNDS)
    return {
        "without_list": trees(
            np.concatenate([features, past[0]]), np.concatenate([is_deal, past[3]]), [-1, 0, 0]
        ),
        "with_list": trees(with_claim, is_deal[believable], [-1, 0, 0, 1]),
    }


def trees(features: Floats, is_deal: Any, monotone: list[int]) -> dict[str, Any]:
    """Fit boosted trees and take them out of scikit-learn as plain numbers.

    Raises:
        ExportError: the numbers do not give what scikit-learn gives.
    """
    model = HistGradientBoostingClassifier(monotonic_cst=monotone, random_state=0, **TREES)
    model.fit(features, is_deal)
    # scikit-learn shows its trees nowhere else; the comparison below guards the reading.
    nodes = [stage[0].nodes for stage in model._predictors]  # noqa: SLF001
    width = max(len(tree) for tree in nodes)
    plain: dict[str, Any] = {
        name: [] for name in ("feature", "threshold", "left", "right", "value")
    }
    for tree in nodes:
        leaf = tree["is_leaf"].astype(bool)
        here = np.arange(len(tree))
        filler = [0] * (width - len(tree))
        columns = {
            "feature": np.where(leaf, 0, tree["feature_idx"]).tolist(),
            # In full: a threshold may be a value of the data, and rounded it would miss its row.
            "threshold": np.where(leaf, 0, tree["num_threshold"]).tolist(),
            "left": np.where(leaf, here, tree["left"]).tolist(),
            "right": np.where(leaf, here, tree["right"]).tolist(),
            "value": [float(f"{value:.6g}") for value in np.where(leaf, tree["value"], 0)],
        }
        for name, values in columns.items():
            plain[name].append(values + filler)
    plain["base"] = float(np.ravel(model._baseline_prediction)[0])  # noqa: SLF001
    plain["depth"] = int(max(tree["depth"].max() for tree in nodes))
    some = features[:5_000]
    miss = np.abs(Trees.of(plain).log_odds(some) - model.decision_function(some))
    if miss.max() > TOLERANCE:
        message = f"deal score: JSON and scikit-learn differ by {miss.max():.1e} in log odds"
        raise export.ExportError(message)
    return plain


def write(folder: Path, plain: dict[str, Any]) -> None:
    """Write deal_score.json, trees by size, for the folder's model; enter it into the manifest."""
    manifest = read_manifest(folder)
    sha = deal_score.made_for(manifest)
    text = json.dumps({"format": deal_score.FORMAT, "model_sha256": sha, **plain})
    (folder / deal_score.FILE).write_text(text + "\n", "utf-8")
    kept = ("trained", "metrics", "deal_score")
    export.write_manifest(folder, {key: manifest[key] for key in kept if key in manifest})


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, write, evaluate on dev."""
    parser = argparse.ArgumentParser(
        prog="python -m models.train_score", description="Train the deal score of a model folder."
    )
    parser.add_argument("--data", type=Path, default=data.DEFAULT_FOLDER)
    parser.add_argument("--model", type=Path, default=Path("models/fair-price-v2"))
    parser.add_argument("--unseen", type=Path, help="predictions on folds, of models.train (.npz)")
    options = parser.parse_args(arguments)
    unseen = options.unseen or unseen_path(options.model)
    if not unseen.is_file():
        print(f"no {unseen}: train first, python -m models.train", file=sys.stderr)
        return 2
    try:
        splits = data.load(options.data)
        ratios = history_ratios(options.data)
        with np.load(unseen, allow_pickle=False) as seen:
            fair = seen["fair"]
            plain = {size.value: fit(fair, seen[size.value], ratios) for size in Size}
        write(options.model, plain)
        print(evaluate.write(options.model, splits))
    except (data.DataError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
