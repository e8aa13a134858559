"""Make the serving folder of a trained model: model.onnx, vocabulary.npz, manifest.json.

    python -m models.export --parameters .local/models/fair-price-v1.npz --out models/fair-price-v1

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

from models import graph, trained
from models.data import Products
from udfs.pricing import deal_score, neighbours
from udfs.pricing.features import BUCKET_BITS, MAX_IDS, Features
from udfs.pricing.model import FORMAT
from udfs.pricing.units import QUANTITIES
from udfs.pricing.words import GRAM_SIZES

TOLERANCE = 1e-5  # relative, graph against jax
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
    score = folder / deal_score.FILE
    if score.is_file() and sha256(content).hexdigest() not in score.read_text("utf-8"):
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
    (found,) = session.run(None, {name: getattr(features, name) for name in Features._fields})
    worst = float(np.max(np.abs(found - expected) / expected))
    if worst > TOLERANCE:
        message = f"graph and trained model differ by {worst:.1e} (relative), above {TOLERANCE:.0e}"
        raise ExportError(message)
    return worst


def write_manifest(folder: Path, about: dict[str, Any]) -> None:
    """Describe the folder's files; keys of `about` are added as they are."""
    files = {
        name: {
            "sha256": sha256((folder / name).read_bytes()).hexdigest(),
            "bytes": (folder / name).stat().st_size,
        }
        for name in ("model.onnx", "vocabulary.npz", deal_score.FILE, neighbours.FILE)
        if (folder / name).is_file()
    }
    manifest = {
        "format": FORMAT,
        "version": folder.name,
        "files": files,
        "opset": graph.OPSET,
        "onnx": onnx.__version__,
        "inputs": [
            {"name": name, "shape": shape, "dtype": kind} for name, shape, kind in graph.inputs()
        ],
        "outputs": [
            {
                "name": graph.OUTPUT,
                "shape": ["rows", 3],
                "dtype": "float64",
                "unit": "USD",
                "columns": ["p10", "p50", "p90"],
            }
        ],
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
    parser.add_argument("--parameters", type=Path, default=Path(".local/models/fair-price-v1.npz"))
    parser.add_argument("--out", type=Path, default=Path("models/fair-price-v1"))
    options = parser.parse_args(arguments)
    if not options.parameters.is_file():
        print(f"no {options.parameters}: train first, python -m models.train", file=sys.stderr)
        return 2
    about: dict[str, Any] = {}
    if (options.out / "manifest.json").is_file():
        old = json.loads((options.out / "manifest.json").read_text("utf-8"))
        about = {key: old[key] for key in ("trained", "metrics", "deal_score") if key in old}
    export(trained.load(options.parameters), options.out, about)
    print(f"{options.out}: model.onnx, vocabulary.npz, manifest.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
