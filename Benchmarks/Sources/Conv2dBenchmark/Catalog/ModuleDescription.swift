import Convolution
import ConvolutionLayers

/// A layer other than a convolution and the size of its input, as `layers.json` writes those of its list `modules`.
struct ModuleDescription: Decodable, Equatable {
  var name: String
  /// The layer's name, or `copy` for a copy of the input, which is what the memory's speed is known by.
  var module: String
  var batch, channels, height, width: Int
  /// Of a transposed convolution.
  var outputChannels: Int?
  var kernel, stride, padding: Int?
  /// Which of its ways the layer works in.
  var mode: String?

  enum CodingKeys: String, CodingKey {
    case name, module, mode
    case batch = "N"
    case channels = "C"
    case height = "H"
    case width = "W"
    case outputChannels = "O"
    case kernel = "K"
    case stride = "S"
    case padding = "P"
  }

  struct Unknown: Error, CustomStringConvertible {
    var module: String
    var description: String { "module: expected a layer that the benchmark knows, got \"\(module)\"" }
  }

  var inputShape: [Int] { [batch, channels, height, width] }

  /// The layer, or `nil` for a copy.
  func make(threads: Int, using generator: inout some RandomNumberGenerator) throws -> (any Module<Float>)? {
    let device = try Device.cpu(threads: threads)
    let (k, s, p) = (Size2d(kernel ?? 1), Size2d(stride ?? 1), Size2d(padding ?? 0))
    switch module {
    case "copy": return nil
    case "ConvTranspose2d":
      return try ConvTranspose2d(
        inputChannels: channels, outputChannels: outputChannels ?? channels, kernelSize: k, stride: s, padding: p,
        device: device, using: &generator)
    case "MaxPool2d": return try MaxPool2d(kernelSize: k, stride: s, padding: p, device: device)
    case "AvgPool2d": return try AvgPool2d(kernelSize: k, stride: s, padding: p, device: device)
    case "AdaptiveAvgPool2d": return try AdaptiveAvgPool2d(outputSize: k, device: device)
    case "BatchNorm2d":
      var layer = try BatchNorm2d<Float>(channels: channels, device: device)
      layer.isTraining = mode == "training"
      return layer
    case "Upsample":
      return try Upsample(scaleFactor: 2, mode: mode == "nearest" ? .nearest : .bilinear, device: device)
    case "ReLU": return ReLU(device: device)
    case "ReLU6": return ReLU6(device: device)
    case "LeakyReLU": return LeakyReLU(device: device)
    case "PReLU": return try PReLU(device: device)
    case "Sigmoid": return Sigmoid(device: device)
    case "Tanh": return Tanh(device: device)
    case "SiLU": return SiLU(device: device)
    case "Hardswish": return Hardswish(device: device)
    case "GELU": return GELU(approximate: mode == "tanh" ? .tanh : .none, device: device)
    default: throw Unknown(module: module)
    }
  }
}
