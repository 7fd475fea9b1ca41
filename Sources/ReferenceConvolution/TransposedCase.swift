public import Convolution

/// One transposed convolution to be checked: the arguments of a layer and the shape of its input.
public struct TransposedCase: Sendable, Hashable, CustomStringConvertible {
  /// The images of the batch, or `nil` for an input without a batch dimension.
  public var batch: Int? = 1
  /// As the layer's arguments of the same names.
  public var (inputChannels, outputChannels) = (4, 4)
  /// The input's extents.
  public var (height, width) = (5, 7)
  /// As the layer's argument of the same name.
  public var kernelSize: Size2d = 3
  /// As the layer's arguments of the same names.
  public var (stride, padding, outputPadding, dilation): (Size2d, Size2d, Size2d, Size2d) = (1, 0, 0, 1)
  /// As the layer's argument of the same name.
  public var groups = 1
  /// Whether the layer has a bias.
  public var hasBias = true

  /// Creates a 3x3 layer of four channels for one 5x7 image, changed.
  public init(_ change: (inout TransposedCase) -> Void = { _ in }) {
    change(&self)
  }

  /// A random legal case, small enough to be checked in a moment: all arguments, kernels smaller than the stride, which leave
  /// gaps, padding that crops more than the kernel added, output padding up to stride and dilation; one in six has 4x4 filters with
  /// stride 2 and channels enough for tiles.
  public init(using generator: inout some RandomNumberGenerator) {
    self.init()
    func any(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    func oneIn(_ count: Int) -> Bool { any(1...count) == 1 }
    func channels() -> Int { oneIn(4) ? any(1...36) : any(1...6) }
    batch = oneIn(6) ? nil : oneIn(12) ? 0 : any(1...3)
    groups = oneIn(2) ? 1 : any(1...5)
    let isDepthwise = groups > 1 && oneIn(2)
    inputChannels = groups * (isDepthwise ? any(1...2) : channels())
    outputChannels = groups * (isDepthwise ? 1 : channels())
    let isCommon = oneIn(2)
    kernelSize = isCommon ? Size2d([1, 2, 3, 3, 3, 4, 5, 7][any(0...7)]) : Size2d(any(1...4), any(1...4))
    stride = oneIn(2) ? 1 : isCommon ? Size2d(any(1...3)) : Size2d(any(1...4), any(1...4))
    dilation = oneIn(2) ? 1 : Size2d(any(1...4), any(1...4))
    outputPadding =
      oneIn(2)
      ? 0
      : Size2d(
        any(0...max(stride.height, dilation.height) - 1), any(0...max(stride.width, dilation.width) - 1))
    padding = oneIn(3) ? 0 : Size2d(any(0...4), any(0...4))
    hasBias = !oneIn(3)
    (height, width) = (any(1...12), oneIn(8) ? any(12...40) : any(1...12))
    let hasTiles = oneIn(6)
    if hasTiles {
      (kernelSize, stride, dilation) = (4, 2, 1)
      outputPadding = Size2d(any(0...1), any(0...1))
      groups = oneIn(5) ? 2 : 1
      (inputChannels, outputChannels) = (groups * any(30...50), groups * any(15...36))
      (height, width) = (any(4...14), any(4...14))
    }
    // As much padding as leaves an output.
    func limit(_ padding: Int, _ size: Int, _ stride: Int, _ kernel: Int, _ dilation: Int, _ extra: Int) -> Int {
      min(padding, ((size - 1) * stride + dilation * (kernel - 1) + extra) / 2)
    }
    padding.height = limit(
      padding.height, height, stride.height, kernelSize.height, dilation.height, outputPadding.height)
    padding.width = limit(padding.width, width, stride.width, kernelSize.width, dilation.width, outputPadding.width)
    let products = (batch ?? 1) * height * width * kernelSize.height * kernelSize.width * inputChannels / groups
    while outputChannels > groups, products * outputChannels > 500_000, !hasTiles { outputChannels -= groups }
  }

  /// `[N, I, H, W]` or `[I, H, W]`.
  public var inputShape: [Int] { (batch.map { [$0] } ?? []) + [inputChannels, height, width] }

  /// A layer with random weight and bias.
  public func layer<Scalar: ConvolutionScalar>(
    holding scalars: RandomScalars = .uniform, using generator: inout some RandomNumberGenerator
  ) throws(ConvolutionError) -> ConvTranspose2d<Scalar> {
    try ConvTranspose2d(
      weight: scalars.tensor(
        [inputChannels, outputChannels / groups, kernelSize.height, kernelSize.width], using: &generator),
      bias: hasBias ? scalars.tensor([outputChannels], using: &generator) : nil, stride: stride, padding: padding,
      outputPadding: outputPadding, groups: groups, dilation: dilation)
  }

  /// The arguments that make the case again.
  public var description: String {
    "transposed, input \(inputShape), outputChannels \(outputChannels), kernelSize \(kernelSize), stride \(stride), "
      + "padding \(padding), outputPadding \(outputPadding), dilation \(dilation), groups \(groups), bias \(hasBias)"
  }
}
