public import Convolution

/// The `Conv2d` that computes a ``Linear`` or a ``Conv1d``. It has no public initialiser.
///
/// The weight of the convolution has axes of extent 1 that the layer's does not have. It is handed out under the layer's
/// shape; one that was replaced by a tensor of another count stays as it is, and the convolution refuses it.
public struct ConvolutionInside<Scalar: ConvolutionScalar>: Sendable {
  /// How a layer's axes become those of images.
  enum View: Sendable {
    /// `[…, I]`: each row is an image of a single pixel.
    case rows
    /// `[N, C, L]` or `[C, L]`: images one pixel high.
    case sequences
  }

  var convolution: Conv2d<Scalar>
  private let view: View

  init(_ convolution: Conv2d<Scalar>, seenAs view: View) {
    self.convolution = convolution
    self.view = view
  }

  /// The weight, under the layer's own shape. It stays the same parameter.
  var weight: Parameter<Scalar> {
    get {
      var weight = convolution.weight
      weight.reshape(to: weightShape)
      return weight
    }
    _modify {
      convolution.weight.reshape(to: weightShape)
      defer { convolution.weight.reshape(to: imageWeightShape) }
      yield &convolution.weight
    }
  }

  /// The weight's shape, as PyTorch has it.
  private var weightShape: [Int] {
    switch view {
    case .rows: [convolution.outputChannels, convolution.inputChannels]
    case .sequences: imageWeightShape.prefix(2) + [convolution.kernelSize.width]
    }
  }

  /// `[O, I / groups, kH, kW]`.
  private var imageWeightShape: [Int] {
    [
      convolution.outputChannels, convolution.inputChannels / convolution.groups, convolution.kernelSize.height,
      convolution.kernelSize.width,
    ]
  }

  /// The shape of an input as images.
  func imageShape(of shape: [Int]) throws(ConvolutionError) -> [Int] {
    let channels = convolution.inputChannels
    switch view {
    case .rows:
      guard shape.last == channels else {
        throw .shapeMismatch(name: "input", expected: "[…, \(channels)]", actual: shape)
      }
      return [try SizeArithmetic.product(shape.dropLast(), name: "rows of input"), channels, 1, 1]
    case .sequences:
      guard shape.count == 2 || shape.count == 3, shape[shape.count - 2] == channels else {
        throw .shapeMismatch(name: "input", expected: "[N, \(channels), L] or [\(channels), L]", actual: shape)
      }
      return shape.dropLast() + [1, shape[shape.count - 1]]
    }
  }

  /// The shape of the output that belongs to images of this shape.
  func outputShape(ofImage shape: [Int], input: [Int]) -> [Int] {
    switch view {
    case .rows: input.dropLast() + [convolution.outputChannels]
    case .sequences: shape.dropLast(2) + [shape[shape.count - 1]]
    }
  }
}

extension Parameter {
  /// Puts value and gradient under another shape, where they hold as many scalars; else they stay as they are.
  fileprivate mutating func reshape(to shape: [Int]) {
    if let reshaped = try? value.reshaped(to: shape) { value = reshaped }
    if let reshaped = try? gradient?.reshaped(to: shape) { gradient = reshaped }
  }
}
