/// Which gradients a backward pass computes; what is not asked for costs nothing.
public struct GradientTargets: OptionSet, Sendable, Hashable {
  /// One bit for each target.
  public let rawValue: Int

  /// Creates a set from its bits.
  public init(rawValue: Int) {
    self.rawValue = rawValue
  }

  /// The gradient with respect to the input.
  public static let input = GradientTargets(rawValue: 1)
  /// The gradient with respect to the weight.
  public static let weight = GradientTargets(rawValue: 2)
  /// The gradient with respect to the bias, where there is one.
  public static let bias = GradientTargets(rawValue: 4)
  /// All three.
  public static let all: GradientTargets = [.input, .weight, .bias]
}

/// The gradients of a convolution or a transposed convolution; `nil` where none was asked for, or where there is no bias.
public struct Conv2dGradients<Scalar: ConvolutionScalar>: Sendable {
  /// `[N, C, H, W]` or `[C, H, W]`, the input's shape.
  public var input: Tensor<Scalar>?
  /// The weight's shape, `[O, I / groups, kH, kW]` or `[I, O / groups, kH, kW]`; summed over the batch.
  public var weight: Tensor<Scalar>?
  /// `[O]`, summed over the batch and the output's pixels.
  public var bias: Tensor<Scalar>?

  /// Creates a set of gradients from those that are known.
  public init(input: Tensor<Scalar>? = nil, weight: Tensor<Scalar>? = nil, bias: Tensor<Scalar>? = nil) {
    self.input = input
    self.weight = weight
    self.bias = bias
  }
}
