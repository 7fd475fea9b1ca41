#!/usr/bin/env python3
"""Writes the fixtures beside this script, with the packages safetensors, numpy and torch.

    python3 -m venv venv && venv/bin/pip install safetensors numpy torch
    venv/bin/python Tests/ConvolutionIOTests/Fixtures/make_fixtures.py

The tests know the values by the same formulas, so that a fixture is evidence of the other program's format alone.
Made with safetensors 0.8.0, numpy 2.4.6 and torch 2.13.0.
"""
from fractions import Fraction
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


def exact_bfloat16(value):
    """The nearest bfloat16, of two the even one. PyTorch rounds a double twice, to float32 and then again."""
    if not np.isfinite(value) or value == 0:
        return torch.tensor(value, dtype=torch.float64).to(torch.bfloat16)
    exponent = max(int(np.frexp(value)[1]) - 8, -133)
    whole = round(Fraction(float(value)) / Fraction(2) ** exponent)  # Python rounds a tie to the even integer.
    with np.errstate(over="ignore"):
        rounded = np.copysign(np.ldexp(float(whole), exponent), value)
    return torch.tensor(rounded, dtype=torch.float64).to(torch.bfloat16)


def write_rounding():
    """Numbers of every magnitude, and what NumPy and PyTorch make of them in fewer bits."""
    generator = np.random.default_rng(14)
    values = [0.0, -0.0, np.inf, -np.inf, np.nan]
    for bits, least, largest in [(11, -24, 65504.0), (8, -133, 2.0 ** 127 * (2 - 2.0 ** -7)), (24, -149, float(np.finfo(np.float32).max))]:
        unit = 2.0 ** least
        # Around the smallest number, ties among subnormal ones, the smallest normal one, and where infinity begins.
        edges = [unit * f for f in (0.25, 0.5, 0.75, 1, 1.5, 2.5, 3.5, 2.0 ** (bits - 1) - 1, 2.0 ** (bits - 1) - 0.5, 2.0 ** (bits - 1))]
        half_a_unit = largest * 2.0 ** -bits / (2 - 2.0 ** (1 - bits))
        edges += [largest, largest + half_a_unit, np.nextafter(largest + half_a_unit, 0), largest + 2 * half_a_unit]
        # Ties between even and odd, and what a rounding to float32 first would make a tie.
        edges += [1 + k * 2.0 ** -bits for k in range(1, 8)] + [1 + k * 2.0 ** -bits + s * 2.0 ** -45 for k in (1, 3) for s in (1, -1)]
        values += [sign * near for edge in edges for near in (np.nextafter(edge, 0), edge, np.nextafter(edge, np.inf)) for sign in (1, -1)]
    values += list(generator.standard_normal(400) * 2.0 ** generator.integers(-30, 18, 400))
    values += list(generator.standard_normal(400) * 2.0 ** generator.integers(-155, 130, 400))
    values += list(generator.integers(0, 1 << 63, 200, dtype=np.uint64).view(np.float64))
    with np.errstate(over="ignore", under="ignore"):
        doubles = np.array(values, dtype=np.float64)
        floats = doubles.astype(np.float32)
        halves, halves_of_doubles = floats.astype(np.float16), doubles.astype(np.float16)
    np.testing.assert_array_equal(halves, torch.tensor(floats).to(torch.float16).numpy())
    save_torch_file({
        "F64": torch.tensor(doubles),
        "F64 as F32": torch.tensor(floats),
        "F64 as F16": torch.tensor(halves_of_doubles),
        "F64 as BF16": torch.stack([exact_bfloat16(value) for value in doubles]),
        "F32": torch.tensor(floats),
        "F32 as F16": torch.tensor(halves),
        "F32 as BF16": torch.tensor(floats).to(torch.bfloat16),
    }, here / "rounding.safetensors")


def write_integers():
    """Integers at the edge of what Float and Double hold."""
    save_torch_file({
        "I64": torch.tensor([0, -1, 2 ** 24, -(2 ** 24), 3 * 2 ** 61, -(2 ** 63)], dtype=torch.int64),
        "I64 in Double": torch.tensor([2 ** 53, -(2 ** 53), 2 ** 24 + 1], dtype=torch.int64),
        "I64 in neither": torch.tensor([1, 2 ** 53 + 1], dtype=torch.int64),
        "U64": torch.tensor([2 ** 63, 2 ** 64 - 2 ** 40], dtype=torch.uint64),
        "U64 in neither": torch.tensor([2 ** 64 - 1], dtype=torch.uint64),
        "I32": torch.tensor([-(2 ** 31), 7], dtype=torch.int32),
        "U32": torch.tensor([2 ** 31], dtype=torch.uint32),
        "I16": torch.tensor([-(2 ** 15), 2 ** 15 - 1], dtype=torch.int16),
        "U16": torch.tensor([2 ** 16 - 1], dtype=torch.uint16),
        "I8": torch.tensor([-128, 127], dtype=torch.int8),
        "U8": torch.tensor([255], dtype=torch.uint8),
        "num_batches_tracked": torch.tensor(1000, dtype=torch.int64),
    }, here / "integers.safetensors")


def write_foreign():
    """The first bytes of files that are taken for safetensors or .npy: state dictionaries of torch.save, old and new."""
    state = {"weight": torch.zeros(1)}
    torch.save(state, here / "torch-zip.pt")
    torch.save(state, here / "torch-pickle.pt", _use_new_zipfile_serialization=False)
    np.savez(here / "arrays.npz", a=ramp(2))


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
write_rounding()
write_integers()
write_foreign()
write_conv2d()
write_npy()
