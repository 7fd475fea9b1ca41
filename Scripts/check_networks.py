"""Writes two networks of PyTorch's to a folder, a ResNet-18 and a U-Net: text, weights, outputs, and the weights after
one step of training. NetworkTests builds the same networks and compares.

ResNet-18: K. He, X. Zhang, S. Ren, J. Sun: Deep Residual Learning for Image Recognition, arXiv:1512.03385; children are
named as torchvision names them. U-Net: O. Ronneberger, P. Fischer, T. Brox, arXiv:1505.04597, with padding and
bilinear upsampling.
"""
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels = 64
        for index, outputs in enumerate([64, 128, 256, 512]):
            stride = 1 if index == 0 else 2
            layer = nn.Sequential(BasicBlock(channels, outputs, stride), BasicBlock(outputs, outputs))
            self.add_module(f"layer{index + 1}", layer)
            channels = outputs
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Residual(nn.Module):
    """The input, and behind it along the channels what the body makes of it."""

    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return torch.cat([x, self.body(x)], 1)


def double(inputs, outputs):
    return [
        nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.1),
        nn.Conv2d(outputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.SiLU(),
    ]


def level(channels, inner):
    """What a skip connection goes round: half the size, the level below, twice the size."""
    below = [Residual(nn.Sequential(*level(2 * channels, inner[1:])))] if inner else []
    width = 2 * channels + (4 * channels if inner else 0)
    return [
        nn.MaxPool2d(2), *double(channels, 2 * channels), *below, nn.Conv2d(width, 2 * channels, 1), nn.GELU(),
        nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True),
    ]


def unet():
    return nn.Sequential(
        *double(2, 6), Residual(nn.Sequential(*level(6, [None]))), nn.Conv2d(6 + 12, 3, 1))


def write(folder, name, network, shape, labels):
    torch.manual_seed(20260117)
    network.train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            # Statistics as of a trained network.
            nn.init.uniform_(module.weight, 0.5, 1)
            nn.init.normal_(module.running_mean, 0, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 2)
    folder.joinpath(f"{name}.txt").write_text(str(network))

    def state():
        # Counts are whole numbers in PyTorch.
        return {key: value.clone().to(torch.float64) for key, value in network.double().state_dict().items()}

    network.double()
    with torch.no_grad():
        for tensor in network.state_dict().values():
            if tensor.dtype == torch.float64:
                tensor.copy_(tensor.float())
    save_file(state(), folder / f"{name}.before.safetensors")
    x = torch.randn(shape).double()
    with torch.no_grad():
        evaluated = network.eval()(x)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    trained = network.train()(x)
    loss = nn.CrossEntropyLoss()(trained, labels)
    loss.backward()
    optimizer.step()
    save_file(
        {"input": x, "evaluated": evaluated, "trained": trained.detach(), "loss": loss.detach().reshape(1),
         "labels": labels.double()}, folder / f"{name}.results.safetensors")
    save_file(state(), folder / f"{name}.after.safetensors")


folder = Path(sys.argv[1])
torch.manual_seed(1)
write(folder, "resnet18", ResNet(10), (3, 3, 64, 64), torch.tensor([3, 0, 9]))
write(folder, "unet", unet(), (2, 2, 20, 28), torch.randint(0, 3, (2, 20, 28)))
print("PyTorch's networks are written.")
