"""Reads the files that InteroperationTests wrote to a folder, and compares them with what they should hold."""
import sys
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file

ODD_NAME = "quote\"\\\n\x01"


def ramp(shape, dtype):
    return (np.arange(np.prod(shape, dtype=int)) * 0.25).astype(dtype).reshape(shape)


def check(actual, shape, dtype):
    assert actual.dtype == dtype and actual.shape == shape, (actual.dtype, actual.shape)
    np.testing.assert_array_equal(actual, ramp(shape, dtype))


folder = Path(sys.argv[1])
DTYPES = {"F32": np.float32, "F64": np.float64, "F16-of-Double": np.float16, "F32-of-Double": np.float32, "F64-of-Double": np.float64}
for name, dtype in DTYPES.items():
    tensors = load_file(folder / name)
    shapes = {"a": (2, 3), "scalar": (), "empty": (0, 4), ODD_NAME + "é": (5,)}
    assert tensors.keys() == shapes.keys(), tensors.keys()
    for key, shape in shapes.items():
        check(tensors[key], shape, dtype)
with safe_open(folder / "F32", framework="np") as file:
    assert file.metadata() == {"format": "pt", ODD_NAME: "é 漢 😀"}, file.metadata()
assert load_file(folder / "none") == {}

arrays = sorted(folder.glob("*.npy"))
assert len(arrays) == 20, arrays
for path in arrays:
    dtype, order, *extents = path.stem.split("-")
    array = np.load(path, allow_pickle=False)
    check(array, tuple(map(int, extents)), np.dtype(f"<{dtype}"))
    assert array.flags.c_contiguous if order == "C" else array.flags.f_contiguous
print(f"Python reads all {len(arrays) + len(DTYPES) + 1} files as they were meant.")
