"""ONNX Runtime, CPU provider, with input and output bound once."""

import time

import onnxruntime

from . import onnx_model

VARIANTS = ["default"]
SCALARS = ["float"]
HAS_BACKWARD = False
HAS_MODULES = False


def versions():
    return f"ONNX Runtime {onnxruntime.__version__}"


def prepare(layer, variant, threads, phase, scalar):
    x, weight, bias = onnx_model.operands(layer)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    model = onnx_model.model(layer, weight, bias)
    start = time.perf_counter()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    preparation = time.perf_counter() - start
    output = onnxruntime.OrtValue.ortvalue_from_shape_and_type(onnx_model.output_shape(layer), "float32", "cpu")
    binding = session.io_binding()
    binding.bind_ortvalue_input("x", onnxruntime.OrtValue.ortvalue_from_numpy(x))
    binding.bind_ortvalue_output("y", output)
    return lambda: session.run_with_iobinding(binding), preparation
