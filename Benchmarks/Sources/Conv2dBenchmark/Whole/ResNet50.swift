import Convolution
import ConvolutionLayers

/// K. He, X. Zhang, S. Ren, J. Sun: Deep Residual Learning for Image Recognition, arXiv:1512.03385, with torchvision's names
/// and its place for the strides.
struct ResNet50: CompositeModule {
  var children: Sequential<Float>

  init(device: Device) throws {
    func stage(_ inputs: Int, _ width: Int, blocks: Int, stride: Int) throws -> Sequential<Float> {
      try Sequential(
        (0..<blocks).map { index in
          try Bottleneck(index == 0 ? inputs : 4 * width, width, stride: index == 0 ? stride : 1, device: device)
        })
    }
    children = try Sequential(named: [
      "conv1": Conv2d<Float>(
        inputChannels: 3, outputChannels: 64, kernelSize: 7, stride: 2, padding: 3, bias: false, device: device),
      "bn1": BatchNorm2d<Float>(channels: 64, device: device), "relu": ReLU<Float>(device: device),
      "maxpool": MaxPool2d<Float>(kernelSize: 3, stride: 2, padding: 1, device: device),
      "layer1": stage(64, 64, blocks: 3, stride: 1), "layer2": stage(256, 128, blocks: 4, stride: 2),
      "layer3": stage(512, 256, blocks: 6, stride: 2), "layer4": stage(1024, 512, blocks: 3, stride: 2),
      "avgpool": AdaptiveAvgPool2d<Float>(outputSize: 1, device: device), "flatten": Flatten<Float>(),
      "fc": Linear<Float>(inputFeatures: 2048, outputFeatures: 1000, device: device),
    ])
  }
}

/// Fewer channels, a 3x3 convolution, four times as many channels; and the input added.
private struct Bottleneck: CompositeModule {
  var children: Sequential<Float>

  init(_ inputs: Int, _ width: Int, stride: Int, device: Device) throws {
    func convolution(_ inputs: Int, _ outputs: Int, size: Int, stride: Int = 1) throws -> Conv2d<Float> {
      try Conv2d(
        inputChannels: inputs, outputChannels: outputs, kernelSize: Size2d(size), stride: Size2d(stride),
        padding: .symmetric(Size2d(size / 2)), bias: false, device: device)
    }
    func norm(_ channels: Int) throws -> BatchNorm2d<Float> { try BatchNorm2d(channels: channels, device: device) }
    // Where nothing but the input is added, a chain of no layers.
    let shortcut: [any Module<Float>] =
      try stride > 1 || inputs != 4 * width
      ? [convolution(inputs, 4 * width, size: 1, stride: stride), norm(4 * width)] : []
    children = try Sequential(named: [
      "conv1": convolution(inputs, width, size: 1), "bn1": norm(width),
      "conv2": convolution(width, width, size: 3, stride: stride), "bn2": norm(width),
      "conv3": convolution(width, 4 * width, size: 1), "bn3": norm(4 * width), "relu": ReLU<Float>(device: device),
      "downsample": Sequential<Float>(shortcut),
    ])
  }

  func forward(_ x: Activation<Float>) throws -> Activation<Float> {
    let sum = try x.through("conv1", "bn1", "relu", "conv2", "bn2", "relu", "conv3", "bn3")
    return try (sum + x.through("downsample")).through("relu")
  }
}
