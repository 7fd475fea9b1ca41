#!/usr/bin/env python3
"""Writes the fixtures beside this script, with the packages safetensors, numpy and torch.

    python3 -m venv venv && venv/bin/pip install safetensors numpy torch
    venv/bin/python Tests/ConvolutionIOTests/Fixtures/make_fixtures.py

The tests know the values by the same formulas, so that a fixture is evidence of the other program's format alone.
Made with safetensors 0.8.0, numpy 2.4.6 and torch 2.13.0.
"""
from pathlib import Path

import numpy as np
import torch
from numpy.lib import format as npy
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch_file

here = Path(__file__).parent


def ramp(*shape, dtype=np.float32):
    """0, 0.25, 0.5, … row by row: exact in every floating-point type here."""
    return (np.arange(np.prod(shape, dtype=int)) * 0.25).astype(dtype).reshape(shape)


def write_safetensors():
    save_file({"a": ramp(2, 3), "b.scalar": ramp(), "b.empty": ramp(0, 4)}, here / "float32.safetensors",
              metadata={"format": "np", "quote\"\\\n": "é 漢 😀"})
    save_file({"a": ramp(2, 3, dtype=np.float64)}, here / "float64.safetensors")
    save_file({}, here / "empty.safetensors")
    special = [0.0, -0.0, 1.0, -2.5, 6.1035156e-05, 5.9604645e-08, 65504.0, float("inf"), float("-inf"), float("nan")]
    save_torch_file({
        "half": torch.tensor(special, dtype=torch.float16),
        "brain": torch.tensor(special, dtype=torch.bfloat16),
        "integer": torch.arange(3, dtype=torch.int64),
        "byte": torch.arange(5, dtype=torch.uint8),
        "float8": torch.ones(3, dtype=torch.float8_e4m3fn),
        "bool": torch.tensor([True, False]),
        "complex": torch.ones(2, dtype=torch.complex64),
        "single": torch.tensor([1.0, 2.0]),
    }, here / "types.safetensors")


def write_conv2d():
    """A network's state dictionary, an input, and what its layer makes of it."""
    torch.manual_seed(6)
    network = torch.nn.Sequential()
    network.add_module("features", torch.nn.Sequential(
        torch.nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2, padding_mode="reflect"),
        torch.nn.BatchNorm2d(6)))
    save_torch_file(network.state_dict(), here / "network.safetensors", metadata={"format": "pt"})
    image = torch.randn(2, 4, 7, 6)
    np.save(here / "network-input.npy", image.numpy())
    # In double precision, so that the expected values owe nothing to the order of summation.
    np.save(here / "network-output.npy", network.features[0].double()(image.double()).detach().numpy())


def write_npy():
    for name, dtype in [("f4", np.float32), ("f8", np.float64)]:
        for order in "CF":
            np.save(here / f"{name}-{order}.npy", np.asarray(ramp(2, 3, 4, dtype=dtype), order=order))
    for version in [(1, 0), (2, 0), (3, 0)]:
        with open(here / f"version-{version[0]}.npy", "wb") as file:
            npy.write_array(file, ramp(3, 2), version=version)
    np.save(here / "scalar.npy", ramp())
    np.save(here / "vector.npy", ramp(5))
    np.save(here / "empty.npy", ramp(2, 0, 3))
    np.save(here / "integers.npy", np.arange(3))
    np.save(here / "big-endian.npy", ramp(3).astype(">f4"))
    np.save(here / "records.npy", np.zeros(2, dtype=[("x", "<f4"), ("y", "<f8")]))


write_safetensors()
write_conv2d()
write_npy()
