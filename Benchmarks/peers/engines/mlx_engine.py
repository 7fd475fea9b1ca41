"""MLX on the CPU, its own NHWC tensors."""

import mlx.core as mx

from . import onnx_model

mx.set_default_device(mx.cpu)

VARIANTS = {"convolution": ["default"]}
SCALARS = ["float"]
HAS_BACKWARD = False


def versions():
    return f"MLX {mx.__version__}"


def prepare(layer, variant, threads, phase, scalar):
    x, weight, bias = (mx.array(operand) for operand in onnx_model.operands(layer))
    x = mx.contiguous(x.transpose(0, 2, 3, 1))
    weight = mx.contiguous(weight.transpose(0, 2, 3, 1))
    padding, dilation = onnx_model.padding(layer), onnx_model.dilation(layer)
    mx.eval(x, weight, bias)

    def call():
        mx.eval(mx.conv2d(x, weight, (layer["SH"], layer["SW"]), padding, dilation, layer["G"]) + bias)

    return call, 0, None
