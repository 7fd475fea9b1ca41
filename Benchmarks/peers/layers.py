"""The layers of layers.json, and the classes that the results are summed up by."""

import json
import math
import os

PATH = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "Sources", "Conv2dBenchmark", "Resources", "layers.json")

# The mixed layers, the convolutions of networks, gradients of the training layers, the mixed layers in Double, layers of
# unusual shapes, what stands around convolutions, and networks as a whole.
SUITES = ["mixed", "networks", "training", "double", "odd", "layers", "whole"]
# The networks that 0.1 was measured on.
FIRST_NETWORKS = ["ResNet-50", "VGG-16", "MobileNetV2", "ConvNeXt-T", "U-Net"]


def load():
    with open(PATH) as file:
        return json.load(file)


def geometry(layer):
    """What two layers of one time share."""
    return tuple(sorted((key, value) for key, value in layer.items() if key not in ("name", "times", "what")))


def kind(layer):
    return next((kind for kind in ("module", "network") if kind in layer), "convolution")


def work(data, suites):
    """Pairs of a suite's name and all that it races: (layer, phase, scalar)."""
    races = {
        "mixed": [(layer, "forward", "float") for layer in data["layers"]],
        "networks": [
            (layer, "forward", "float") for network in data["networks"].values() for layer in network],
        "training": [(layer, phase, "float") for phase in ("step", "backward") for layer in data["training"]],
        "double": [(layer, "forward", "double") for layer in data["layers"]],
        "odd": [(layer, layer["what"], "float") for layer in data["odd"]],
        "layers": [(layer, "forward", "float") for layer in data["modules"]],
        "whole": [(network, "forward", "float") for network in data["whole"]],
    }
    return [(suite, races[suite]) for suite in SUITES if suite in suites]


def products(layer):
    """Products with a tap inside the image: what a plain sum cannot do without."""
    def pairs(size, kernel, stride):
        padding, dilation = layer["P"], layer["D"]
        outputs = (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
        return sum(0 <= output * stride + tap * dilation - padding < size
                   for output in range(outputs) for tap in range(kernel))
    return (layer["N"] * layer["O"] * layer["C"] // layer["G"]
            * pairs(layer["H"], layer["KH"], layer["SH"]) * pairs(layer["W"], layer["KW"], layer["SW"]))


def _is_dense(layer, kernel, stride):
    return (layer["KH"], layer["KW"]) == (kernel, kernel) and layer["SH"] == stride and layer["G"] == layer["D"] == 1


CLASSES = {
    "3x3 s1, 64+ channels, maps of 14+": lambda layer: (
        _is_dense(layer, 3, 1) and min(layer["C"], layer["O"]) >= 64 and layer["H"] >= 14),
    "3x3 s1, 512 channels, map of 7": lambda layer: _is_dense(layer, 3, 1) and layer["C"] == 512 and layer["H"] == 7,
    "3x3 s2": lambda layer: _is_dense(layer, 3, 2) and layer["C"] > 3,
    "1x1": lambda layer: (layer["KH"], layer["KW"]) == (1, 1),
    "first layers (3 channels)": lambda layer: layer["C"] == 3,
    "depthwise": lambda layer: layer["G"] == layer["C"] > 1,
    "grouped": lambda layer: 1 < layer["G"] < layer["C"],
    "dilated": lambda layer: layer["D"] > 1,
    "all": lambda layer: True,
}


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None
