#!/usr/bin/env python3
"""Writes golden.json beside this script: what PyTorch prints and computes for a variety of Conv2d layers.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install torch==2.13.0 numpy
    /tmp/golden/bin/python Tests/ConvolutionTests/Fixtures/golden.py

Inputs, weights, biases and output gradients are numbers that Float holds; outputs and gradients are PyTorch's in
float64, so one fixture serves both precisions. Arrays are little-endian, in base64.
"""

import base64
import json
import pathlib

import numpy
import torch

MODES = ["zeros", "reflect", "replicate", "circular"]


def layer(inputs, outputs, kernel, **arguments):
    return torch.nn.Conv2d(inputs, outputs, kernel, dtype=torch.float64, **arguments)


def pair(value):
    return list(value) if isinstance(value, tuple) else [value, value]


def configuration(module, edges=None):
    padding = module.padding
    return {
        "inputChannels": module.in_channels,
        "outputChannels": module.out_channels,
        "kernelSize": pair(module.kernel_size),
        "stride": pair(module.stride),
        "dilation": pair(module.dilation),
        "groups": module.groups,
        "hasBias": module.bias is not None,
        "paddingMode": module.padding_mode,
        "paddingName": padding if isinstance(padding, str) else None,
        # top, bottom, left, right
        "edges": edges or (None if isinstance(padding, str) else [padding[0]] * 2 + [padding[1]] * 2),
    }


def encode(tensor, scalar):
    array = numpy.ascontiguousarray(tensor.detach().numpy().astype(scalar))
    return {"shape": list(array.shape), "data": base64.b64encode(array.tobytes()).decode()}


def values(generator, *shape):
    return torch.tensor(generator.uniform(-1, 1, shape).astype("<f4").astype("<f8"))


def computed(generator, module, input_shape, edges=None):
    """One case: `edges` pads by four different amounts first, which the layer itself cannot say."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(values(generator, *parameter.shape))
    x = values(generator, *input_shape).requires_grad_()
    padded = x
    if edges:
        top, bottom, left, right = edges
        mode = {"zeros": "constant"}.get(module.padding_mode, module.padding_mode)
        batched = x if x.dim() == 4 else x[None]
        padded = torch.nn.functional.pad(batched, (left, right, top, bottom), mode=mode)
        padded = padded if x.dim() == 4 else padded[0]
    y = module(padded)
    dy = values(generator, *y.shape)
    y.backward(dy)
    case = {
        "configuration": configuration(module, edges),
        "description": None if edges else str(module),
        "input": encode(x, "<f4"),
        "weight": encode(module.weight, "<f4"),
        "outputGradient": encode(dy, "<f4"),
        "output": encode(y, "<f8"),
        "inputGradient": encode(x.grad, "<f8"),
        "weightGradient": encode(module.weight.grad, "<f8"),
    }
    if module.bias is not None:
        case["bias"] = encode(module.bias, "<f4")
        case["biasGradient"] = encode(module.bias.grad, "<f8")
    return case


def computed_cases(generator):
    for mode in MODES:
        yield layer(2, 4, 3, padding=1, padding_mode=mode), [2, 2, 6, 5]
        yield layer(4, 6, (2, 4), stride=(2, 1), padding=(1, 2), groups=2, padding_mode=mode), [1, 4, 7, 8]
        yield layer(3, 2, (3, 2), padding="same", dilation=(1, 3), padding_mode=mode), [3, 6, 7]
        yield layer(2, 2, 5, padding=4, dilation=2, stride=3, padding_mode=mode), [1, 2, 9, 8]
        yield layer(3, 6, (4, 3), padding=(2, 3), groups=3, bias=False, padding_mode=mode), [1, 3, 5, 6]
    yield layer(3, 4, 3), [2, 3, 5, 6]
    yield layer(8, 5, 1), [2, 8, 4, 3]
    yield layer(8, 4, 1, groups=4, bias=False), [1, 8, 3, 5]
    yield layer(3, 5, 1, stride=2), [1, 3, 6, 5]
    yield layer(1, 1, 3, padding=4, dilation=4), [1, 1, 10, 10]
    yield layer(4, 4, 3, padding=1, groups=4), [1, 4, 8, 7]
    yield layer(4, 8, 3, padding=1, stride=2, groups=4), [1, 4, 7, 8]
    yield layer(3, 4, 7, padding=3, stride=2), [1, 3, 9, 10]
    yield layer(2, 3, (1, 5), padding="valid"), [1, 2, 4, 7]
    yield layer(2, 3, (5, 1), padding="same"), [1, 2, 6, 4]
    yield layer(2, 2, 2, stride=5), [1, 2, 13, 12]
    yield layer(2, 2, (3, 4), padding="same", bias=False), [2, 2, 5, 5]
    yield layer(5, 7, 3, padding=1), [1, 5, 12, 13]
    yield layer(6, 4, 3, padding=2, dilation=2, groups=2), [2, 6, 6, 7]
    yield layer(2, 3, 3, padding=(0, 2)), [2, 5, 4]
    yield layer(1, 2, 4, padding=3), [1, 1, 2, 3]


def edged_cases():
    for mode in MODES:
        yield layer(2, 3, 3, padding_mode=mode), [1, 2, 5, 6], [1, 2, 3, 0]
    yield layer(2, 2, 2, stride=2), [2, 3, 4], [0, 3, 1, 2]


def described_only():
    yield layer(3, 64, 3, padding=1)
    yield layer(32, 32, 3, padding=1, groups=32)
    yield layer(32, 64, 1)
    yield layer(16, 32, 1, bias=False)
    yield layer(3, 64, 7, stride=2, padding=3, bias=False)
    yield layer(16, 33, (3, 5), stride=(2, 1), padding=(4, 2), dilation=(3, 1))
    yield layer(4, 4, 3, padding="valid")
    yield layer(4, 4, 3, padding="same", dilation=2, groups=2, bias=False, padding_mode="circular")
    yield layer(4, 4, (1, 3), dilation=(1, 2))
    yield layer(1, 1, 1, stride=(1, 2), padding=(0, 1))


def main():
    generator = numpy.random.default_rng(20240229)
    cases = [computed(generator, module, shape) for module, shape in computed_cases(generator)]
    cases += [computed(generator, module, shape, edges) for module, shape, edges in edged_cases()]
    cases += [{"configuration": configuration(m), "description": str(m)} for m in described_only()]
    path = pathlib.Path(__file__).with_name("golden.json")
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path.write_text(f'{{"torch": "{torch.__version__}", "cases": [\n{lines}\n]}}\n')
    print(f"{path}: {len(cases)} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
