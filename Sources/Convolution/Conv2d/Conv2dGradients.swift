/// Which gradients a backward pass computes; what is not asked for costs nothing.
///
/// ```swift
/// var layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 3)
/// let images = try Tensor<Float>(zeros: [4, 3, 32, 32])
/// let outputGradient = try Tensor<Float>(repeating: 1, shape: [4, 8, 30, 30])
/// // The first layer of a network: the gradient of the images is not needed.
/// try layer.backward(outputGradient, at: images, for: [.weight, .bias])
/// ```
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
///
/// ```swift
/// let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 3)
/// let images = try Tensor<Float>(zeros: [4, 3, 32, 32])
/// let outputGradient = try Tensor<Float>(repeating: 1, shape: [4, 8, 30, 30])
/// let gradients = try layer.gradients(of: outputGradient, at: images, for: [.weight, .bias])
/// // gradients.weight has the shape [8, 3, 3, 3], gradients.bias [8]; gradients.input is nil.
/// ```
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
