import Convolution
import ConvolutionLayers

/// M. Sandler et al.: MobileNetV2: Inverted Residuals and Linear Bottlenecks, arXiv:1801.04381, with torchvision's names.
struct MobileNetV2: CompositeModule {
  var children: Sequential<Float>

  /// How many times wider inside, output channels, blocks, stride of the first of them.
  private static let stages = [
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
  ]

  init(device: Device) throws {
    var (features, channels) = ([any Module<Float>](), 32)
    features.append(try Sequential<Float>(normalized(3, channels, size: 3, stride: 2, device: device)))
    for (expansion, outputs, blocks, stride) in Self.stages {
      for index in 0..<blocks {
        let body = try invertedResidual(
          channels, outputs, expansion: expansion, stride: index == 0 ? stride : 1, device: device)
        features.append(try Block(body: body, isResidual: index > 0))
        channels = outputs
      }
    }
    features.append(try Sequential<Float>(normalized(channels, 1280, size: 1, device: device)))
    children = try Sequential(named: [
      "features": Sequential<Float>(features),
      "pool": AdaptiveAvgPool2d<Float>(outputSize: 1, device: device), "flatten": Flatten<Float>(),
      "classifier": Sequential<Float>([
        Dropout<Float>(p: 0.2), Linear<Float>(inputFeatures: 1280, outputFeatures: 1000, device: device),
      ]),
    ])
  }

  /// What adds its input where shapes allow it.
  private struct Block: CompositeModule {
    var children: Sequential<Float>
    private let isResidual: Bool

    init(body: Sequential<Float>, isResidual: Bool) throws {
      children = try Sequential(named: ["conv": body])
      self.isResidual = isResidual
    }

    func forward(_ x: Activation<Float>) throws -> Activation<Float> {
      try isResidual ? x + x.through("conv") : x.through("conv")
    }
  }
}

/// A convolution, its normalisation, ReLU6.
private func normalized(
  _ inputs: Int, _ outputs: Int, size: Int, stride: Int = 1, groups: Int = 1, device: Device
) throws -> [any Module<Float>] {
  [
    try Conv2d<Float>(
      inputChannels: inputs, outputChannels: outputs, kernelSize: Size2d(size), stride: Size2d(stride),
      padding: .symmetric(Size2d(size / 2)), groups: groups, bias: false, device: device),
    try BatchNorm2d<Float>(channels: outputs, device: device), ReLU6<Float>(device: device),
  ]
}

/// More channels, a depthwise convolution, fewer channels without an activation.
private func invertedResidual(
  _ inputs: Int, _ outputs: Int, expansion: Int, stride: Int, device: Device
) throws -> Sequential<Float> {
  let width = expansion * inputs
  let wider = try expansion == 1 ? [] : [Sequential<Float>(normalized(inputs, width, size: 1, device: device))]
  let depthwise = try Sequential<Float>(
    normalized(width, width, size: 3, stride: stride, groups: width, device: device))
  let narrower = try normalized(width, outputs, size: 1, device: device).dropLast()
  return Sequential(wider + [depthwise] + narrower)
}
