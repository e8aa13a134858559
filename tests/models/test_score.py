import csv

import pytest

from models import score


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"title,brand\nssd,x\n", "column category is missing"),
        (b"", "column title, brand, category is missing"),
        (b"title,brand,category,p50\nssd,x,y,1\n", "p50 is there already"),
        (b"title,brand,category\nssd,x,y,too many\n", "more cells"),
        (b"title,brand,category\n\xff\xfe\n", "UTF-8"),
    ],
)
def test_a_bad_table_is_one_clear_line_and_exit_2(tmp_path, capsys, content, message):
    (tmp_path / "in.csv").write_bytes(content)
    arguments = ["--in", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv")]
    assert score.main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out.csv").exists()


def test_an_absent_file_or_model_is_exit_2(tmp_path, capsys):
    out = ["--out", str(tmp_path / "out.csv")]
    assert score.main(["--in", str(tmp_path / "none.csv"), *out]) == 2
    assert "cannot read" in capsys.readouterr().err
    (tmp_path / "in.csv").write_text("title,brand,category\n")
    arguments = ["--in", str(tmp_path / "in.csv"), *out, "--model", str(tmp_path / "none")]
    assert score.main(arguments) == 2
    assert "manifest.json is missing" in capsys.readouterr().err


def test_an_empty_table_is_scored_to_an_empty_table(tmp_path):
    (tmp_path / "in.csv").write_text("title,brand,category\n")
    arguments = ["--in", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv")]
    assert score.main(arguments) == 0
    assert (tmp_path / "out.csv").read_bytes() == b"title,brand,category,p10,p50,p90\r\n"


def scored(tmp_path, text):
    (tmp_path / "in.csv").write_text(text, "utf-8")
    arguments = ["--in", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv")]
    assert score.main(arguments) == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_offers_get_a_deal_score(tmp_path, capsys):
    rows = scored(
        tmp_path,
        "title,brand,category,offer_usd,list_usd\n"
        "Samsung 980 PRO 2TB NVMe SSD,,,30,\n"
        "Samsung 980 PRO 2TB NVMe SSD,,,200,\n"
        "Samsung 980 PRO 2TB NVMe SSD,,,,300\n"
        "Samsung 980 PRO 2TB NVMe SSD,,,cheap,300\n"
        "Samsung 980 PRO 2TB NVMe SSD,,,-1,300\n"
        "Samsung 980 PRO 2TB NVMe SSD,,,nan,300\n"
        "qzxwvjk,,,10,20\n",
    )
    cheap, dear = (float(row["deal_score"]) for row in rows[:2])
    assert 0 <= dear < 0.1 < 0.5 < cheap <= 1
    assert [row["deal_score"] for row in rows[2:]] == [""] * 5
    assert "5 without deal score" in capsys.readouterr().out


def test_an_invented_list_price_does_not_move_the_score(tmp_path):
    rows = scored(
        tmp_path,
        "title,brand,category,offer_usd,list_usd\n"
        + "".join(f"Logitech M185 Wireless Mouse,,,15,{claim}\n" for claim in ("", 5e2, 9e9, "x")),
    )
    assert len({row["deal_score"] for row in rows}) == 1


def test_a_list_price_is_not_needed_and_alone_adds_nothing(tmp_path):
    head = "title,brand,category"
    bare = scored(tmp_path, f"{head},offer_usd\nLogitech M185 Wireless Mouse,,,5\n")
    assert float(bare[0]["deal_score"]) > 0.2
    alone = scored(tmp_path, f"{head},list_usd\nLogitech M185 Wireless Mouse,,,5\n")
    assert "deal_score" not in alone[0]


def test_a_deal_score_of_the_table_is_not_overwritten(tmp_path, capsys):
    (tmp_path / "in.csv").write_text("title,brand,category,offer_usd,deal_score\n")
    arguments = ["--in", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv")]
    assert score.main(arguments) == 2
    assert "deal_score is there already" in capsys.readouterr().err
