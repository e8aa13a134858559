"""The trained model as one ONNX graph: `Features` in, USD quantiles out.

Tables are int8 and int16 and their sums exact; from there on all is float64, so a row's answer does
not depend on the rows beside it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from models import calibrate, linear
from models.bags import WIDTH
from models.trained import Trained
from udfs.pricing.features import NUMBERS, SIDE, Features
from udfs.pricing.stack import LEAST_GAP, LEAST_USD

OPSET = 17
IR_VERSION = 10  # what onnxruntime 1.18 and later read
OUTPUT = "quantiles_usd"
MEMBERS = "members"  # the second output: what each network and both ridges say, log price


class _Nodes:
    """A graph under construction: every call adds a node and returns its output's name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def __call__(self, operator: str, *inputs: str | npt.NDArray[Any], **attributes: Any) -> str:
        names = [name if isinstance(name, str) else self.constant(name) for name in inputs]
        output = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, names, [output], **attributes))
        return output

    def constant(self, value: npt.NDArray[Any]) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def double(self, name: str) -> str:
        return self("Cast", name, to=TensorProto.DOUBLE)

    def bag(self, table: npt.NDArray[Any], ids: str) -> str:
        """Sum of the table's rows at ids, (n, columns) double; exact, as float32 holds integers."""
        rows = self("Cast", self("Gather", table, ids, axis=0), to=TensorProto.FLOAT)
        return self.double(self("ReduceSum", rows, _axes(1), keepdims=0))

    def columns(self, name: str, first: int, last: int) -> str:
        return self("Slice", name, _axes(first), _axes(last), _axes(1))


def _axes(*values: int) -> npt.NDArray[np.int64]:
    return np.array(values, np.int64)


def build(trained: Trained) -> onnx.ModelProto:
    """The graph; inputs are the fields of Features, outputs `outputs()`."""
    n = _Nodes()
    has_side = n.double(n("Greater", n.columns("side", 1, 2), np.zeros(1, np.int32)))
    ridges = _ridge(n, trained)
    ridge = _by_side(n, has_side, n.columns(ridges, 1, 2), n.columns(ridges, 0, 1))
    low, medians, high = _networks(n, trained)
    median = n("ReduceMean", medians, axes=[1], keepdims=1)
    n.nodes.append(helper.make_node("Concat", [medians, low, high, ridges], [MEMBERS], axis=1))
    blend = trained.blend
    share = _by_side(n, has_side, *(np.array([value]) for value in blend.ridge_share))
    rest = n("Sub", np.ones(1), share)
    median = n("Add", n("Mul", rest, median), n("Mul", share, ridge))
    stretch = _stretch(n, blend, median, has_side)
    low = n("Sub", median, n("Mul", n.columns(stretch, 0, 1), low))
    high = n("Add", median, n("Mul", n.columns(stretch, 1, 2), high))
    usd = n("Sub", n("Exp", n("Concat", low, median, high, axis=1)), np.ones(1))
    n.nodes.append(helper.make_node("Max", [usd, n.constant(np.array([LEAST_USD]))], [OUTPUT]))
    graph = helper.make_graph(
        n.nodes,
        "fair_price",
        [_input(name, shape, kind) for name, shape, kind in inputs()],
        [
            helper.make_tensor_value_info(name, TensorProto.DOUBLE, shape)
            for name, shape in outputs(len(trained.members.networks))
        ],
        n.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model, full_check=True)
    return model


def inputs() -> list[tuple[str, list[str | int], str]]:
    """Name, shape and numpy dtype of each input, in the order of Features."""
    widths: dict[str, str | int] = {"side": SIDE, "numbers": NUMBERS}
    return [
        (
            name,
            ["rows", widths.get(name, f"{name}_width")],
            "float32" if name == "numbers" else "int32",
        )
        for name in Features._fields
    ]


def outputs(networks: int) -> list[tuple[str, list[str | int]]]:
    """Name and shape of each output; all are float64."""
    return [(OUTPUT, ["rows", 3]), (MEMBERS, ["rows", networks + 4])]


def _input(name: str, shape: Sequence[str | int], kind: str) -> onnx.ValueInfoProto:
    dtype = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
    return helper.make_tensor_value_info(name, dtype, shape)


def _by_side(n: _Nodes, has_side: str, without: Any, within: Any) -> str:
    """`within` where the category is known, `without` elsewhere."""
    missing = n("Sub", np.ones(1), has_side)
    return n("Add", n("Mul", missing, without), n("Mul", has_side, within))


def _ridge(n: _Nodes, trained: Trained) -> str:
    """(n, 2) log price with brand and category, and without."""
    total: Any = trained.members.ridge.intercepts[None, :]
    for kind in linear.KINDS:
        sums = n.bag(trained.members.ridge.tables[kind], kind)
        square = n("Mul", n.columns(sums, 2, 3), np.array([linear.SQUARE_STEP]))
        norm = n("Sqrt", n("Max", square, np.array([1e-9])))
        weight = n("Mul", n.columns(sums, 0, 2), np.array([linear.WEIGHT_STEP]))
        total = n("Add", total, n("Div", weight, norm))
    return str(total)


def _networks(n: _Nodes, trained: Trained) -> tuple[str, str, str]:
    """Mean gap below (n, 1), medians (n, networks), mean gap above (n, 1); log price."""
    members = trained.members
    many = len(members.networks)

    def joined(name: str) -> npt.NDArray[np.float64]:
        return np.concatenate([p[name] for p in members.networks], axis=-1).astype(np.float64)

    step = joined("step")
    tables = {kind: np.round(joined(kind) / step).astype(np.int8) for kind in ("tokens", "side")}
    pool = np.repeat([recipe.pool for recipe in members.recipes], WIDTH)
    is_some = n("Cast", n("Greater", "tokens", np.zeros(1, np.int32)), to=TensorProto.DOUBLE)
    count = n("Max", n("ReduceSum", is_some, _axes(1), keepdims=1), np.ones(1))
    bag = n("Div", n.bag(tables["tokens"], "tokens"), n("Pow", count, pool[None, :]))
    bag = n("Mul", n("Add", bag, n.bag(tables["side"], "side")), step[None, :])
    bag = n("Transpose", n("Reshape", bag, _axes(-1, many, WIDTH)), perm=[1, 0, 2])
    scaled = n("Sub", n.double("numbers"), members.scale.mean.astype(np.float64))
    scaled = n("Div", scaled, members.scale.spread.astype(np.float64))
    scaled = n("Min", n("Max", scaled, np.array([-5.0])), np.array([5.0]))

    def stacked(name: str) -> npt.NDArray[np.float64]:
        return np.stack([p[name] for p in members.networks]).astype(np.float64)

    first = stacked("w0")
    hidden = n("Add", n("MatMul", bag, first[:, :WIDTH]), n("MatMul", scaled, first[:, WIDTH:]))
    hidden = n("Relu", n("Add", hidden, stacked("b0")[:, None, :]))
    hidden = n("Relu", n("Add", n("MatMul", hidden, stacked("w1")), stacked("b1")[:, None, :]))
    out = n("Add", n("MatMul", hidden, stacked("w2")), stacked("b2")[:, None, :])
    gaps = n("Log", n("Add", np.ones(1), n("Exp", n("Sub", out, np.array([0.5])))))
    gaps = n("ReduceMean", gaps, axes=[0], keepdims=0)
    gaps = n("Max", gaps, np.array([LEAST_GAP]))
    middle = n("Slice", out, _axes(1), _axes(2), _axes(2))
    medians = n("Transpose", n("Squeeze", middle, _axes(2)), perm=[1, 0])
    medians = n("Add", medians, np.array([members.mean]))
    return n.columns(gaps, 0, 1), medians, n.columns(gaps, 2, 3)


def _stretch(n: _Nodes, blend: calibrate.Blend, median: str, has_side: str) -> str:
    """(n, 2) factors of the row's cell."""
    edges = np.log1p(np.array(calibrate.BANDS_USD))[None, :]
    is_over = n.double(n("GreaterOrEqual", median, edges))
    cell = n("ReduceSum", is_over, _axes(1), keepdims=0)
    flag = n("ReduceSum", has_side, _axes(1), keepdims=0)
    cell = n("Add", cell, n("Mul", flag, np.array([edges.size + 1.0])))
    return n("Gather", blend.stretch, n("Cast", cell, to=TensorProto.INT64), axis=0)
