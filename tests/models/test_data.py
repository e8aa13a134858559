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


def history(folder):
    """Products that the market has, and lacks, in train and dev, with a price a day."""
    pd.DataFrame(
        {
            "product_id": ["a", "c", "d", "e", "f"],
            "title": ["Red mouse", "Blue mouse", "Lamp", "Chair", "Desk"],
            "brand": ["X", None, "Z", "Z", "Y"],
            "category": "kind",
            "split": ["train", "train", "train", "dev", "train"],
        }
    ).to_csv(folder / "history_products.csv.gz", index=False)
    days = pd.DataFrame({"date": ["2024-05-01", "2023-01-01"], "price_median": [7.0, 99.0]})
    pd.DataFrame({"product_id": ["a", "c", "d", "e", "f"]}).merge(days, how="cross").to_csv(
        folder / "history.csv.gz", index=False
    )


def test_what_only_the_history_knows_joins_train_at_its_last_price(tmp_path):
    market(tmp_path, product_id=["a", "b", "x"])
    history(tmp_path)
    splits = data.load(tmp_path)
    # Not a, which the market has, nor e of dev, nor f, whose title stands in dev.
    assert splits["train"].titles == ["Red mouse", "Blue mouse", "Blue mouse", "Lamp"]
    assert splits["train"].price_usd.tolist() == [10.0, 20.0, 7.0, 7.0]
    assert splits["dev"].titles == ["Desk"]
    # The same title is of the same group, so that no fold knows the answer of another.
    assert splits["train"].groups.tolist() == ["g1", "g1", "g1", "d"]


def test_the_fingerprint_is_of_all_that_is_read(tmp_path):
    market(tmp_path, product_id=["a", "b", "x"])
    bare = data.fingerprint(tmp_path)
    history(tmp_path)
    assert data.fingerprint(tmp_path) != bare


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
