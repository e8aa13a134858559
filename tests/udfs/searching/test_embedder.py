import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from udfs.pricing.artefact import ModelError
from udfs.searching.embedder import DIMENSIONS, TitleEmbedder

FOLDER = Path(__file__).parents[3] / "models" / "title-embedder-v1"


@pytest.fixture(scope="module")
def embedder() -> TitleEmbedder:
    return TitleEmbedder.load(FOLDER)


def test_like_things_are_near_and_unlike_things_are_not(embedder):
    headphones, earphones, tyres = embedder.vectors(
        ["Sony noise cancelling headphones", "Bose wireless ANC headset", "Michelin winter tyres"]
    )
    assert headphones @ earphones > 0.45
    assert headphones @ tyres < 0.25


def test_a_vector_has_unit_length_and_does_not_depend_on_its_batch(embedder):
    titles = [f"{size} inch 4K monitor with {size} ports" for size in range(20, 45)]
    together = TitleEmbedder.load(FOLDER).vectors(titles)
    alone = TitleEmbedder.load(FOLDER).vectors(titles[3:4])[0]
    assert all(each.shape == (DIMENSIONS,) for each in together)
    assert np.allclose([np.linalg.norm(each) for each in together], 1, atol=1e-5)
    assert np.array_equal(together[3], alone)


def test_a_known_title_costs_nothing_and_new_ones_are_bounded(embedder):
    fresh = TitleEmbedder.load(FOLDER)
    assert [each is not None for each in fresh.vectors(["a kettle", "a pan"], max_new=1)] == [
        True,
        False,
    ]
    again = fresh.vectors(["a kettle", "a pan", "a kettle"], max_new=0)
    assert [each is not None for each in again] == [True, False, True]


@pytest.mark.parametrize(
    "title", ["x" * 100_000, "🎁" * 50, "電気ケトル", "half \ud83d pair", "\x00\x07 1e308"]
)
def test_hostile_titles_have_finite_vectors(embedder, title):
    (vector,) = embedder.vectors([title])
    assert np.isfinite(vector).all()


@pytest.mark.parametrize("title", [None, "", "  \n", float("nan"), 7])
def test_no_title_has_no_vector(embedder, title):
    assert embedder.vectors([title]) == [None]


def test_a_damaged_file_is_refused(tmp_path):
    folder = tmp_path / "embedder"
    shutil.copytree(FOLDER, folder)
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        TitleEmbedder.load(folder)


def test_what_is_shipped_is_small():
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    assert sum(each["bytes"] for each in manifest["files"].values()) <= 25_000_000
    assert manifest["metrics"]["least_cosine_to_float32"] > 0.95
