import numpy as np
import pytest

from scripts.bench.search import Found, clustered, markdown, recall


def test_vectors_lie_about_as_near_as_titles_of_one_kind():
    vectors = clustered(1_500, seed=1)
    assert vectors.shape == (1_500, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(1_500), abs=1e-5)
    nearest = np.sort(vectors @ vectors[0])[-3]  # itself, then its cluster
    assert 0.5 < nearest < 0.9


def test_more_vectors_begin_as_fewer_do():
    assert (clustered(2_500, seed=1)[:1_500] == clustered(1_500, seed=1)).all()


def test_recall_is_the_part_of_the_nearest_that_was_found():
    vectors = np.eye(20, dtype=np.float32)
    asked = np.linspace(1, 2, 20, dtype=np.float32)[None, :]  # 19 is nearest, 10 the tenth
    assert recall(vectors, asked, [list(range(10, 20))]) == 1
    assert recall(vectors, asked, [list(range(5, 15))]) == 0.5


def test_the_table_has_a_line_a_size():
    found = Found(10_000, 812.3, 1.234, 4.0, 9.5, 40.0, 0.987)
    assert "| 10,000 | 812 | 1.23 | 4.0 | 9.5 | 40.0 | 0.99 |" in markdown([found])
