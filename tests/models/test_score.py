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
