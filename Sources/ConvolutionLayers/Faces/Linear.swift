public import Convolution

/// A fully connected layer, as PyTorch's [`nn.Linear`](https://pytorch.org/docs/stable/generated/torch.nn.Linear.html).
///
///     y[…, o] = bias[o] + Σi x[…, i] · weight[o, i]
///
/// The ``ConvolutionFace/weight`` is `[O, I]`, the ``ConvolutionFace/bias`` `[O]`. An input `[…, I]` of any rank from 1 on
/// becomes `[…, O]`. It is a 1x1 convolution underneath; row by row the result is the same bit for bit, alone or with others.
/// Rows of another length are refused with `ConvolutionError.shapeMismatch`.
///
/// ```swift
/// let layer = try Linear<Float>(inputFeatures: 512, outputFeatures: 10)
/// let scores = try layer(Tensor(zeros: [4, 512]))     // [4, 10]
/// ```
public struct Linear<Scalar: ConvolutionScalar>: ConvolutionFace {
  /// The convolution that computes the layer.
  public var inside: ConvolutionInside<Scalar>

  /// Numbers of each input row.
  public var inputFeatures: Int { inside.convolution.inputChannels }
  /// Numbers of each output row.
  public var outputFeatures: Int { inside.convolution.outputChannels }

  /// Creates a layer with random weights: weight, `[O, I]`, and bias, `[O]`, are drawn from U(−b, b) with b = 1 / √I.
  ///
  /// - Parameters:
  ///   - inputFeatures: Numbers of each input row, at least 1.
  ///   - outputFeatures: Numbers of each output row, at least 1.
  ///   - bias: Whether the layer has a bias.
  ///   - device: Where the layer computes.
  /// - Throws: `ConvolutionError` for a value outside these ranges, a weight too large for 64 bits or for memory.
  public init(
    inputFeatures: Int, outputFeatures: Int, bias: Bool = true, device: Device = .cpu
  ) throws(ConvolutionError) {
    inside = try ConvolutionInside(
      Conv2d(inputChannels: inputFeatures, outputChannels: outputFeatures, kernelSize: 1, bias: bias, device: device),
      seenAs: .rows)
  }

  /// Creates a layer whose random weights come from a generator: the same generator in the same state gives the same layer.
  ///
  /// - Parameters:
  ///   - inputFeatures: Numbers of each input row, at least 1.
  ///   - outputFeatures: Numbers of each output row, at least 1.
  ///   - bias: Whether the layer has a bias.
  ///   - device: Where the layer computes.
  ///   - generator: The source of random numbers.
  /// - Throws: `ConvolutionError` for a value outside these ranges, a weight too large for 64 bits or for memory.
  public init(
    inputFeatures: Int, outputFeatures: Int, bias: Bool = true, device: Device = .cpu,
    using generator: inout some RandomNumberGenerator
  ) throws(ConvolutionError) {
    inside = try ConvolutionInside(
      Conv2d(
        inputChannels: inputFeatures, outputChannels: outputFeatures, kernelSize: 1, bias: bias, device: device,
        using: &generator),
      seenAs: .rows)
  }

  /// PyTorch's words for the layer.
  public var extraRepresentation: String {
    "in_features=\(inputFeatures), out_features=\(outputFeatures), bias=\(bias == nil ? "False" : "True")"
  }
}
