import Convolution
import ConvolutionLayers

/// A ResNet-18, its children named as torchvision names them.
struct ResNet<Scalar: ConvolutionScalar>: CompositeModule {
  var children: Sequential<Scalar>

  init(classes: Int) throws {
    children = try Sequential(named: [
      "conv1": Conv2d<Scalar>(
        inputChannels: 3, outputChannels: 64, kernelSize: 7, stride: 2, padding: 3, bias: false),
      "bn1": BatchNorm2d<Scalar>(channels: 64), "relu": ReLU<Scalar>(inplace: true),
      "maxpool": MaxPool2d<Scalar>(kernelSize: 3, stride: 2, padding: 1),
      "layer1": Sequential<Scalar>([BasicBlock<Scalar>(64, 64), BasicBlock<Scalar>(64, 64)]),
      "layer2": Sequential<Scalar>([BasicBlock<Scalar>(64, 128, stride: 2), BasicBlock<Scalar>(128, 128)]),
      "layer3": Sequential<Scalar>([BasicBlock<Scalar>(128, 256, stride: 2), BasicBlock<Scalar>(256, 256)]),
      "layer4": Sequential<Scalar>([BasicBlock<Scalar>(256, 512, stride: 2), BasicBlock<Scalar>(512, 512)]),
      "avgpool": AdaptiveAvgPool2d<Scalar>(outputSize: Size2d(1, 1)),
      "fc": Linear<Scalar>(inputFeatures: 512, outputFeatures: classes),
    ])
  }

  func forward(_ x: Activation<Scalar>) throws -> Activation<Scalar> {
    try x.through("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool")
      .through(Flatten<Scalar>()).through("fc")
  }
}

/// Two convolutions, and the input added to what they make of it.
struct BasicBlock<Scalar: ConvolutionScalar>: CompositeModule {
  var children: Sequential<Scalar>

  init(_ inputs: Int, _ outputs: Int, stride: Size2d = 1) throws {
    let conv1 = try Conv2d<Scalar>(
      inputChannels: inputs, outputChannels: outputs, kernelSize: 3, stride: stride, padding: 1, bias: false)
    let conv2 = try Conv2d<Scalar>(
      inputChannels: outputs, outputChannels: outputs, kernelSize: 3, padding: 1, bias: false)
    let norm = try BatchNorm2d<Scalar>(channels: outputs)
    let relu = ReLU<Scalar>(inplace: true)
    if stride == 1 && inputs == outputs {
      children = try Sequential(named: ["conv1": conv1, "bn1": norm, "relu": relu, "conv2": conv2, "bn2": norm])
    } else {
      let downsample = try Sequential<Scalar>([
        Conv2d<Scalar>(inputChannels: inputs, outputChannels: outputs, kernelSize: 1, stride: stride, bias: false),
        norm,
      ])
      children = try Sequential(named: [
        "conv1": conv1, "bn1": norm, "relu": relu, "conv2": conv2, "bn2": norm, "downsample": downsample,
      ])
    }
  }

  func forward(_ x: Activation<Scalar>) throws -> Activation<Scalar> {
    let shortcut = children.names.contains("downsample") ? try x.through("downsample") : x
    return try (x.through("conv1", "bn1", "relu", "conv2", "bn2") + shortcut).through("relu")
  }
}

/// A U-Net of two levels, without a class of its own.
func unet<Scalar: ConvolutionScalar>(of type: Scalar.Type) throws -> Sequential<Scalar> {
  func double(_ inputs: Int, _ outputs: Int) throws -> [any Module<Scalar>] {
    try [
      Conv2d<Scalar>(inputChannels: inputs, outputChannels: outputs, kernelSize: 3, padding: 1),
      BatchNorm2d<Scalar>(channels: outputs), LeakyReLU<Scalar>(negativeSlope: 0.1),
      Conv2d<Scalar>(inputChannels: outputs, outputChannels: outputs, kernelSize: 3, padding: 1),
      BatchNorm2d<Scalar>(channels: outputs), SiLU<Scalar>(),
    ]
  }
  func level(_ channels: Int, below: Int) throws -> Residual<Scalar> {
    var modules: [any Module<Scalar>] = try [MaxPool2d<Scalar>(kernelSize: 2)] + double(channels, 2 * channels)
    if below > 0 { modules.append(try level(2 * channels, below: below - 1)) }
    modules += try [
      Conv2d<Scalar>(
        inputChannels: below > 0 ? 6 * channels : 2 * channels, outputChannels: 2 * channels, kernelSize: 1),
      GELU<Scalar>(), Upsample<Scalar>(scaleFactor: 2, mode: .bilinear, alignCorners: true),
    ]
    return Residual(Sequential(modules), combining: .concatenation)
  }
  return try Sequential(
    double(2, 6) + [level(6, below: 1), Conv2d<Scalar>(inputChannels: 18, outputChannels: 3, kernelSize: 1)])
}
