"""A rival of memory.py: the four layers of `conv2d-bench sizes`, at the sizes that standard input names.

Argument: the engine. Each line is a height and a width; each answer the resident bytes after the
pass, and the most there ever were.
"""

import sys

import numpy

LAYERS = [(3, 32, 3, 2), (32, 64, 3, 1), (64, 128, 1, 1), (128, 64, 3, 2)]


def pytorch():
    import torch

    network = torch.nn.Sequential(*[
        torch.nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2) for inputs, outputs, kernel, stride in LAYERS])

    def run(height, width):
        with torch.inference_mode():
            network(torch.full((1, 3, height, width), 0.5))

    return run


def model():
    """The layers as an ONNX model of any height and width."""
    from onnx import TensorProto, helper, numpy_helper

    generator = numpy.random.default_rng(1)
    nodes, weights = [], []
    for index, (inputs, outputs, kernel, stride) in enumerate(LAYERS):
        bound = (inputs * kernel * kernel) ** -0.5
        weights += [
            numpy_helper.from_array(
                generator.uniform(-bound, bound, (outputs, inputs, kernel, kernel)).astype(numpy.float32), f"w{index}"),
            numpy_helper.from_array(generator.uniform(-bound, bound, outputs).astype(numpy.float32), f"b{index}")]
        nodes.append(helper.make_node(
            "Conv", [f"x{index}", f"w{index}", f"b{index}"], [f"x{index + 1}"], kernel_shape=[kernel] * 2,
            strides=[stride] * 2, pads=[kernel // 2] * 4))
    graph = helper.make_graph(
        nodes, "sizes", [helper.make_tensor_value_info("x0", TensorProto.FLOAT, [1, 3, "height", "width"])],
        [helper.make_tensor_value_info(f"x{len(LAYERS)}", TensorProto.FLOAT, [1, LAYERS[-1][1], "rows", "columns"])],
        weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def image(height, width):
    return numpy.full((1, 3, height, width), 0.5, numpy.float32)


def onnxruntime():
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.log_severity_level = 3
    session = runtime.InferenceSession(model(), options, providers=["CPUExecutionProvider"])
    return lambda height, width: session.run(None, {"x0": image(height, width)})


def openvino():
    import openvino as runtime

    core = runtime.Core()
    request = core.compile_model(core.read_model(model()), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    request = request.create_infer_request()

    def run(height, width):
        # In memory of the engine's own: its kernels may read past the end of an array.
        request.set_input_tensor(runtime.Tensor(image(height, width), shared_memory=False))
        request.infer()

    return run


def resident():
    with open("/proc/self/status") as file:
        fields = dict(line.split(":", 1) for line in file)
    return [int(fields[name].split()[0]) << 10 for name in ("VmRSS", "VmHWM")]


def main():
    run = {"PyTorch": pytorch, "ONNX Runtime": onnxruntime, "OpenVINO": openvino}[sys.argv[1]]()
    for line in sys.stdin:
        run(*map(int, line.split()))
        print(*resident(), flush=True)


main()
