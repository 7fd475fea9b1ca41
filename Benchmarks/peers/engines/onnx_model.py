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


def padding(layer):
    return layer.get("PH", layer.get("P")), layer.get("PW", layer.get("P"))


def dilation(layer):
    return layer.get("DH", layer.get("D")), layer.get("DW", layer.get("D"))


def output_shape(layer):
    def size(axis, pad, step):
        kernel, stride = layer[f"K{axis}"], layer[f"S{axis}"]
        return (layer[axis] + 2 * pad - step * (kernel - 1) - 1) // stride + 1

    return [layer["N"], layer["O"]] + [
        size(axis, pad, step) for axis, pad, step in zip("HW", padding(layer), dilation(layer))]


def model(layer, weight, bias):
    """The serialised model; weight and bias are constants, so that an engine may pack them."""
    node = helper.make_node(
        "Conv", ["x", "weight", "bias"], ["y"], kernel_shape=[layer["KH"], layer["KW"]],
        strides=[layer["SH"], layer["SW"]], pads=padding(layer) * 2, dilations=dilation(layer), group=layer["G"])
    graph = helper.make_graph(
        [node], "convolution",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [layer["N"], layer["C"], layer["H"], layer["W"]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, output_shape(layer))],
        [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(bias, "bias")])
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString()
