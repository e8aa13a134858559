import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from models import match, match_card, pairs, train_match
from models.data import DataError
from udfs.matching.matcher import ProductMatcher

HEADER = "left_id,right_id,left_title,right_title,left_brand,right_brand,left_model,right_model"
HEADER += ",left_price,right_price"
FOLDER = match.DEFAULT_FOLDER


def matched(tmp_path, header, *lines):
    (tmp_path / "in.csv").write_text("\n".join([header, *lines]) + "\n", "utf-8")
    arguments = ["--pairs", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv")]
    assert match.main(arguments) == 0
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_pairs_of_a_product_are_the_same_and_others_are_not(tmp_path):
    rows = matched(
        tmp_path,
        HEADER,
        "a,1,Sony Headphones - WH1000XM5,Sony WH-1000XM5 Headset,Sony,Sony,,,300,289",
        "b,2,Sony Headphones - WH1000XM4,Philips Kettle,Sony,Philips,,,300,19",
        "c,3,Targus Groove Backpack 17 in,Targus 17 Backpack,Targus,Targus,CVR617,CVR617,40,42",
    )
    assert [row["same"] for row in rows] == ["1", "0", "1"]
    assert all(0 <= float(row["score"]) <= 1 for row in rows)
    assert list(rows[0]) == [*HEADER.split(","), "same", "score"]
    assert rows[0]["right_title"] == "Sony WH-1000XM5 Headset"


def test_an_offer_is_the_same_as_one_other_at_most(tmp_path):
    line = "Sony Headphones - WH1000XM5,{},Sony,Sony,,,300,289"
    rows = matched(
        tmp_path,
        HEADER,
        "a,1," + line.format("Sony WH-1000XM5 Headphones with a longer title"),
        "a,2," + line.format("Sony Headphones - WH1000XM5"),
    )
    assert [row["same"] for row in rows] == ["0", "1"]


def test_two_titles_are_enough(tmp_path):
    rows = matched(
        tmp_path,
        "left_title,right_title",
        "Sony Headphones - WH1000XM5,Sony Headphones - WH-1000XM5",
        ",",
    )
    assert [row["same"] for row in rows] == ["1", "0"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"left_title\nx\n", "column right_title is missing"),
        (b"left_title,right_title,score\nx,y,1\n", "score is there already"),
        (b"left_title,right_title\n\xff,\xfe\n", "UTF-8"),
    ],
)
def test_a_bad_table_is_one_clear_line_and_exit_2(tmp_path, capsys, content, message):
    (tmp_path / "in.csv").write_bytes(content)
    arguments = ["--pairs", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv")]
    assert match.main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out.csv").exists()


@pytest.fixture(scope="module")
def manifest():
    return json.loads((FOLDER / "manifest.json").read_text("utf-8"))


def test_the_committed_matcher_reaches_its_bars(manifest):
    metrics = manifest["metrics"]
    for name, bar in match_card.BARS.items():
        assert metrics[f"matcher: {name}"]["f1"] >= bar
    assert metrics["links, titles only: unlike titles"]["precision"] >= train_match.LINK_PRECISION
    assert metrics["equal keys: unlike titles"]["precision"] >= train_match.LINK_PRECISION


def test_the_folder_is_small_and_holds_no_raw_data():
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert sizes.keys() == {"model.onnx", "rarity.npz", "manifest.json", "card.md"}
    assert sum(sizes.values()) < 1_000_000


def test_the_card_shows_the_figures_and_thresholds_of_the_manifest(manifest):
    card = (FOLDER / "card.md").read_text("utf-8")
    assert match_card.table(manifest["metrics"]) in card
    for threshold in manifest["thresholds"].values():
        assert f"{threshold:.2f}" in card


def catalogue(folder, labels):
    """Two shops' titles of made-up products: a pair shares its number, or it does not."""
    random = np.random.default_rng(5)
    rows, words = [], ["camera", "kettle", "phone", "printer", "lamp", "drive", "router"]
    for at in range(labels):
        is_same = at % 3 == 0
        number, other = random.integers(10_000, 99_999, 2)
        word = words[at % len(words)]
        right = f"Sony {word} new AB{number if is_same else other}"
        place = ["D2", "D3", "D8"][at // 3 % 3], f"l{at}", f"r{at}", int(is_same)
        offers = f"Sony black {word} - AB{number}", right, "Sony", "Sony", "", "", 20, 21
        rows.append([*place, *offers, "dev" if at % 5 == 0 else "train"])
    header = "dataset,left_id,right_id,label,left_title,right_title,left_brand,right_brand"
    header += ",left_model,right_model,left_price,right_price,split"
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    with gzip.open(folder / pairs.PAIRS, "wt") as file:
        file.write("\n".join(lines) + "\n")
    with gzip.open(folder / pairs.CATALOGUE, "wt") as file:
        file.write("title,split\n" + "".join(f"{row[4]},{row[-1]}\n" for row in rows))


def test_training_gives_a_folder_that_serves_and_the_same_one_again(tmp_path, capsys):
    catalogue(tmp_path, 900)
    made = []
    for name in ("one", "two"):
        folder = tmp_path / name / "product-match-v1"
        arguments = ["--data", str(tmp_path), "--out", str(folder)]
        assert train_match.main(arguments) == 0
        made.append((folder / "model.onnx").read_bytes())
        assert ProductMatcher.load(folder).link_from >= 0.5
    assert made[0] == made[1]
    assert "| matcher: Abt-Buy | 1.000 |" in capsys.readouterr().out


def test_absent_training_data_is_named(tmp_path, capsys):
    assert train_match.main(["--data", str(tmp_path)]) == 2
    assert "pairs.csv.gz" in capsys.readouterr().err
    with pytest.raises(DataError):
        pairs.read_pairs(Path(tmp_path))


def test_precision_recall_and_f1():
    is_same, chosen = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
    assert pairs.f1(is_same, chosen) == {"precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert pairs.f1(is_same, ~is_same)["f1"] == 0
