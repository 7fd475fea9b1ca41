public import Convolution

/// One convolution to be checked: the arguments of a layer and the shape of its input.
public struct ConvolutionCase: Sendable, Hashable {
  /// The images of the batch, or `nil` for an input without a batch dimension.
  public var batch: Int? = 1
  /// As the layer's argument of the same name.
  public var inputChannels = 4
  /// As the layer's argument of the same name.
  public var outputChannels = 4
  /// The height of the input.
  public var height = 7
  /// The width of the input.
  public var width = 9
  /// As the layer's argument of the same name.
  public var kernelSize: Size2d = 3
  /// As the layer's argument of the same name.
  public var stride: Size2d = 1
  /// As the layer's argument of the same name.
  public var padding: Padding = 0
  /// As the layer's argument of the same name.
  public var dilation: Size2d = 1
  /// As the layer's argument of the same name.
  public var groups = 1
  /// Whether the layer has a bias.
  public var hasBias = true
  /// As the layer's argument of the same name.
  public var paddingMode = PaddingMode.zeros

  /// Creates a 3x3 layer of four channels for one 7x9 image, to be changed where it should differ.
  public init() {}

  /// Creates that case, changed.
  public init(_ change: (inout ConvolutionCase) -> Void) {
    self.init()
    change(&self)
  }

  /// `[N, C, H, W]` or `[C, H, W]`.
  public var inputShape: [Int] { (batch.map { [$0] } ?? []) + [inputChannels, height, width] }

  /// A layer with random weight and bias.
  public func layer<Scalar: ConvolutionScalar>(
    of scalar: Scalar.Type = Scalar.self, holding scalars: RandomScalars = .uniform,
    using generator: inout some RandomNumberGenerator
  ) throws(ConvolutionError) -> Conv2d<Scalar> {
    let weightShape = [outputChannels, inputChannels / groups, kernelSize.height, kernelSize.width]
    return try Conv2d(
      weight: scalars.tensor(weightShape, using: &generator),
      bias: hasBias ? scalars.tensor([outputChannels], using: &generator) : nil, stride: stride, padding: padding,
      dilation: dilation, groups: groups, paddingMode: paddingMode)
  }

  /// A random input.
  public func input<Scalar: ConvolutionScalar>(
    of scalar: Scalar.Type = Scalar.self, holding scalars: RandomScalars = .uniform,
    using generator: inout some RandomNumberGenerator
  ) throws(ConvolutionError) -> Tensor<Scalar> {
    try scalars.tensor(inputShape, using: &generator)
  }
}

extension ConvolutionCase: CustomStringConvertible {
  /// The arguments that make the case again.
  public var description: String {
    "input \(inputShape), outputChannels \(outputChannels), kernelSize \(kernelSize), stride \(stride), "
      + "padding \(padding), dilation \(dilation), groups \(groups), bias \(hasBias), paddingMode \(paddingMode)"
  }
}
