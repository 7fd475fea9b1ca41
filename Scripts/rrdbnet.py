"""RRDBNet, the network of Real-ESRGAN x4plus, in PyTorch: what Examples' `upscale` is compared with."""
import torch
from torch import nn


def convolution(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1)


def leaky(tensor):
    return nn.functional.leaky_relu(tensor, 0.2, inplace=True)


class DenseBlock(nn.Module):
    def __init__(self):
        super().__init__()
        for layer in range(1, 6):
            setattr(self, f"conv{layer}", convolution(32 + 32 * layer, 64 if layer == 5 else 32))

    def forward(self, x):
        features = x
        for layer in self.conv1, self.conv2, self.conv3, self.conv4:
            features = torch.cat((features, leaky(layer(features))), 1)
        return self.conv5(features) * 0.2 + x


class ResidualBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = DenseBlock(), DenseBlock(), DenseBlock()

    def forward(self, x):
        return self.rdb3(self.rdb2(self.rdb1(x))) * 0.2 + x


class RRDBNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_first = convolution(3, 64)
        self.body = nn.Sequential(*(ResidualBlock() for _ in range(23)))
        for name in "conv_body", "conv_up1", "conv_up2", "conv_hr":
            setattr(self, name, convolution(64, 64))
        self.conv_last = convolution(64, 3)

    def forward(self, x):
        features = self.conv_first(x)
        features = features + self.conv_body(self.body(features))
        for layer in self.conv_up1, self.conv_up2:
            features = leaky(layer(nn.functional.interpolate(features, scale_factor=2, mode="nearest")))
        return self.conv_last(leaky(self.conv_hr(features)))
