import Convolution
import ConvolutionLayers
import ReferenceConvolution

/// One of each kind of layer, with an input that keeps its distance from corners, for what all of them must do.
struct EveryLayer<Scalar: ConvolutionScalar>: Sendable, CustomStringConvertible {
  let module: any Module<Scalar>
  let shape: [Int]

  var description: String { module.description }

  func input(seed: UInt64 = 7) throws -> Tensor<Scalar> { try random(shape, seed: seed, scale: 5, as: Scalar.self) }

  /// - Parameter scale: Multiplies the channels, so that threads are worth it.
  static func all(device: Device = .cpu, scale: Int = 1) throws -> [EveryLayer] {
    var generator = SplitMix64(seed: 7)
    let image = [2, 4 * scale, 9, 10]
    let channels = image[1]
    let modules: [any Module<Scalar>] = try [
      ReLU<Scalar>(device: device), ReLU6<Scalar>(device: device), LeakyReLU<Scalar>(device: device),
      PReLU<Scalar>(parameterCount: channels, device: device), PReLU<Scalar>(device: device),
      Sigmoid<Scalar>(device: device), Tanh<Scalar>(device: device), SiLU<Scalar>(device: device),
      Hardswish<Scalar>(device: device), GELU<Scalar>(device: device),
      GELU<Scalar>(approximate: .tanh, device: device),
      MaxPool2d<Scalar>(kernelSize: 3, stride: 2, padding: 1, device: device),
      MaxPool2d<Scalar>(kernelSize: 2, dilation: 3, ceilMode: true, device: device),
      AvgPool2d<Scalar>(kernelSize: Size2d(3, 2), stride: 1, padding: 1, device: device),
      AdaptiveAvgPool2d<Scalar>(outputSize: Size2d(4, 3), device: device),
      BatchNorm2d<Scalar>(channels: channels, device: device),
      Upsample<Scalar>(scaleFactor: 2, device: device),
      Upsample<Scalar>(heightFactor: 1.7, widthFactor: 2.2, mode: .bilinear, device: device),
      Upsample<Scalar>(size: Size2d(5, 13), mode: .bilinear, alignCorners: true, device: device),
      Linear<Scalar>(inputFeatures: 10, outputFeatures: 7, device: device, using: &generator),
      Flatten<Scalar>(), Dropout<Scalar>(p: 0.4, seed: 3, device: device),
      Residual<Scalar>(Tanh<Scalar>(device: device)),
      Residual<Scalar>(Sigmoid<Scalar>(device: device), combining: .concatenation),
    ]
    let sequences = try Conv1d<Scalar>(
      inputChannels: 10, outputChannels: 4, kernelSize: 3, padding: 1, device: device, using: &generator)
    return modules.map { EveryLayer(module: $0, shape: image) } + [
      EveryLayer(module: sequences, shape: [2 * scale, 10, 9])
    ]
  }
}
