"""OpenVINO, CPU device, in single precision, one stream."""

import time

import networks
import openvino

from . import onnx_model

VARIANTS = {"convolution": ["default"], "network": ["default"]}
SCALARS = ["float"]
HAS_BACKWARD = False

_core = openvino.Core()


def versions():
    return f"OpenVINO {openvino.__version__.split('-')[0]}"


def prepare(layer, variant, threads, phase, scalar):
    expected = None
    if "network" in layer:
        x, expected = networks.input_and_output(layer["network"])
        model = networks.path(layer["network"], ".onnx")
    else:
        x, weight, bias = onnx_model.operands(layer)
        model = onnx_model.model(layer, weight, bias)
    start = time.perf_counter()
    compiled = _core.compile_model(_core.read_model(model), "CPU", {
        "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY"})
    request = compiled.create_infer_request()
    preparation = time.perf_counter() - start
    # In memory of the engine's own: its kernels may read past the end of an array.
    request.set_input_tensor(openvino.Tensor(x, shared_memory=False))

    def difference():
        return networks.difference(request.get_output_tensor().data, expected)

    return request.infer, preparation, difference if expected is not None else None
