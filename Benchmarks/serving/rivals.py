"""What the scripts of this folder share with those of `make bench-peers`."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BENCHMARK = os.path.join(HERE, "..", ".build", "release", "conv2d-bench")
RESULTS = os.path.join(HERE, "..", "results")
sys.path.insert(0, os.path.join(HERE, "..", "peers"))

import layers  # noqa: E402,F401
from engines import onnx_model  # noqa: E402,F401
