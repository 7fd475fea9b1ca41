#!/usr/bin/env python3
"""Writes transposed.json beside this script: what PyTorch prints and computes for a variety of ConvTranspose2d layers.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install torch==2.13.0 numpy
    /tmp/golden/bin/python Tests/ConvolutionTests/Fixtures/transposed.py

Inputs, weights, biases and output gradients are numbers that Float holds; outputs and gradients are PyTorch's in
float64, so one fixture serves both precisions. Arrays are little-endian, in base64.
"""

import json
import pathlib

import numpy
import torch

from golden import encode, pair, values


def layer(inputs, outputs, kernel, **arguments):
    return torch.nn.ConvTranspose2d(inputs, outputs, kernel, dtype=torch.float64, **arguments)


def configuration(module):
    return {
        "inputChannels": module.in_channels,
        "outputChannels": module.out_channels,
        "kernelSize": pair(module.kernel_size),
        "stride": pair(module.stride),
        "padding": pair(module.padding),
        "outputPadding": pair(module.output_padding),
        "dilation": pair(module.dilation),
        "groups": module.groups,
        "hasBias": module.bias is not None,
    }


def computed(generator, module, input_shape):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(values(generator, *parameter.shape))
    x = values(generator, *input_shape).requires_grad_()
    y = module(x)
    dy = values(generator, *y.shape)
    y.backward(dy)
    case = {
        "configuration": configuration(module),
        "description": str(module),
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


def computed_cases():
    yield layer(2, 3, 3), [2, 2, 4, 5]
    yield layer(3, 2, 3, padding=1), [1, 3, 5, 4]
    yield layer(3, 2, 3, stride=2, padding=1, output_padding=1), [2, 3, 4, 3]
    yield layer(4, 6, 2, stride=2), [1, 4, 3, 4]
    yield layer(3, 4, 4, stride=2, padding=1), [2, 3, 4, 4]
    yield layer(4, 2, (2, 4), stride=(3, 1), padding=(0, 2), output_padding=(2, 0)), [1, 4, 3, 5]
    yield layer(4, 6, (3, 2), stride=(1, 2), groups=2, bias=False), [2, 4, 3, 4]
    yield layer(2, 2, 3, dilation=3, output_padding=2), [1, 2, 3, 4]
    yield layer(2, 3, (3, 2), stride=2, dilation=(1, 3), padding=(1, 0), output_padding=(1, 2)), [1, 2, 4, 3]
    yield layer(2, 3, 1), [2, 2, 3, 3]
    yield layer(2, 3, 1, dilation=2, output_padding=1), [1, 2, 3, 4]
    yield layer(3, 2, 1, stride=3, output_padding=2), [1, 3, 3, 2]
    yield layer(2, 2, 2, padding=3), [1, 2, 9, 8]
    yield layer(4, 4, 3, stride=2, padding=1, groups=4, output_padding=(1, 0)), [2, 4, 4, 5]
    yield layer(3, 3, 3, padding=1, groups=3), [1, 3, 4, 5]
    yield layer(6, 3, 5, stride=2, padding=2, groups=3), [1, 6, 4, 3]
    yield layer(2, 3, 3, stride=2), [2, 3, 4]
    yield layer(1, 1, (7, 1), stride=(4, 1)), [1, 1, 2, 3]
    yield layer(4, 5, 3, padding=2, dilation=2), [1, 4, 5, 6]
    yield layer(16, 16, 3, padding=1), [1, 16, 6, 5]


def described_only():
    yield layer(16, 33, (3, 5), stride=(2, 1), padding=(4, 2), dilation=(3, 1))
    yield layer(16, 32, 3, stride=2, padding=1, output_padding=(1, 0), groups=4, bias=False, dilation=2)
    yield layer(64, 32, 2, stride=2)
    yield layer(4, 4, 1, output_padding=(0, 1), dilation=(1, 2))


def main():
    generator = numpy.random.default_rng(20240401)
    cases = [computed(generator, module, shape) for module, shape in computed_cases()]
    cases += [{"configuration": configuration(module), "description": str(module)} for module in described_only()]
    path = pathlib.Path(__file__).with_name("transposed.json")
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path.write_text(f'{{"torch": "{torch.__version__}", "cases": [\n{lines}\n]}}\n')
    print(f"{path}: {len(cases)} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
