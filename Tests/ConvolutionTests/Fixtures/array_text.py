"""Writes array_text.json: what NumPy's str prints, which DescriptionTests hold a tensor's description against.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install numpy==2.4.6
    /tmp/venv/bin/python Tests/ConvolutionTests/Fixtures/array_text.py > Tests/ConvolutionTests/Fixtures/array_text.json

Scalars are hexadecimal floating-point numbers, which lose nothing; "nan" and "inf" stand for themselves.
"""

import json

import numpy

nan, inf = numpy.nan, numpy.inf
random = numpy.random.default_rng(1)
arrays = [
    numpy.array(1.5),
    numpy.array([0.0]),
    numpy.array([1.0, 2.0, 3.0]),
    numpy.array([[0.5, -1, 2.25], [3, 4, 5]]),
    numpy.array([[0.1, 0.2], [0.3, 1 / 3]]),
    numpy.array([1e-4, 0.05]),
    numpy.array([9.9e-5, 0.05]),
    numpy.array([1.0, 1000.0, 0.0]),
    numpy.array([1.0, 1001.0, 0.0]),
    numpy.array([999999.0, 1000.0]),
    numpy.array([1e6, 1e5]),
    numpy.array([99999999.0, 1e7]),
    numpy.array([1e8, 1e7]),
    numpy.array([1e-300, 1.0]),
    numpy.array([-1.25e30, 1.0, 0.0]),
    numpy.array([nan, 1.0]),
    numpy.array([nan, inf, -inf]),
    numpy.array([-inf, 1.5, -100.25]),
    numpy.array([inf, 1e-20]),
    numpy.array([nan]),
    numpy.array([-0.0, 0.0]),
    numpy.array([0.99999999999, 1.0]),
    numpy.array([9.9999999996, 0.5]),
    numpy.array([123456.789, 123.456789012]),
    numpy.array([1.23456789012e-7, 9.99999999999e-7]),
    numpy.zeros([0]),
    numpy.zeros([2, 0, 3]),
    numpy.zeros([2, 1, 1, 2]),
    numpy.arange(24).reshape(2, 3, 4) - 7,
    random.normal(size=[3, 8, 8]),
    random.uniform(size=[5, 5]) * 1e5,
    numpy.exp(random.normal(size=[40]) * 20),
    random.integers(-300, 300, size=[4, 20]) / 4,
]
# Shapes of 0, 1, 2, …, each divided by a number.
ramps = [
    ([28], 8),
    ([28, 28], 16),
    ([1000], 1000),
    ([1001], 1000),
    ([6, 7, 40], 1),
    ([2, 3, 16, 16], 255),
    ([1200, 1], 7),
    ([7, 8, 1, 20], 3),
]


def hexadecimal(number):
    return float(number).hex() if numpy.isfinite(number) else str(float(number))


cases = []
for scalar in ["float32", "float64"]:
    for array in arrays:
        with numpy.errstate(under="ignore"):
            typed = array.astype(scalar)
        cases.append(
            {"scalar": scalar, "shape": typed.shape, "scalars": [hexadecimal(x) for x in typed.flat], "text": str(typed)})
    for shape, divisor in ramps:
        typed = (numpy.arange(numpy.prod(shape)) / divisor).reshape(shape).astype(scalar)
        cases.append({"scalar": scalar, "shape": shape, "divisor": divisor, "text": str(typed)})
lines = ",\n".join(json.dumps(case) for case in cases)
print(f'{{"numpy": "{numpy.__version__}", "cases": [\n{lines}\n]}}')
