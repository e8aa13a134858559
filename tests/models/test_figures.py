import numpy as np
import pytest

from models import figures
from models.data import Products


def test_figures_are_what_their_names_say():
    price = np.array([100.0, 100.0, 100.0, 50.0])
    estimate = np.array([[80, 110, 120], [10, 50, 60], [90, 100, 200], [np.nan] * 3])
    found = figures.measure(price, estimate)
    assert (found.n, found.answered) == (4, 0.75)
    assert found.medape == pytest.approx(10)
    assert found.mae_usd == pytest.approx(20)
    assert found.within_20 == pytest.approx(200 / 3)
    assert found.coverage == pytest.approx(200 / 3)
    assert found.width == pytest.approx(200 / 90)
    logs = np.log1p([110, 50, 100]) - np.log1p(100)
    assert found.rmsle == pytest.approx(np.sqrt(np.mean(logs**2)))


def test_a_category_never_seen_gets_the_median_of_all():
    names = np.array(["", "", ""], object)
    train = Products(["a"] * 3, [None] * 3, ["x", "x", "y"], names, np.array([1.0, 3, 10]), names)
    asked = Products(["b"] * 3, [None] * 3, ["x", "z", None], names, np.ones(3), names)
    assert figures.category_median(train, asked).tolist() == [2, 3, 3]
