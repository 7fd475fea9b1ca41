"""One convolution as an ONNX model, for the engines that read such."""

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper


def operands(layer):
    """Input, weight and bias, from U(-1, 1)."""
    generator = numpy.random.default_rng(1)

    def random(*shape):
        return generator.uniform(-1, 1, shape).astype(numpy.float32)

    return (
        random(layer["N"], layer["C"], layer["H"], layer["W"]),
        random(layer["O"], layer["C"] // layer["G"], layer["KH"], layer["KW"]),
        random(layer["O"]),
    )


def output_shape(layer):
    def size(extent, kernel, stride):
        return (extent + 2 * layer["P"] - layer["D"] * (kernel - 1) - 1) // stride + 1

    return [
        layer["N"], layer["O"], size(layer["H"], layer["KH"], layer["SH"]), size(layer["W"], layer["KW"], layer["SW"])]


def model(layer, weight, bias):
    """The serialised model; weight and bias are constants, so that an engine may pack them."""
    node = helper.make_node(
        "Conv", ["x", "weight", "bias"], ["y"], kernel_shape=[layer["KH"], layer["KW"]],
        strides=[layer["SH"], layer["SW"]], pads=[layer["P"]] * 4, dilations=[layer["D"]] * 2, group=layer["G"])
    graph = helper.make_graph(
        [node], "convolution",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [layer["N"], layer["C"], layer["H"], layer["W"]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, output_shape(layer))],
        [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(bias, "bias")])
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString()
