import ArgumentParser
import Foundation

/// A group of layers that is reported together.
struct Suite: Sendable {
  var name: String
  var layers: [LayerDescription]
  /// Whether the layers, each as often as it says, are all the convolutions of one network.
  var isNetwork = false
}

/// The layers of `layers.json`, and the four examples of the package's documentation.
struct LayerCatalog: Sendable {
  /// What a run measures when nothing is selected.
  let forwardSuites: [Suite]
  /// Layers in batches, for a run of the gradients.
  let trainingSuite: Suite
  /// Layers of unusual shapes.
  let oddSuite: Suite

  /// In the order of the reports.
  private static let networks = [
    "ResNet-50", "VGG-16", "MobileNetV2", "ConvNeXt-T", "U-Net", "MobileNetV3-L", "EfficientNetV2-S", "YOLO backbone",
    "Diffusion U-Net",
  ]

  private struct File: Decodable {
    var layers, training, odd: [LayerDescription]
    var networks: [String: [LayerDescription]]
  }

  init() throws {
    let file = try JSONDecoder().decode(File.self, from: Data(PackageResources.layers_json))
    let networks = Self.networks.compactMap { name in
      file.networks[name].map { Suite(name: name, layers: $0, isNetwork: true) }
    }
    forwardSuites =
      [Suite(name: "examples", layers: Self.examples), Suite(name: "mixed", layers: file.layers)] + networks
    trainingSuite = Suite(name: "training", layers: file.training)
    oddSuite = Suite(name: "odd", layers: file.odd)
  }

  var allSuites: [Suite] { forwardSuites + [trainingSuite, oddSuite] }

  /// The list of that name, as `--network` takes it.
  func suite(_ name: String) throws -> Suite {
    guard let suite = allSuites.first(where: { $0.name.lowercased() == name.lowercased() }) else {
      throw ValidationError("--network expects one of \(allSuites.map(\.name).joined(separator: ", ")), got \(name)")
    }
    return suite
  }

  /// The second example is two layers, depthwise and pointwise.
  private static let examples = [
    LayerDescription(
      name: "3-64 3x3 @32 b8", batch: 8, inputChannels: 3, height: 32, width: 32, outputChannels: 64, kernelHeight: 3,
      kernelWidth: 3,
      strideHeight: 1, strideWidth: 1, groups: 1, padding: 1, dilation: 1),
    LayerDescription(
      name: "dw32 3x3 @16 b4", batch: 4, inputChannels: 32, height: 16, width: 16, outputChannels: 32, kernelHeight: 3,
      kernelWidth: 3,
      strideHeight: 1, strideWidth: 1, groups: 32, padding: 1, dilation: 1),
    LayerDescription(
      name: "32-64 1x1 @16 b4", batch: 4, inputChannels: 32, height: 16, width: 16, outputChannels: 64,
      kernelHeight: 1, kernelWidth: 1,
      strideHeight: 1, strideWidth: 1, groups: 1, padding: 0, dilation: 1),
    LayerDescription(
      name: "1-1 3x3 d4 @16", batch: 1, inputChannels: 1, height: 16, width: 16, outputChannels: 1, kernelHeight: 3,
      kernelWidth: 3,
      strideHeight: 1, strideWidth: 1, groups: 1, padding: 4, dilation: 4),
    LayerDescription(
      name: "16-32 1x1 @8 b2, no bias", batch: 2, inputChannels: 16, height: 8, width: 8, outputChannels: 32,
      kernelHeight: 1, kernelWidth: 1,
      strideHeight: 1, strideWidth: 1, groups: 1, padding: 0, dilation: 1, hasBias: false),
  ]
}
