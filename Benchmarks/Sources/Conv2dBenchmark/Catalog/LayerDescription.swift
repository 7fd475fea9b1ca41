import Convolution

/// One layer and the size of its input, as `layers.json` writes them.
struct LayerDescription: Codable, Sendable, Hashable {
  var name: String
  var batch, inputChannels, height, width, outputChannels: Int
  var kernelHeight, kernelWidth, strideHeight, strideWidth, padding, dilation, groups: Int
  /// Absent means true.
  var hasBias: Bool?
  /// How often the layer occurs in its network.
  var times: Int?

  enum CodingKeys: String, CodingKey {
    case name, times
    case batch = "N"
    case inputChannels = "C"
    case height = "H"
    case width = "W"
    case outputChannels = "O"
    case kernelHeight = "KH"
    case kernelWidth = "KW"
    case strideHeight = "SH"
    case strideWidth = "SW"
    case padding = "P"
    case dilation = "D"
    case groups = "G"
    case hasBias = "bias"
  }
}

extension LayerDescription {
  /// The same layer without what does not touch its time: two networks that share a layer measure it once.
  var geometry: LayerDescription {
    var geometry = self
    geometry.name = ""
    geometry.times = nil
    return geometry
  }

  var stride: Size2d { Size2d(strideHeight, strideWidth) }
  var inputShape: [Int] { [batch, inputChannels, height, width] }
  var outputHeight: Int { (height + 2 * padding - dilation * (kernelHeight - 1) - 1) / strideHeight + 1 }
  var outputWidth: Int { (width + 2 * padding - dilation * (kernelWidth - 1) - 1) / strideWidth + 1 }

  /// Products summed up for one output.
  var terms: Int { inputChannels / groups * kernelHeight * kernelWidth }

  /// Multiplications and additions of the definition for one row of one image's output.
  var operationsPerRow: Double { 2 * Double(terms) * Double(outputChannels * outputWidth) }

  /// Multiplications and additions of the definition, whatever the algorithm really does.
  var operations: Double { operationsPerRow * Double(batch * outputHeight) }

  /// The layer with random weights from the generator.
  func makeLayer<Scalar: ConvolutionScalar>(
    _: Scalar.Type, using generator: inout some RandomNumberGenerator
  ) throws -> Conv2d<Scalar> {
    try Conv2d(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: Size2d(kernelHeight, kernelWidth),
      stride: stride, padding: .symmetric(padding), dilation: Size2d(dilation), groups: groups,
      bias: hasBias ?? true, using: &generator)
  }
}
