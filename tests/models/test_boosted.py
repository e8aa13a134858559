import numpy as np
import pytest
from onnxruntime import InferenceSession

from models import boosted, export

QUICK = {"max_iter": 30, "min_samples_leaf": 10}


def rows(count, seed):
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(count, 6)).astype(np.float32)
    inputs[:, 5] = random.integers(3, size=count)
    inputs[random.random(inputs.shape) < 0.2] = np.nan
    inputs[:, 4] = np.nan  # never known
    known = np.nan_to_num(inputs)
    target = np.where(known[:, 0] > 0.5, 2.0, 0.0) + 0.5 * known[:, 5] + np.isnan(inputs[:, 1])
    return inputs, target + random.normal(0, 0.1, count)


@pytest.fixture(scope="module")
def grown():
    inputs, target = rows(3_000, 0)
    return boosted.fit(inputs, target, np.ones(len(inputs)), 0, QUICK)


def test_graph_plain_numbers_and_scikit_learn_say_the_same_of_known_and_unknown(grown):
    trees = boosted.Trees.of(grown)
    inputs, target = rows(2_000, 1)
    # What lies on a threshold must fall to the same side.
    splits = np.flatnonzero(trees.left > 0)
    inputs[np.arange(len(splits)) % 2_000, trees.feature[splits]] = trees.threshold[splits]
    expected = grown.predict(inputs)
    np.testing.assert_allclose(trees.added(inputs), expected, atol=1e-9)
    session = InferenceSession(boosted.graph(trees).SerializeToString())
    (found,) = session.run(None, {"inputs": inputs})
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-5)
    assert np.mean(np.abs(expected - target)) < 0.5 * np.mean(np.abs(target - np.median(target)))


def test_a_row_does_not_depend_on_the_batch(grown):
    session = InferenceSession(boosted.graph(boosted.Trees.of(grown)).SerializeToString())
    inputs, _ = rows(500, 2)
    (whole,) = session.run(None, {"inputs": inputs})
    single = [session.run(None, {"inputs": inputs[at : at + 1]})[0][0] for at in range(50)]
    np.testing.assert_allclose(whole[:50], single, rtol=1e-6)


def test_growing_again_gives_the_same_trees(grown):
    inputs, target = rows(3_000, 0)
    again = boosted.Trees.of(boosted.fit(inputs, target, np.ones(len(inputs)), 0, QUICK))
    for one, two in zip(boosted.Trees.of(grown), again, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_graph_of_other_trees_is_not_exported(grown):
    trees = boosted.Trees.of(grown)
    content = boosted.graph(trees).SerializeToString()
    assert export.compare_trees(trees, content) < export.TOLERANCE
    other = trees._replace(value=trees.value * 1.001)
    with pytest.raises(export.ExportError, match="differ"):
        export.compare_trees(other, content)


def test_rows_of_more_weight_are_followed():
    inputs = np.zeros((400, 1), np.float32)
    target = np.repeat([0.0, 1.0], 200)
    weight = np.repeat([1.0, 9.0], 200)
    grown = boosted.fit(inputs, target, weight, 0, QUICK)
    assert grown.predict(inputs[:1])[0] == pytest.approx(1.0, abs=0.05)
