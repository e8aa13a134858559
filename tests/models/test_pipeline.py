"""The whole way on a tiny market: train, export, evaluate, score."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models import export, score, train, train_score, trained
from models.data import load
from udfs.pricing.artefact import ModelError
from udfs.pricing.deal_score import FILE, DealScore
from udfs.pricing.model import FairPriceModel, Size
from udfs.pricing.neighbours import NeighbourIndex

KINDS = {"ssd": 80.0, "mouse": 20.0, "laptop": 800.0, "cable": 8.0}


def tiny_market(folder):
    random = np.random.default_rng(0)
    rows = []
    for at in range(400):
        kind = str(random.choice(list(KINDS)))
        size = int(random.choice([1, 2, 4]))
        brand = str(random.choice(["Acme", "Bolt", "Cobra"]))
        rows.append(
            {
                "source": "shop",
                "title": f"{brand} {kind} {size}TB model {random.integers(9)} black",
                "brand": brand,
                "category": kind,
                "price": KINDS[kind] * size * float(random.uniform(0.9, 1.1)),
                "group_id": f"g{at}",
                "split": "dev" if at % 5 == 0 else "train",
            }
        )
    pd.DataFrame(rows).to_csv(folder / "market.csv.gz", index=False)


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    root = tmp_path_factory.mktemp("quick")
    tiny_market(root)
    arguments = ["--data", str(root), "--out", str(root / "tiny-v1"), "--quick"]
    assert train.main([*arguments, "--parameters", str(root / "parameters.npz")]) == 0
    return root


def test_training_writes_a_complete_model_folder(quick):
    names = {path.name for path in (quick / "tiny-v1").iterdir()}
    assert names >= {"model.onnx", "vocabulary.npz", "manifest.json", "card.md"}
    assert names >= {"trees.onnx", "stack.npz", "neighbours.npz"}
    manifest = json.loads((quick / "tiny-v1" / "manifest.json").read_text())
    assert manifest["version"] == "tiny-v1"
    assert manifest["trained"]["rows"] == 320
    assert set(manifest["metrics"]) >= {
        *("fast", "fast, title only", "accurate", "accurate, title only"),
        *("category median", "ridge TF-IDF"),
    }


def test_the_served_graph_gives_the_numbers_of_training(quick):
    """Serving goes through tables in int8, ONNX, chunks and the cache; training through jax."""
    dev = load(quick)["dev"]
    expected = trained.load(quick / "parameters.npz").quantiles_usd(dev)
    served = FairPriceModel.load(quick / "tiny-v1")
    found = served.quantiles_usd(dev.titles, dev.brands, dev.categories)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    bare = dev.titles_only()
    np.testing.assert_allclose(
        served.quantiles_usd(bare.titles, bare.brands, bare.categories),
        trained.load(quick / "parameters.npz").quantiles_usd(bare),
        rtol=1e-5,
    )


def test_the_served_stack_gives_the_numbers_of_training(quick):
    """The same features, neighbours and trees; only arithmetic in float32 may differ."""
    folder = quick / "tiny-v1"
    model = trained.load(quick / "parameters.npz")
    served = FairPriceModel.load(folder, Size.ACCURATE)
    for dev in (load(quick)["dev"], load(quick)["dev"].titles_only()):
        expected = model.accurate_usd(dev, NeighbourIndex.load(folder))
        found = served.quantiles_usd(dev.titles, dev.brands, dev.categories)
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_exporting_again_gives_the_same_graph_and_keeps_the_metrics(quick):
    folder = quick / "tiny-v1"
    before, manifest = (folder / "model.onnx").read_bytes(), (folder / "manifest.json").read_text()
    assert export.main(["--parameters", str(quick / "parameters.npz"), "--out", str(folder)]) == 0
    assert (folder / "model.onnx").read_bytes() == before
    assert (folder / "manifest.json").read_text() == manifest


def test_a_graph_that_disagrees_with_training_is_not_exported(quick):
    model = trained.load(quick / "parameters.npz")
    other = model._replace(blend=model.blend._replace(stretch=model.blend.stretch * 1.001))
    content = (quick / "tiny-v1" / "model.onnx").read_bytes()
    assert export.compare(model, content) < export.TOLERANCE
    with pytest.raises(export.ExportError, match="differ"):
        export.compare(other, content)


def test_fitting_twice_with_a_seed_gives_the_same_model(quick):
    products = load(quick)["train"]
    recipes = train.QUICK[:1]
    first, second = (trained.fit_members(products, recipes, len, "again") for _ in range(2))
    for name, value in first.networks[0].items():
        np.testing.assert_array_equal(value, second.networks[0][name])


def tiny_history(folder):
    days = pd.date_range("2024-01-01", periods=40)
    prices = pd.DataFrame({"product_id": "p", "date": days, "price_median": 9.0, "price_min": 9.0})
    prices.to_csv(folder / "history.csv.gz", index=False)
    pd.DataFrame({"product_id": ["p"], "split": ["train"]}).to_csv(
        folder / "history_products.csv.gz", index=False
    )


def test_a_deal_score_is_trained_into_the_folder_and_dies_with_its_graph(quick, tmp_path):
    folder = Path(shutil.copytree(quick / "tiny-v1", tmp_path / "tiny-v1"))
    tiny_history(quick)
    arguments = ["--data", str(quick), "--model", str(folder)]
    arguments += ["--unseen", str(quick / "parameters-unseen.npz")]
    assert train_score.main(arguments) == 0
    DealScore.load(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["metrics"].keys() > {"fast", "accurate"}
    for size in Size:
        DealScore.load(folder, size)
        assert manifest["deal_score"][size]["precision"] > 50
    assert (folder / "reliability.png").is_file()
    model = trained.load(quick / "parameters.npz")
    export.export(model, folder, {})
    DealScore.load(folder)
    other = model._replace(blend=model.blend._replace(stretch=model.blend.stretch * 1.1))
    export.export(other, folder, {})
    with pytest.raises(ModelError, match=FILE):
        DealScore.load(folder)


def test_the_products_of_train_are_indexed_as_neighbours(quick, tmp_path):
    folder = Path(shutil.copytree(quick / "tiny-v1", tmp_path / "tiny-v1"))
    train_rows = load(quick)["train"]
    found = NeighbourIndex.load(folder).find(train_rows.titles[:5], k=1)
    np.testing.assert_allclose(found.similarity, 1)
    export.export(trained.load(quick / "parameters.npz"), folder, {})
    assert (folder / "neighbours.npz").is_file()
    (folder / "vocabulary.npz").write_bytes(b"other ids")
    export.export(trained.load(quick / "parameters.npz"), folder, {})
    assert not (folder / "neighbours.npz").exists()


def test_score_prices_a_file_with_the_code_of_the_jobs(quick, capsys):
    source, out = quick / "titles.csv", quick / "prices.csv"
    with source.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["title", "note", "brand", "category"], ["Acme ssd 1TB", "é", "", ""]])
        writer.writerows([["", "empty", "", ""], ["Bolt laptop", "", "Bolt", "laptop"]])
    arguments = ["--in", str(source), "--out", str(out), "--model", str(quick / "tiny-v1")]
    assert score.main(arguments) == 0
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    model = FairPriceModel.load(quick / "tiny-v1")
    expected = model.quantiles_usd(
        ["Acme ssd 1TB", "Bolt laptop"], ["", "Bolt"], ["", "laptop"]
    ).round(2)
    found = [[float(row[name]) for name in ("p10", "p50", "p90")] for row in (rows[0], rows[2])]
    np.testing.assert_allclose(found, expected, atol=0.006)
    assert rows[1] == {"title": "", "note": "empty", "brand": "", "category": ""} | {
        "p10": "", "p50": "", "p90": "",
    }  # fmt: skip
    assert rows[0]["note"] == "é"
    assert "3 offers priced by tiny-v1 (fast), 1 without estimate" in capsys.readouterr().out
