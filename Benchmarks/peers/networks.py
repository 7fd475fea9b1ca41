"""Whole networks with random weights, for every engine the same.

    networks.py NAME N C H W    writes NAME's files to FOLDER: its weights under PyTorch's names, and an input of that shape
                                with the output that belongs to it (safetensors), and the network for engines that read ONNX

ResNet-50: K. He, X. Zhang, S. Ren, J. Sun, arXiv:1512.03385. MobileNetV2: M. Sandler et al., arXiv:1801.04381. Both have the
names and the strides of torchvision's, which is not needed: its releases fit one build of PyTorch each. U-Net: O. Ronneberger,
P. Fischer, T. Brox, arXiv:1505.04597, with padding and batch normalisation.
"""

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.normpath(os.path.join(HERE, "..", ".build", "networks"))


def path(name, kind):
    return os.path.join(FOLDER, name + kind)


def make(name):
    """The network in evaluation."""
    import torch
    from torch import nn

    def normalized(inputs, outputs, kernel, stride=1, groups=1):
        return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
                nn.BatchNorm2d(outputs)]

    class Bottleneck(nn.Module):
        def __init__(self, inputs, width, stride):
            super().__init__()
            self.conv1, self.bn1 = normalized(inputs, width, 1)
            self.conv2, self.bn2 = normalized(width, width, 3, stride)
            self.conv3, self.bn3 = normalized(width, 4 * width, 1)
            self.relu = nn.ReLU(inplace=True)
            has_shortcut = stride > 1 or inputs != 4 * width
            self.downsample = nn.Sequential(*(normalized(inputs, 4 * width, 1, stride) if has_shortcut else []))

        def forward(self, x):
            y = self.relu(self.bn1(self.conv1(x)))
            y = self.relu(self.bn2(self.conv2(y)))
            return self.relu(self.bn3(self.conv3(y)) + self.downsample(x))

    class ResNet50(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.bn1 = normalized(3, 64, 7, 2)
            self.relu = nn.ReLU(inplace=True)
            self.maxpool = nn.MaxPool2d(3, 2, 1)
            channels = 64
            for index, (width, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)]):
                stage = []
                for block in range(blocks):
                    stage.append(Bottleneck(channels, width, 2 if index and not block else 1))
                    channels = 4 * width
                setattr(self, f"layer{index + 1}", nn.Sequential(*stage))
            self.avgpool = nn.AdaptiveAvgPool2d(1)
            self.fc = nn.Linear(2048, 1000)

        def forward(self, x):
            x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
            x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
            return self.fc(torch.flatten(self.avgpool(x), 1))

    class InvertedResidual(nn.Module):
        def __init__(self, inputs, outputs, expansion, stride):
            super().__init__()
            width = expansion * inputs
            wider = [activated(inputs, width, 1)] if expansion > 1 else []
            self.conv = nn.Sequential(*wider, activated(width, width, 3, stride, width), *normalized(width, outputs, 1))
            self.is_residual = stride == 1 and inputs == outputs

        def forward(self, x):
            return x + self.conv(x) if self.is_residual else self.conv(x)

    def activated(*arguments):
        return nn.Sequential(*normalized(*arguments), nn.ReLU6(inplace=True))

    class MobileNetV2(nn.Module):
        def __init__(self):
            super().__init__()
            features, channels = [activated(3, 32, 3, 2)], 32
            for expansion, outputs, blocks, stride in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
                                                       (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]:
                for block in range(blocks):
                    features.append(InvertedResidual(channels, outputs, expansion, 1 if block else stride))
                    channels = outputs
            self.features = nn.Sequential(*features, activated(channels, 1280, 1))
            self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000))

        def forward(self, x):
            x = nn.functional.adaptive_avg_pool2d(self.features(x), 1)
            return self.classifier(torch.flatten(x, 1))

    def double(inputs, outputs):
        return nn.Sequential(*normalized(inputs, outputs, 3), nn.ReLU(inplace=True),
                             *normalized(outputs, outputs, 3), nn.ReLU(inplace=True))

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            widths = [64, 128, 256, 512, 1024]
            self.pool = nn.MaxPool2d(2)
            for level, (inputs, outputs) in enumerate(zip([3] + widths, widths)):
                setattr(self, f"down{level}", double(inputs, outputs))
            for level, width in enumerate(widths[:-1]):
                setattr(self, f"up{level}", nn.ConvTranspose2d(2 * width, width, 2, 2))
                setattr(self, f"merge{level}", double(2 * width, width))
            self.head = nn.Conv2d(64, 2, 1)

        def forward(self, x):
            kept = [self.down0(x)]
            for level in range(1, 5):
                kept.append(getattr(self, f"down{level}")(self.pool(kept[-1])))
            x = kept.pop()
            for level in reversed(range(4)):
                x = torch.cat([kept[level], getattr(self, f"up{level}")(x)], 1)
                x = getattr(self, f"merge{level}")(x)
            return self.head(x)

    return {"ResNet-50": ResNet50, "MobileNetV2": MobileNetV2, "U-Net": UNet}[name]().eval()


def load(name):
    from safetensors.torch import load_file

    network = make(name)
    network.load_state_dict(load_file(path(name, ".safetensors")))
    return network


def input_and_output(name):
    from safetensors.numpy import load_file

    tensors = load_file(path(name, "-answer.safetensors"))
    return tensors["input"], tensors["output"]


def difference(output, expected):
    """The largest difference, where the largest number expected is one."""
    return float(abs(output - expected).max() / abs(expected).max())


def write(name, shape):
    import torch
    from safetensors.torch import save_file

    def save(kind, write_file):
        write_file(path(name, kind) + ".new")
        os.replace(path(name, kind) + ".new", path(name, kind))

    torch.manual_seed(1)
    network = make(name)
    # Statistics of a batch, so that activations stay of one size through all layers.
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    with torch.no_grad():
        for norm in norms:
            norm.momentum = 1
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.uniform_(-0.5, 0.5)
        network.train()(torch.rand([4] + shape[1:]) * 2 - 1)
        network.eval()
        x = torch.rand(shape) * 2 - 1
        output = network(x)
    os.makedirs(FOLDER, exist_ok=True)
    save(".safetensors", lambda file: save_file(network.state_dict(), file))
    save(".onnx", lambda file: torch.onnx.export(network, (x,), file, dynamo=False, input_names=["x"], output_names=["y"]))
    # The last one to be written: what is there is whole.
    save("-answer.safetensors", lambda file: save_file({"input": x, "output": output}, file))


def ensure(layer):
    """Writes the files of a network where they are missing, in a process of its own."""
    if not os.path.exists(path(layer["network"], "-answer.safetensors")):
        shape = [str(layer[axis]) for axis in "NCHW"]
        subprocess.run([sys.executable, os.path.abspath(__file__), layer["network"], *shape], check=True)


if __name__ == "__main__":
    write(sys.argv[1], [int(extent) for extent in sys.argv[2:]])
