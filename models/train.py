"""Train the fair-price model, in both sizes, and export it.

    python -m models.train [--data DIR] [--out models/fair-price-v2] [--seed N] [--quick]

Everything is fitted on the split "train"; "dev" only reports. The same seed and data give the same
model. About eight minutes on two cores; --quick makes a small one in seconds, to try the pipeline.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models import calibrate, data, evaluate, export, index, stacking, trained, unseen
from models.progress import Progress

# Two networks, two folds, one epoch: every step of the pipeline, none of its quality.
QUICK = tuple(recipe._replace(epochs=1) for recipe in trained.RECIPES[:2])


QUICK_TREES = {"max_iter": 10, "min_samples_leaf": 5}


def steps(networks: int, folds: int) -> int:
    """How often training reports: ridge, networks and neighbours of each fold, and the rest."""
    return folds * (networks + 2) + (networks + 1) + (folds + 2) + 2


def parameters_path(folder: Path) -> Path:
    """Where the parameters of a serving folder lie; not committed."""
    return Path(".local/models") / f"{folder.name}.npz"


def unseen_path(folder: Path) -> Path:
    """Where the predictions on unseen folds lie, for `models.train_score`; not committed."""
    return parameters_path(folder).with_name(f"{folder.name}-unseen.npz")


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, export, evaluate on dev."""
    parser = argparse.ArgumentParser(
        prog="python -m models.train", description="Train and export the fair-price model."
    )
    parser.add_argument("--data", type=Path, default=data.DEFAULT_FOLDER)
    parser.add_argument("--out", type=Path, default=Path("models/fair-price-v2"))
    parser.add_argument("--parameters", type=Path, help="where the parameters go (.npz)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="two small networks, one epoch")
    options = parser.parse_args(arguments)
    try:
        splits = data.load(options.data)
    except data.DataError as error:
        print(error, file=sys.stderr)
        return 2
    recipes = QUICK if options.quick else trained.RECIPES
    recipes = tuple(recipe._replace(seed=recipe.seed + 1000 * options.seed) for recipe in recipes)
    begin = time.perf_counter()
    train, count = splits["train"], 2 if options.quick else 5
    report = Progress(steps(len(recipes), count))

    # Weights and intervals come from folds that each member did not see.
    seen = unseen.of_all(train, recipes, count, report)
    blend = calibrate.fit(seen.networks, seen.ridge, seen.has_side, seen.log_price)
    members = trained.fit_members(train, recipes, report, "all of train")
    features = members.vocabularies.features(trained.hashed(train))
    sides = stacking.sides(features, len(members.vocabularies.side), train.log_price())
    settings = QUICK_TREES if options.quick else {}
    stacked = stacking.fit(seen, sides, report, options.seed, settings)
    model = trained.Trained(members, blend, stacked.stack, stacked.trees)
    report("export")
    parameters = options.parameters or parameters_path(options.out)
    trained.save(model, parameters)
    fast = blend.quantiles(seen.networks, seen.ridge, seen.has_side)
    np.savez_compressed(
        parameters.with_name(f"{parameters.stem}-unseen.npz"),
        fair=np.expm1(seen.log_price),
        fast=np.expm1(fast),
        accurate=stacked.quantiles_usd,
    )
    about = {
        "trained": {
            "data": "market.csv.gz, split train, and products of history.csv.gz that it lacks",
            "data_sha256": data.fingerprint(options.data),
            "rows": len(train.titles),
            "seed": options.seed,
            "quick": options.quick,
            "git_revision": export.git_revision(),
            "seconds": round(time.perf_counter() - begin),
        }
    }
    export.export(model, options.out, about)
    index.write(options.out, train)
    report("evaluation on dev")
    print(evaluate.write(options.out, splits))
    return 0


if __name__ == "__main__":
    sys.exit(main())
