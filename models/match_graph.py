"""The boosted trees of a matcher as one ONNX graph: features in, probability out."""

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.graph import IR_VERSION, OPSET
from udfs.matching.features import NAMES
from udfs.matching.matcher import INPUT, OUTPUT

ML_OPSET = 3  # TreeEnsembleRegressor that takes float64


def build(model: Any) -> onnx.ModelProto:
    """The graph of a fitted HistGradientBoostingClassifier of two classes.

    Thresholds are float64, as they were fitted; ONNX gives the sum of the leaves as float32.
    """
    # scikit-learn shows its trees nowhere else; models.train_match compares what it gives.
    trees = [stage[0].nodes for stage in model._predictors]  # noqa: SLF001
    base = float(np.ravel(model._baseline_prediction)[0])  # noqa: SLF001
    nodes = np.concatenate(trees)
    sizes = [len(tree) for tree in trees]
    places = np.concatenate([np.arange(size) for size in sizes])
    numbers = np.repeat(np.arange(len(trees)), sizes)
    leaf = nodes["is_leaf"].astype(bool)
    ensemble = helper.make_node(
        "TreeEnsembleRegressor",
        [INPUT],
        ["log_odds"],
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function="SUM",
        base_values_as_tensor=_tensor("base", np.array([base])),
        nodes_treeids=numbers.tolist(),
        nodes_nodeids=places.tolist(),
        nodes_featureids=np.where(leaf, 0, nodes["feature_idx"]).tolist(),
        nodes_modes=["LEAF" if each else "BRANCH_LEQ" for each in leaf],
        nodes_values_as_tensor=_tensor("values", np.where(leaf, 0, nodes["num_threshold"])),
        nodes_truenodeids=np.where(leaf, 0, nodes["left"]).tolist(),
        nodes_falsenodeids=np.where(leaf, 0, nodes["right"]).tolist(),
        nodes_missing_value_tracks_true=np.where(leaf, 0, nodes["missing_go_to_left"]).tolist(),
        target_treeids=numbers[leaf].tolist(),
        target_nodeids=places[leaf].tolist(),
        target_ids=[0] * int(leaf.sum()),
        target_weights_as_tensor=_tensor("weights", nodes["value"][leaf]),
    )
    graph = helper.make_graph(
        [ensemble, helper.make_node("Sigmoid", ["log_odds"], [OUTPUT])],
        "product-match",
        [helper.make_tensor_value_info(INPUT, TensorProto.DOUBLE, ["pairs", len(NAMES)])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["pairs", 1])],
    )
    made = helper.make_model(
        graph,
        opset_imports=[
            helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET),
        ],
        ir_version=IR_VERSION,
        producer_name="deal-finder",
    )  # fmt: skip
    onnx.checker.check_model(made)
    return made


def _tensor(name: str, values: npt.NDArray[Any]) -> onnx.TensorProto:
    return numpy_helper.from_array(np.ascontiguousarray(values, np.float64), name)
