"""PyTorch, eager: its convolution with NCHW tensors and with channels_last tensors."""

import torch

VARIANTS = ["contiguous", "channels_last"]
SCALARS = ["float", "double"]
HAS_BACKWARD = True


def versions():
    return f"PyTorch {torch.__version__}"


def prepare(layer, variant, threads, phase, scalar):
    torch.set_num_threads(threads)
    generator = torch.Generator().manual_seed(1)
    scalar_type = torch.float64 if scalar == "double" else torch.float32
    memory_format = torch.channels_last if variant == "channels_last" else torch.contiguous_format

    def random(*shape):
        return (torch.rand(shape, generator=generator, dtype=scalar_type) * 2 - 1).contiguous(memory_format=memory_format)

    x = random(layer["N"], layer["C"], layer["H"], layer["W"])
    weight = random(layer["O"], layer["C"] // layer["G"], layer["KH"], layer["KW"])
    bias = torch.rand(layer["O"], generator=generator, dtype=scalar_type)
    stride, padding = [layer["SH"], layer["SW"]], [layer["P"]] * 2
    dilation, groups = [layer["D"]] * 2, layer["G"]

    def forward():
        with torch.inference_mode():
            return torch.nn.functional.conv2d(x, weight, bias, stride, padding, dilation, groups)

    if phase == "forward":
        return forward, 0
    output_gradient = random(*forward().shape)

    def gradients():
        with torch.no_grad():
            torch.ops.aten.convolution_backward(
                output_gradient, x, weight, [layer["O"]], stride, padding, dilation, False, [0, 0], groups,
                [True, True, True])

    def step():
        forward()
        gradients()

    return gradients if phase == "backward" else step, 0
