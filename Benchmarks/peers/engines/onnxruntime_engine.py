"""ONNX Runtime, CPU provider, with input and output bound once."""

import time

import networks
import onnxruntime

from . import onnx_model

VARIANTS = {"convolution": ["default"], "network": ["default"]}
SCALARS = ["float"]
HAS_BACKWARD = False


def versions():
    return f"ONNX Runtime {onnxruntime.__version__}"


def prepare(layer, variant, threads, phase, scalar):
    expected = None
    if "network" in layer:
        x, expected = networks.input_and_output(layer["network"])
        model, shape = networks.path(layer["network"], ".onnx"), expected.shape
    else:
        x, weight, bias = onnx_model.operands(layer)
        model, shape = onnx_model.model(layer, weight, bias), onnx_model.output_shape(layer)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    start = time.perf_counter()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    preparation = time.perf_counter() - start
    output = onnxruntime.OrtValue.ortvalue_from_shape_and_type(list(shape), "float32", "cpu")
    binding = session.io_binding()
    binding.bind_ortvalue_input("x", onnxruntime.OrtValue.ortvalue_from_numpy(x))
    binding.bind_ortvalue_output("y", output)

    def call():
        session.run_with_iobinding(binding)

    def difference():
        return networks.difference(output.numpy(), expected)

    return call, preparation, difference if expected is not None else None
