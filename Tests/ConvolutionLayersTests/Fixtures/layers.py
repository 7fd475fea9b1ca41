"""Writes layers.json: what PyTorch's layers print, hold and compute.

    pip install torch==2.13.0+cpu numpy && python layers.py

Everything is computed in float64, from inputs that are float32 numbers. Arguments are PyTorch's; the tests map them to
the Swift layers. A case with "steps" goes forward and backward several times, for layers that change.
"""

import base64
import json
import math
import pathlib

import numpy
import torch
from torch import nn

generator = numpy.random.default_rng(20260117)


def encode(tensor, scalar="<f8"):
    array = numpy.ascontiguousarray(tensor.detach().numpy().astype(scalar))
    return {"shape": list(tensor.shape), "data": base64.b64encode(array.tobytes()).decode()}


def values(*shape, scale=1.0):
    return torch.tensor(scale * generator.uniform(-1, 1, shape)).float().double()


def case(name, arguments, *shape, training=True, scale=1.0, inputs=None, steps=1):
    module = getattr(nn, name)(**arguments).double().train(training)
    with torch.no_grad():
        for key, tensor in module.state_dict().items():
            if tensor.dtype == torch.float64:
                tensor.copy_(values(*tensor.shape).abs() + 0.5 if "running_var" in key else values(*tensor.shape))
    result = {
        "layer": name, "arguments": arguments, "training": training, "description": str(module),
        "state": {key: encode(tensor) for key, tensor in module.state_dict().items()},
        "steps": [],
    }
    for _ in range(steps):
        x = (values(*shape, scale=scale) if inputs is None else inputs.clone()).requires_grad_()
        y = module(x)
        dy = values(*y.shape)
        y.backward(dy)
        result["steps"].append({
            "input": encode(x, "<f4"), "output": encode(y), "outputGradient": encode(dy, "<f4"),
            "inputGradient": encode(x.grad),
        })
    result["gradients"] = {key: encode(p.grad) for key, p in module.named_parameters()}
    result["stateAfter"] = {key: encode(tensor) for key, tensor in module.state_dict().items()}
    return result


def loss(arguments, shape, labels):
    criterion = nn.CrossEntropyLoss(**arguments)
    scores = values(*shape, scale=8).requires_grad_()
    value = criterion(scores, torch.tensor(labels))
    value.backward()
    return {
        "layer": "CrossEntropyLoss", "arguments": arguments, "description": str(criterion),
        "labels": torch.tensor(labels).flatten().tolist(), "value": None if value.isnan() else value.item(),
        "steps": [{"input": encode(scores, "<f4"), "inputGradient": encode(scores.grad)}],
    }


EDGES = torch.tensor(
    [0.0, -0.0, 1.0, -1.0, 3.0, -3.0, 6.0, -6.0, 0.5, -0.5, 2.5, -2.5, 1e-30, -1e-30, 20.0, -20.0, 88.0, -88.0])
SPECIALS = torch.tensor([math.nan, math.inf, -math.inf, 1e-42, -1e-42, 1e10, -1e10, 300.0, -300.0])


def activations():
    for name, arguments in [
        ("ReLU", {}), ("ReLU", {"inplace": True}), ("ReLU6", {}), ("ReLU6", {"inplace": True}), ("LeakyReLU", {}),
        ("LeakyReLU", {"negative_slope": 0.2}), ("LeakyReLU", {"negative_slope": 1e-05, "inplace": True}),
        ("Sigmoid", {}), ("Tanh", {}), ("SiLU", {}), ("SiLU", {"inplace": True}), ("Hardswish", {}), ("GELU", {}),
        ("GELU", {"approximate": "tanh"}),
    ]:
        if arguments.get("inplace"):
            module = getattr(nn, name)(**arguments)
            yield {"layer": name, "arguments": arguments, "description": str(module), "steps": []}
            continue
        yield case(name, arguments, 2, 31, scale=7)
        yield case(name, arguments, inputs=EDGES.double())
        yield case(name, arguments, inputs=SPECIALS.double())
    yield case("PReLU", {}, 2, 3, 4, 5)
    yield case("PReLU", {"num_parameters": 3}, 2, 3, 4, 5)
    yield case("PReLU", {"num_parameters": 3}, 4, 3)


def pooling():
    for arguments, shape in [
        ({"kernel_size": 2}, (2, 3, 6, 8)), ({"kernel_size": 3, "stride": 2, "padding": 1}, (2, 2, 9, 7)),
        ({"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}, (1, 2, 8, 10)),
        ({"kernel_size": (2, 3), "stride": (1, 2), "padding": (1, 0)}, (2, 6, 7)),
        ({"kernel_size": 2, "stride": 3, "ceil_mode": True}, (1, 1, 6, 5)),
        ({"kernel_size": 3, "stride": 2, "ceil_mode": True}, (1, 1, 2, 2)),
        ({"kernel_size": 1, "stride": 2}, (1, 1, 5, 5)), ({"kernel_size": 9, "stride": 7, "padding": 4}, (1, 1, 17, 22)),
    ]:
        yield case("MaxPool2d", arguments, *shape)
        yield case("AvgPool2d", arguments, *shape)
    for arguments, shape in [
        ({"kernel_size": 3, "dilation": 2}, (2, 2, 9, 8)),
        ({"kernel_size": (4, 2), "stride": 2, "padding": (2, 1), "dilation": (3, 2)}, (1, 2, 11, 9)),
        ({"kernel_size": 3, "stride": 3, "padding": 1, "dilation": 2, "ceil_mode": True}, (1, 2, 10, 11)),
    ]:
        yield case("MaxPool2d", arguments, *shape)
    ties = torch.tensor([1.0, 1.0, 0.0, 2.0, 1.0, 1.0, 2.0, 2.0, math.nan, 1.0, -math.inf, -math.inf, 1.0, math.nan,
                         -math.inf, -math.inf]).double().reshape(1, 1, 4, 4)
    yield case("MaxPool2d", {"kernel_size": 2}, inputs=ties)
    yield case("MaxPool2d", {"kernel_size": 3, "stride": 1, "padding": 1}, inputs=ties)
    for arguments, shape in [
        ({"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}, (2, 2, 9, 7)),
        ({"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False}, (1, 2, 8, 10)),
        ({"kernel_size": (2, 3), "divisor_override": 5}, (2, 6, 7)),
        ({"kernel_size": 2, "divisor_override": -3, "padding": 1, "ceil_mode": True}, (1, 1, 5, 6)),
    ]:
        yield case("AvgPool2d", arguments, *shape)
    for size, shape in [(1, (2, 3, 7, 7)), ((1, 1), (2, 3, 5, 4)), ((7, 7), (1, 2, 13, 9)), ((3, 5), (2, 7, 11)),
                        (4, (1, 2, 3, 2))]:
        yield case("AdaptiveAvgPool2d", {"output_size": size}, *shape)


def normalization():
    for arguments in [
        {"num_features": 3}, {"num_features": 3, "eps": 0.001, "momentum": 0.3},
        {"num_features": 3, "momentum": None}, {"num_features": 3, "affine": False},
        {"num_features": 3, "track_running_stats": False},
        {"num_features": 3, "affine": False, "track_running_stats": False}, {"num_features": 3, "bias": False},
    ]:
        yield case("BatchNorm2d", arguments, 3, 3, 4, 5, steps=2, scale=3)
        yield case("BatchNorm2d", arguments, 2, 3, 4, 3, training=False)
    yield case("BatchNorm2d", {"num_features": 2}, inputs=(values(2, 2, 9, 11) + 30.0).float().double())


def upsampling():
    for arguments in [
        {"scale_factor": 2}, {"scale_factor": 1.5}, {"scale_factor": (2, 3.0)}, {"scale_factor": 0.6}, {"size": 9},
        {"size": (4, 11)}, {"size": (1, 2)}, {"size": (5, 7)},
        {"scale_factor": 2, "mode": "bilinear"}, {"scale_factor": 2, "mode": "bilinear", "align_corners": True},
        {"scale_factor": 1.7, "mode": "bilinear", "align_corners": False}, {"size": (9, 3), "mode": "bilinear"},
        {"size": (9, 3), "mode": "bilinear", "align_corners": True}, {"size": 1, "mode": "bilinear"},
        {"size": 1, "mode": "bilinear", "align_corners": True}, {"scale_factor": 0.5, "mode": "bilinear"},
    ]:
        yield case("Upsample", arguments, 2, 2, 5, 7)


def faces():
    yield case("Linear", {"in_features": 5, "out_features": 3}, 4, 5)
    yield case("Linear", {"in_features": 40, "out_features": 17, "bias": False}, 2, 3, 40)
    yield case("Linear", {"in_features": 5, "out_features": 3}, 5)
    yield case("Flatten", {}, 2, 3, 4, 2)
    yield case("Flatten", {"start_dim": 0, "end_dim": 1}, 2, 3, 4)
    yield case("Flatten", {"start_dim": -3, "end_dim": -2}, 2, 3, 4, 2)
    for arguments, shape in [
        ({"kernel_size": 3}, (2, 4, 9)), ({"kernel_size": 3, "padding": 1, "stride": 2}, (4, 10)),
        ({"kernel_size": 5, "padding": "same", "dilation": 2, "bias": False}, (1, 4, 13)),
        ({"kernel_size": 2, "padding": "valid"}, (1, 4, 6)),
        ({"kernel_size": 3, "padding": 2, "groups": 2, "padding_mode": "reflect"}, (2, 4, 7)),
        ({"kernel_size": 3, "padding": 2, "padding_mode": "circular", "dilation": 2}, (2, 4, 7)),
    ]:
        yield case("Conv1d", {"in_channels": 4, "out_channels": 6, **arguments}, *shape)
    yield case("Dropout", {}, 3, 4, training=False)
    yield case("Dropout", {"p": 0.0}, 3, 4)
    yield case("Dropout", {"p": 1.0, "inplace": False}, 3, 4)


def losses():
    yield loss({}, (4, 5), [0, 4, 2, 2])
    yield loss({"reduction": "sum"}, (4, 5), [0, 4, 2, 2])
    yield loss({"ignore_index": 2}, (4, 5), [0, 4, 2, 2])
    yield loss({}, (4, 5), [-100, 4, 2, -100])
    yield loss({}, (2, 3, 2, 2), [[[0, 1], [2, -100]], [[1, 1], [0, 2]]])
    yield loss({"reduction": "sum"}, (2, 3, 4), [[0, 1, 2, -100], [1, 1, 0, 2]])
    yield loss({}, (6,), 3)
    yield loss({}, (2, 3), [-100, -100])


def main():
    torch.set_num_threads(1)
    cases = [*activations(), *pooling(), *normalization(), *upsampling(), *faces(), *losses()]
    path = pathlib.Path(__file__).with_name("layers.json")
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    path.write_text(f'{{"torch": "{torch.__version__}", "cases": [\n{lines}\n]}}\n')
    print(f"{path}: {len(cases)} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
