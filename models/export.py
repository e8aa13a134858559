"""Make the serving folder of a trained model: graphs, vocabulary, weights, manifest.json.

    python -m models.export --parameters .local/models/fair-price-v2.npz --out models/fair-price-v2

`models.train` calls this at its end; alone it serves to export again, with another opset or a
corrected manifest. Evaluation fills metrics and card in.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnxruntime import InferenceSession

from models import boosted, graph, trained
from models.data import Products
from udfs.pricing import deal_score, neighbours, stack
from udfs.pricing.artefact import FORMAT
from udfs.pricing.features import BUCKET_BITS, MAX_IDS, Features
from udfs.pricing.units import QUANTITIES
from udfs.pricing.words import GRAM_SIZES

TOLERANCE = 1e-5  # relative, graph against jax
FAST_FILES = ("model.onnx", "vocabulary.npz")
ACCURATE_FILES = (*FAST_FILES, stack.TREES_FILE, stack.FILE, neighbours.FILE)
LICENCES = {
    "pcpart": "MIT (docyx/pc-part-dataset); facts from PCPartPicker",
    "abt, buy": "Apache-2.0 (pyJedAI repository); Abt-Buy benchmark",
    "amazon_sw, google_sw": "Apache-2.0 (pyJedAI repository); Amazon-GoogleProducts benchmark",
    "amazon_el, walmart_el": "Apache-2.0 (pyJedAI repository); Walmart-Amazon benchmark",
}


class ExportError(Exception):
    """The graph and the trained model disagree."""


def export(model: trained.Trained, folder: Path, about: dict[str, Any]) -> None:
    """Write the serving folder; `about` joins the manifest.

    Raises:
        ExportError: the graph's numbers are not those of the trained model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = graph.build(model).SerializeToString()
    (folder / "model.onnx").write_bytes(content)
    vocabulary, index = folder / "vocabulary.npz", folder / neighbours.FILE
    before = vocabulary.read_bytes() if vocabulary.is_file() else b""
    model.members.vocabularies.save(vocabulary)
    if vocabulary.read_bytes() != before:
        index.unlink(missing_ok=True)  # it was made for other ids
    compare(model, content)
    trees = boosted.graph(model.trees).SerializeToString()
    (folder / stack.TREES_FILE).write_bytes(trees)
    compare_trees(model.trees, trees)
    model.stack.save(folder / stack.FILE)
    score = folder / deal_score.FILE
    made_for = deal_score.made_for({"files": _described(folder)})
    if score.is_file() and made_for not in score.read_text("utf-8"):
        score.unlink()  # it was trained for another graph
    write_manifest(folder, about)


def compare(model: trained.Trained, content: bytes) -> float:
    """Largest relative difference between graph and trained model on a few titles.

    Raises:
        ExportError: it is above TOLERANCE.
    """
    titles = [
        "Crucial MX500 1TB 2.5 inch SATA SSD", "Logitech M185 mouse", "2 x 8GB DDR4-3200 memory",
        "Pack of 12 rolls", "", "🎉" * 40, "27\" 2560x1440 165Hz monitor", "x" * 5000,
    ]  # fmt: skip
    brands: list[str | None] = [None, "Logitech", "Corsair", None, "Sony", None, None, "x"]
    categories: list[str | None] = [None, "mouse", "memory", None, "audio", None, "monitor", None]
    nothing = np.array([""] * len(titles), object)
    products = Products(titles, brands, categories, nothing, np.ones(len(titles)), nothing)
    expected = model.quantiles_usd(products)
    features = model.members.vocabularies.features(trained.hashed(products))
    session = InferenceSession(content, providers=["CPUExecutionProvider"])
    (found,) = session.run(
        [graph.OUTPUT], {name: getattr(features, name) for name in Features._fields}
    )
    worst = float(np.max(np.abs(found - expected) / expected))
    if worst > TOLERANCE:
        message = f"graph and trained model differ by {worst:.1e} (relative), above {TOLERANCE:.0e}"
        raise ExportError(message)
    return worst


def compare_trees(trees: boosted.Trees, content: bytes) -> float:
    """Largest difference in log price between the trees and their graph, on made-up inputs.

    Raises:
        ExportError: it is above TOLERANCE.
    """
    random = np.random.default_rng(0)
    inputs = random.normal(3, 3, (500, int(trees.columns[0]))).astype(np.float32)
    # Thresholds themselves, where rounding would show, and unknowns.
    place = random.integers(len(trees.tree), size=2_000)
    inputs[random.integers(500, size=2_000), trees.feature[place]] = trees.threshold[place]
    inputs[random.random(inputs.shape) < 0.2] = np.nan
    session = InferenceSession(content, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"inputs": inputs})
    worst = float(np.max(np.abs(found[:, 0] - trees.added(inputs))))
    if worst > TOLERANCE:
        message = f"trees and their graph differ by {worst:.1e} in log price"
        raise ExportError(message)
    return worst


def write_manifest(folder: Path, about: dict[str, Any]) -> None:
    """Describe the folder's files; keys of `about` are added as they are."""
    manifest = {
        "format": FORMAT,
        "version": folder.name,
        "files": _described(folder),
        "sizes": {"fast": list(FAST_FILES), "accurate": list(ACCURATE_FILES)},
        "opset": graph.OPSET,
        "onnx": onnx.__version__,
        "inputs": [
            {"name": name, "shape": shape, "dtype": kind} for name, shape, kind in graph.inputs()
        ],
        "outputs": _outputs(folder),
        "trees": {"opsets": dict(boosted.OPSETS), **_trees(folder)},
        "features": {
            "module": "udfs.pricing.features",
            "bucket_bits": BUCKET_BITS,
            "max_ids": MAX_IDS,
            "gram_sizes": list(GRAM_SIZES),
            "min_titles": list(trained.MIN_TITLES),
            "quantities": list(QUANTITIES),
        },
        "licences": LICENCES,
        **about,
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, "utf-8")


def _described(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "sha256": sha256((folder / name).read_bytes()).hexdigest(),
            "bytes": (folder / name).stat().st_size,
        }
        for name in (*ACCURATE_FILES, deal_score.FILE)
        if (folder / name).is_file()
    }


def _outputs(folder: Path) -> list[dict[str, Any]]:
    model = onnx.load(folder / "model.onnx")
    columns = {graph.OUTPUT: ["p10", "p50", "p90"]}
    units = {graph.OUTPUT: "USD", graph.MEMBERS: "log(1 + USD)"}
    return [
        {"name": output.name, "shape": _shape(output), "dtype": "float64"}
        | {"unit": units[output.name]}
        | ({"columns": columns[output.name]} if output.name in columns else {})
        for output in model.graph.output
    ]


def _trees(folder: Path) -> dict[str, Any]:
    model = onnx.load(folder / stack.TREES_FILE)

    def described(values: Any) -> list[dict[str, Any]]:
        return [
            {"name": value.name, "shape": _shape(value), "dtype": "float32"} for value in values
        ]

    return {"inputs": described(model.graph.input), "outputs": described(model.graph.output)}


def _shape(value: onnx.ValueInfoProto) -> list[str | int]:
    return [part.dim_param or part.dim_value for part in value.type.tensor_type.shape.dim]


def git_revision() -> str:
    """The commit of the code that runs, "+changes" if changed since; "unknown" without git."""
    here = Path(__file__).parent.parent

    def git(*arguments: str) -> str:
        run = subprocess.run(  # noqa: S603 - fixed arguments
            ["git", *arguments],  # noqa: S607 - whichever git the developer uses
            cwd=here, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return run.stdout.strip()

    revision = git("rev-parse", "HEAD")
    code = ("models/*.py", "udfs/pricing/*.py", "udfs/matching/*.py", "udfs/parsing/*")
    is_changed = bool(git("status", "--porcelain", "--", *code))
    return (revision + ("+changes" if is_changed else "")) if revision else "unknown"


def main(arguments: Sequence[str] | None = None) -> int:
    """Export again from saved parameters, keeping what the manifest knows of data and metrics."""
    parser = argparse.ArgumentParser(
        prog="python -m models.export", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--parameters", type=Path, default=Path(".local/models/fair-price-v2.npz"))
    parser.add_argument("--out", type=Path, default=Path("models/fair-price-v2"))
    options = parser.parse_args(arguments)
    if not options.parameters.is_file():
        print(f"no {options.parameters}: train first, python -m models.train", file=sys.stderr)
        return 2
    about: dict[str, Any] = {}
    if (options.out / "manifest.json").is_file():
        old = json.loads((options.out / "manifest.json").read_text("utf-8"))
        about = {key: old[key] for key in ("trained", "metrics", "deal_score") if key in old}
    export(trained.load(options.parameters), options.out, about)
    print(f"{options.out}: {', '.join(sorted(path.name for path in options.out.iterdir()))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
