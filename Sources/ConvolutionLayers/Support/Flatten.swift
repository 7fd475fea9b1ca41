public import Convolution

/// Makes several axes one, as PyTorch's [`nn.Flatten`](https://pytorch.org/docs/stable/generated/torch.nn.Flatten.html):
/// `[N, C, H, W]` becomes `[N, C · H · W]`.
///
/// The scalars stay, in their order.
///
/// ```swift
/// let output = try Flatten<Float>()(Tensor(zeros: [2, 3, 4, 4]))     // [2, 48]
/// ```
public struct Flatten<Scalar: ConvolutionScalar>: Module {
  /// The first axis of those that become one; negative numbers count from the end.
  public let startDim: Int
  /// The last axis of those that become one; negative numbers count from the end.
  public let endDim: Int

  /// Creates the layer.
  public init(startDim: Int = 1, endDim: Int = -1) {
    self.startDim = startDim
    self.endDim = endDim
  }

  /// The scalars under their new shape.
  ///
  /// - Throws: `ConvolutionError.valueOutOfRange` for axes that the input does not have, or in the wrong order.
  public func forward(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    try input.reshaped(to: flattened(input.shape))
  }

  /// The gradient under the input's shape, when it is asked for.
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws(ConvolutionError) -> Tensor<Scalar>? {
    try outputGradient.expectShape(flattened(input.shape))
    return targets.contains(.input) ? try outputGradient.reshaped(to: input.shape) : nil
  }

  func flattened(_ shape: [Int]) throws(ConvolutionError) -> [Int] {
    // A tensor without axes is flattened to one of a single scalar.
    let shape = shape.isEmpty ? [1] : shape
    let axes = try [("startDim", startDim), ("endDim", endDim)].map { axis throws(ConvolutionError) in
      guard (-shape.count..<shape.count).contains(axis.1) else {
        throw .valueOutOfRange(
          name: axis.0, expected: "an axis of an input of \(shape.count) dimensions", actual: [axis.1])
      }
      return axis.1 < 0 ? axis.1 + shape.count : axis.1
    }
    guard axes[0] <= axes[1] else {
      throw .valueOutOfRange(name: "startDim", expected: "no axis behind endDim, \(axes[1])", actual: [axes[0]])
    }
    return shape[..<axes[0]] + [shape[axes[0]...axes[1]].reduce(1, *)] + shape[(axes[1] + 1)...]
  }

  /// PyTorch's words for the layer.
  public var extraRepresentation: String { "start_dim=\(startDim), end_dim=\(endDim)" }
}
