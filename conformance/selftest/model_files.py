"""Small models of several nodes, for models_test.py."""
import random

from onnx_file import BOOL, INT64, floats, graph, integers, node, write_model


def drawn(name, shape, scale=0.5):
    numbers = random.Random(name)
    count = 1
    for size in shape:
        count *= size
    return floats(name, shape, [numbers.uniform(-scale, scale) for _ in range(count)])


def convolutions(path):
    """What an image classifier is made of: 11 nodes and 8 problems. The Relus are one, conv2 and conv3 are one,
    although their weights differ."""
    positive = floats("variance", [4], [0.5, 1.0, 1.5, 2.0])
    write_model(path, graph(
        [node("Conv", ["x", "w1", "b1"], "c1", "conv1", pads=[1, 1, 1, 1]),
         node("BatchNormalization", ["c1", "scale", "shift", "mean", "variance"], "n1", "norm1"),
         node("Relu", ["n1"], "r1", "relu1"),
         node("Conv", ["r1", "w2"], "c2", "conv2", pads=[0, 1, 2, 1], group=2),
         node("Relu", ["c2"], "r2", "relu2"),
         node("Conv", ["r2", "w3"], "c3", "conv3", pads=[0, 1, 2, 1], group=2),
         node("Relu", ["c3"], "r3", "relu3"),
         node("GlobalAveragePool", ["r3"], "p", "pool"), node("Flatten", ["p"], "f", "flat"),
         node("Gemm", ["f", "w4", "b4"], "g", "dense", transB=1),
         node("Softmax", ["g"], "y", "shares", axis=-1)],
        [drawn("w1", [4, 3, 3, 3]), drawn("b1", [4]), drawn("scale", [4]), drawn("shift", [4]),
         drawn("mean", [4]), positive, drawn("w2", [4, 2, 3, 3]), drawn("w3", [4, 2, 3, 3]), drawn("w4", [5, 4]), drawn("b4", [5])],
        {"x": [2, 3, 8, 9]}, {"y": [2, 5]}))


def attention(path):
    """Two products of matrices with a softmax between."""
    write_model(path, graph(
        [node("Transpose", ["k"], "kt", "turn", perm=[1, 0]), node("MatMul", ["q", "kt"], "s", "scores"),
         node("Mul", ["s", "scale"], "t", "scaled"), node("Softmax", ["t"], "p", "shares", axis=-1),
         node("MatMul", ["p", "v"], "y", "mix")],
        [floats("scale", [1], [0.25])], {"q": [33, 17], "k": [33, 17], "v": [33, 17]},
        {"y": [33, 17]}))


def open_batch(path):
    write_model(path, graph(
        [node("MatMul", ["x", "w"], "m", "dense"), node("Relu", ["m"], "y", "relu")],
        [drawn("w", [6, 4])], {"x": ["N", 6]}, {"y": ["N", 4]}))


def without_reference(path):
    """Neither the cpu plugin nor a reference has LpNormalization."""
    write_model(path, graph(
        [node("Relu", ["x"], "r", "relu"), node("LpNormalization", ["r"], "n", "norm"),
         node("Add", ["n", "r"], "y", "sum")], [], {"x": [3, 5]}, {"y": [3, 5]}))


def loop(path):
    body = graph([node("Identity", ["go"], "again", "go_on"), node("Add", ["a", "a"], "b", "twice")], [],
                 {"i": (INT64, []), "go": (BOOL, []), "a": [3]}, {"again": (BOOL, []), "b": [3]})
    write_model(path, graph(
        [node("Loop", ["trips", "", "x"], "y", "around", body=body)], [integers("trips", [3])],
        {"x": [3]}, {"y": [3]}))


def sized_by_data(path):
    """The sizes of NonZero's output hang on what its input holds."""
    write_model(path, graph(
        [node("Relu", ["x"], "r", "relu"), node("NonZero", ["r"], "n", "places"),
         node("Cast", ["n"], "y", "numbers", to=1)], [], {"x": [3, 5]}, {"y": [2, "M"]}))


def sum_of_two(path):
    write_model(path, graph(
        [node("Relu", ["x"], "r", "relu"), node("Add", ["r", "x"], "y", "sum")], [], {"x": [3, 5]}, {"y": [3, 5]}))
