"""PyTorch, eager: its convolution with NCHW tensors and with channels_last tensors, and its modules; whole networks also
by torch.compile."""

import time

import networks
import torch

VARIANTS = {"convolution": ["contiguous", "channels_last"], "module": ["contiguous", "channels_last"],
            "network": ["contiguous", "channels_last", "compiled"]}
SCALARS = ["float", "double"]
HAS_BACKWARD = True


def versions():
    return f"PyTorch {torch.__version__}"


def prepare(layer, variant, threads, phase, scalar):
    torch.set_num_threads(threads)
    generator = torch.Generator().manual_seed(1)
    if "network" in layer:
        return prepare_network(layer["network"], variant)
    scalar_type = torch.float64 if scalar == "double" else torch.float32
    memory_format = torch.channels_last if variant == "channels_last" else torch.contiguous_format

    def random(*shape):
        return (torch.rand(shape, generator=generator, dtype=scalar_type) * 2 - 1).contiguous(memory_format=memory_format)

    x = random(layer["N"], layer["C"], layer["H"], layer["W"])
    if "module" in layer:
        module = make_module(layer).to(memory_format=memory_format)

        def call():
            with torch.inference_mode():
                return module(x)

        return call, 0, None
    weight = random(layer["O"], layer["C"] // layer["G"], layer["KH"], layer["KW"])
    bias = torch.rand(layer["O"], generator=generator, dtype=scalar_type)
    stride, groups = [layer["SH"], layer["SW"]], layer["G"]
    padding = [layer.get("PH", layer.get("P")), layer.get("PW", layer.get("P"))]
    dilation = [layer.get("DH", layer.get("D")), layer.get("DW", layer.get("D"))]

    def forward():
        with torch.inference_mode():
            return torch.nn.functional.conv2d(x, weight, bias, stride, padding, dilation, groups)

    if phase == "forward":
        return forward, 0, None
    output_gradient = random(*forward().shape)
    targets = {"input": [True, False, False], "weight": [False, True, False]}.get(phase, [True, True, True])

    def gradients():
        with torch.no_grad():
            torch.ops.aten.convolution_backward(
                output_gradient, x, weight, [layer["O"]], stride, padding, dilation, False, [0, 0], groups, targets)

    def step():
        forward()
        gradients()

    return step if phase == "step" else gradients, 0, None


def prepare_network(name, variant):
    start = time.perf_counter()
    network = networks.load(name)
    x, expected = networks.input_and_output(name)
    memory_format = torch.channels_last if variant == "channels_last" else torch.contiguous_format
    network, x = network.to(memory_format=memory_format), torch.from_numpy(x).contiguous(memory_format=memory_format)
    if variant == "compiled":
        network = torch.compile(network)
    output = None

    def call():
        nonlocal output
        with torch.inference_mode():
            output = network(x)

    return call, time.perf_counter() - start, lambda: networks.difference(output.numpy(), expected)


class Copy(torch.nn.Module):
    """A copy of the input: the yardstick of what moves memory."""

    def forward(self, x):
        return x.clone()


def make_module(layer):
    channels, kernel, mode = layer["C"], layer.get("K"), layer.get("mode")
    nn = torch.nn
    windows = {"kernel_size": kernel, "stride": layer.get("S"), "padding": layer.get("P")}
    make = {
        "copy": Copy,
        "ConvTranspose2d": lambda: nn.ConvTranspose2d(channels, layer["O"], **windows),
        "MaxPool2d": lambda: nn.MaxPool2d(**windows),
        "AvgPool2d": lambda: nn.AvgPool2d(**windows),
        "AdaptiveAvgPool2d": lambda: nn.AdaptiveAvgPool2d(kernel),
        "BatchNorm2d": lambda: nn.BatchNorm2d(channels),
        "Upsample": lambda: nn.Upsample(scale_factor=2, mode=mode),
        "GELU": lambda: nn.GELU(approximate=mode or "none"),
    }.get(layer["module"]) or getattr(nn, layer["module"])
    return make().train(mode == "training")
