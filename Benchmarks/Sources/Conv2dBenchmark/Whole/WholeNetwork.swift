import Convolution
import ConvolutionIO
import ConvolutionLayers

/// A network as `layers.json` writes those of its list `whole`, and its files, which `Benchmarks/peers/networks.py` wrote.
struct WholeNetwork: Decodable, Equatable {
  var network: String
  /// The files' path without their endings.
  var files: String

  /// The network with random weights.
  func module(device: Device) throws -> any Module<Float> {
    switch network {
    case "ResNet-50": try ResNet50(device: device)
    case "MobileNetV2": try MobileNetV2(device: device)
    case "U-Net": try UNet(device: device)
    default:
      throw ConvolutionError.unknownName(
        parameter: "network", supported: ["ResNet-50", "MobileNetV2", "U-Net"], actual: network)
    }
  }

  /// The prepared network with the weights of its file, an input, and the output that belongs to it.
  func prepared(
    threads: Int
  ) throws -> (network: PreparedNetwork<Float>, input: Tensor<Float>, expected: Tensor<Float>) {
    var module = try module(device: Device.cpu(threads: threads))
    try module.load(SafetensorsFile(path: files + ".safetensors"))
    let answer = try SafetensorsFile(path: files + "-answer.safetensors")
    let input = try answer.tensor("input", as: Float.self)
    return (
      try module.prepared(for: input.shape), input, try answer.tensor("output", as: Float.self)
    )
  }
}
