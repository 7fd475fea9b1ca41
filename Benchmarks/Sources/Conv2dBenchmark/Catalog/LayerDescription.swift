import Convolution

/// One layer and the size of its input, as `layers.json` writes them.
struct LayerDescription: Codable, Sendable, Hashable {
  var name: String
  var batch, inputChannels, height, width, outputChannels: Int
  var kernelHeight, kernelWidth, strideHeight, strideWidth, groups: Int
  /// Of both axes; what one axis has of its own goes before.
  var padding, dilation: Int?
  var paddingHeight, paddingWidth, dilationHeight, dilationWidth: Int?
  /// Absent means true.
  var hasBias: Bool?
  /// What is timed of a layer of the list `odd`; absent means the forward pass.
  var what: String?
  /// How often the layer occurs in its network.
  var times: Int?

  enum CodingKeys: String, CodingKey {
    case name, times, what
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
    case paddingHeight = "PH"
    case paddingWidth = "PW"
    case dilation = "D"
    case dilationHeight = "DH"
    case dilationWidth = "DW"
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
    geometry.what = nil
    return geometry
  }

  var stride: Size2d { Size2d(strideHeight, strideWidth) }
  var paddings: Size2d { Size2d(paddingHeight ?? padding ?? 0, paddingWidth ?? padding ?? 0) }
  var dilations: Size2d { Size2d(dilationHeight ?? dilation ?? 1, dilationWidth ?? dilation ?? 1) }
  var inputShape: [Int] { [batch, inputChannels, height, width] }
  var outputHeight: Int {
    (height + 2 * paddings.height - dilations.height * (kernelHeight - 1) - 1) / strideHeight + 1
  }
  var outputWidth: Int {
    (width + 2 * paddings.width - dilations.width * (kernelWidth - 1) - 1) / strideWidth + 1
  }

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
      stride: stride, padding: .symmetric(paddings), dilation: dilations, groups: groups,
      bias: hasBias ?? true, using: &generator)
  }
}
