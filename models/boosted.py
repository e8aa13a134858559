"""Boosted trees: what is to be added to the other members' estimate, served by ONNX.

The loss is the absolute error of the log price, weighted by the root of the expected price: the
trees care for dollars, too. (Weighted by the true price, they would learn to overestimate.)
"""

from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

Floats = npt.NDArray[np.float64]
Inputs = npt.NDArray[np.float32]

# Chosen on folds of train; weights by the price to the power of 0, 0.5 and 1 were compared.
TREES: dict[str, Any] = {
    "loss": "absolute_error",
    "max_iter": 300,
    "learning_rate": 0.05,
    "max_leaf_nodes": 24,
    "min_samples_leaf": 60,
    "l2_regularization": 1.0,
    "max_features": 0.3,
    "early_stopping": False,
}
OPSETS = (("", 17), ("ai.onnx.ml", 3))
IR_VERSION = 10
_FAR = np.finfo(np.float32).max


class Trees(NamedTuple):
    """Fitted trees; (nodes,) each, tree by tree, a tree's root first."""

    tree: npt.NDArray[np.int64]
    feature: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.float32]
    left: npt.NDArray[np.int64]
    """Node of the tree for features <= threshold; a leaf's is 0."""
    right: npt.NDArray[np.int64]
    is_missing_left: npt.NDArray[np.bool_]
    value: Floats
    """What a leaf adds."""
    base: Floats
    """(1,) what all begin with."""
    columns: npt.NDArray[np.int64]
    """(1,) number of inputs."""

    @classmethod
    def of(cls, model: HistGradientBoostingRegressor) -> Self:
        """Take them out of scikit-learn, which shows them nowhere else."""
        nodes = [stage[0].nodes for stage in model._predictors]  # noqa: SLF001
        flat = np.concatenate(nodes)
        threshold = np.clip(flat["num_threshold"], -_FAR, _FAR)
        rounded = threshold.astype(np.float32)
        # Rounded down: for inputs in float32 the comparison then is the one in float64.
        below = np.nextafter(rounded, np.float32(-np.inf))
        return cls(
            tree=np.repeat(np.arange(len(nodes)), [len(tree) for tree in nodes]),
            feature=flat["feature_idx"].astype(np.int64),
            threshold=np.where(rounded > threshold, below, rounded),
            left=flat["left"].astype(np.int64),
            right=flat["right"].astype(np.int64),
            is_missing_left=flat["missing_go_to_left"].astype(bool),
            value=flat["value"].astype(np.float64),
            base=np.ravel(model._baseline_prediction)[:1].astype(np.float64),  # noqa: SLF001
            columns=np.array([model.n_features_in_]),
        )

    def added(self, inputs: Inputs) -> Floats:
        """(n,) what the graph computes; here in numpy."""
        roots = np.flatnonzero(np.diff(self.tree, prepend=-1))
        total = np.full(len(inputs), self.base[0])
        rows = np.arange(len(inputs))
        for root in roots.tolist():
            node = np.full(len(inputs), root)
            while (self.left[node] > 0).any():
                value = inputs[rows, self.feature[node]]
                is_left = np.where(
                    np.isnan(value), self.is_missing_left[node], value <= self.threshold[node]
                )
                after = root + np.where(is_left, self.left[node], self.right[node])
                node = np.where(self.left[node] > 0, after, node)
            total += self.value[node]
        return total


def fit(
    inputs: Inputs, target: Floats, weight: Floats, seed: int, settings: dict[str, Any]
) -> HistGradientBoostingRegressor:
    """Fit on n rows: what is to be added to the estimate, and how much each row counts."""
    model = HistGradientBoostingRegressor(random_state=seed, **(TREES | settings))
    # scikit-learn cannot bin a column of which nothing is known; a constant is never split.
    known = np.where(np.isnan(inputs).all(axis=0), np.float32(0), inputs)
    # One thread: sums in one order, the same trees on any machine.
    with threadpool_limits(1):
        return model.fit(known, target, sample_weight=weight)


def graph(trees: Trees) -> onnx.ModelProto:
    """One node: `inputs` (n, columns) float32, NaN = unknown; `added` (n, 1) float32."""
    node = np.arange(len(trees.tree)) - np.searchsorted(trees.tree, trees.tree)
    is_leaf = trees.left == 0
    operator = helper.make_node(
        "TreeEnsembleRegressor",
        ["inputs"],
        ["added"],
        domain="ai.onnx.ml",
        n_targets=1,
        base_values=trees.base.tolist(),
        nodes_treeids=trees.tree.tolist(),
        nodes_nodeids=node.tolist(),
        nodes_featureids=np.where(is_leaf, 0, trees.feature).tolist(),
        nodes_values=np.where(is_leaf, 0, trees.threshold).tolist(),
        nodes_modes=["LEAF" if leaf else "BRANCH_LEQ" for leaf in is_leaf.tolist()],
        nodes_truenodeids=trees.left.tolist(),
        nodes_falsenodeids=trees.right.tolist(),
        nodes_missing_value_tracks_true=(trees.is_missing_left & ~is_leaf).astype(int).tolist(),
        target_treeids=trees.tree[is_leaf].tolist(),
        target_nodeids=node[is_leaf].tolist(),
        target_ids=[0] * int(is_leaf.sum()),
        target_weights=trees.value[is_leaf].tolist(),
    )
    model = helper.make_model(
        helper.make_graph(
            [operator],
            "trees",
            [
                helper.make_tensor_value_info(
                    "inputs", TensorProto.FLOAT, ["rows", int(trees.columns[0])]
                )
            ],
            [helper.make_tensor_value_info("added", TensorProto.FLOAT, ["rows", 1])],
        ),
        opset_imports=[helper.make_opsetid(*opset) for opset in OPSETS],
    )
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model, full_check=True)
    return model
