import Convolution
import ConvolutionLayers
import Pictures

/// The network of Real-ESRGAN x4plus: pictures `[N, 3, H, W]` become `[N, 3, 4 · H, 4 · W]`. Its names are PyTorch's.
struct RRDBNet: CompositeModule {
  static let factor = 4
  var children: Sequential<Float>

  init(blocks: Int = 23, device: Device = .cpu) throws {
    children = try Sequential(named: [
      "conv_first": convolution(3, 64, device),
      "body": Sequential((0..<blocks).map { _ in try ResidualBlock(device: device) }),
      "conv_body": convolution(64, 64, device),
      "double": Upsample<Float>(scaleFactor: 2, device: device),
      "conv_up1": convolution(64, 64, device),
      "conv_up2": convolution(64, 64, device),
      "conv_hr": convolution(64, 64, device),
      "conv_last": convolution(64, 3, device),
      "lrelu": LeakyReLU<Float>(negativeSlope: 0.2, device: device),
    ])
  }

  func forward(_ picture: Activation<Float>) throws -> Activation<Float> {
    let features = try picture.through("conv_first")
    return try (features + features.through("body", "conv_body"))
      .through("double", "conv_up1", "lrelu", "double", "conv_up2", "lrelu", "conv_hr", "lrelu", "conv_last")
  }

  /// Takes every weight of the file, and refuses one of another network.
  mutating func load(path: String) throws {
    try load(path: path, of: "Real-ESRGAN x4plus")
    // A dense block adds 0.2 times its last convolution: so much of the weights adds it without a step of its own.
    try forEachParameter { name, parameter throws(ConvolutionError) in
      guard name.contains(".conv5.") else { return }
      let value = parameter.value
      parameter.value = try Tensor(shape: value.shape, scalars: value.scalars.map { residualScale * $0 })
    }
  }
}

/// Three dense blocks, of which a fifth is added to what they were given.
private struct ResidualBlock: CompositeModule {
  var children: Sequential<Float>
  /// A fifth of each channel, as a convolution: what is added becomes its epilogue. No child, for files do not know it.
  private let scale: Conv2d<Float>

  init(device: Device) throws {
    children = try Sequential(named: [
      "rdb1": DenseBlock(device: device), "rdb2": DenseBlock(device: device), "rdb3": DenseBlock(device: device),
    ])
    scale = try Conv2d(weight: Tensor(repeating: residualScale, shape: [64, 1, 1, 1]), groups: 64, device: device)
  }

  func forward(_ x: Activation<Float>) throws -> Activation<Float> {
    try x + x.through("rdb1", "rdb2", "rdb3").through(scale)
  }
}

/// Five convolutions, each of which reads all that came before it.
private struct DenseBlock: CompositeModule {
  var children: Sequential<Float>

  init(device: Device) throws {
    children = try Sequential(named: [
      "conv1": convolution(64, 32, device), "conv2": convolution(96, 32, device), "conv3": convolution(128, 32, device),
      "conv4": convolution(160, 32, device), "conv5": convolution(192, 64, device),
      "lrelu": LeakyReLU<Float>(negativeSlope: 0.2, device: device),
    ])
  }

  func forward(_ x: Activation<Float>) throws -> Activation<Float> {
    let all = try ["conv1", "conv2", "conv3", "conv4"].reduce(x) { features, name in
      try features.concatenated(with: features.through(name, "lrelu"))
    }
    return try x + all.through("conv5")
  }
}

private let residualScale: Float = 0.2

private func convolution(_ inputs: Int, _ outputs: Int, _ device: Device) throws -> Conv2d<Float> {
  try Conv2d(inputChannels: inputs, outputChannels: outputs, kernelSize: 3, padding: 1, device: device)
}
