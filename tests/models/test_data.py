import numpy as np
import pandas as pd
import pytest

from models import data


def market(folder, **changes):
    frame = pd.DataFrame(
        {
            "source": ["a", "a", "b"],
            "title": ["Red mouse", "Blue mouse", "Desk"],
            "brand": ["X", None, "Y"],
            "category": ["mouse", "mouse", None],
            "price": [10.0, 20.0, 300.0],
            "group_id": ["g1", "g1", "g2"],
            "split": ["train", "train", "dev"],
        }
    ).assign(**changes)
    frame.to_csv(folder / "market.csv.gz", index=False)


def test_products_are_read_by_split_and_what_is_missing_is_none(tmp_path):
    market(tmp_path)
    splits = data.load(tmp_path)
    assert splits["train"].titles == ["Red mouse", "Blue mouse"]
    assert splits["train"].brands == ["X", None]
    assert splits["dev"].categories == [None]


def test_an_absent_file_is_a_clear_error(tmp_path):
    with pytest.raises(data.DataError, match="--data"):
        data.load(tmp_path)


def test_a_missing_column_is_named(tmp_path):
    market(tmp_path)
    pd.read_csv(tmp_path / "market.csv.gz").drop(columns="group_id").to_csv(
        tmp_path / "market.csv.gz", index=False
    )
    with pytest.raises(data.DataError, match="group_id"):
        data.load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"price": [1.0, 0.0, 2.0]}, "price"), ({"split": ["train"] * 3}, "dev")],
)
def test_unusable_rows_are_refused(tmp_path, changes, message):
    market(tmp_path, **changes)
    with pytest.raises(data.DataError, match=message):
        data.load(tmp_path)


def test_a_group_is_never_split_between_folds(tmp_path):
    market(tmp_path)
    fold = data.folds(data.load(tmp_path)["train"], 5)
    assert fold[0] == fold[1]


def test_bands_cover_all_prices():
    bands = data.price_band(np.array([0.5, 19.99, 20.0, 250.0, 1e6]))
    assert bands.tolist() == [0, 0, 1, 4, 5]
    assert [data.band_name(band) for band in (0, 1)] == ["< $20", "$20-50"]
