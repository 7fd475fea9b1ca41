import CConvolutionKernels

/// One axis of a convolution: which input index each (tap, output) pair reads. Padding is an index map, not a copy.
///
/// Nothing is stored per index, so a legal but enormous dilation or padding costs nothing. Along an axis the outputs that
/// read inside the input form one range for each tap, ``interior(tap:)``; only those outside need ``source(tap:output:)``.
struct AxisGeometry: Sendable, Hashable {
  /// What ``source(tap:output:)`` gives for a zero.
  static let zero = -1

  let input, output, kernel, stride, dilation: Int
  /// Negative where the first, or the last, input indices are read by no output.
  let paddingBefore, paddingAfter: Int
  let mode: PaddingMode

  /// The input index, negative or past the end where it lies in the padding.
  func position(tap: Int, output: Int) -> Int {
    output * stride + tap * dilation - paddingBefore
  }

  /// The input index whose value stands at that position, or ``zero``.
  func source(tap: Int, output: Int) -> Int {
    source(at: position(tap: tap, output: output))
  }

  /// The input index whose value stands at a position that some output reads, or ``zero``.
  func source(at position: Int) -> Int {
    if position >= 0 && position < input { return position }
    switch mode {
    case .zeros: return Self.zero
    case .reflect: return position < 0 ? -position : 2 * (input - 1) - position
    case .replicate: return position < 0 ? 0 : input - 1
    case .circular: return position < 0 ? position + input : position - input
    }
  }

  /// The outputs whose position for this tap lies inside the input.
  func interior(tap: Int) -> Range<Int> {
    let offset = tap * dilation - paddingBefore
    let lower = offset >= 0 ? 0 : min(output, SizeArithmetic.dividingUp(-offset, by: stride))
    let last = input - 1 - offset
    let upper = last < 0 ? 0 : min(output, last / stride + 1)
    return lower..<max(lower, upper)
  }

  /// Input indices from the first that an output reads to the last.
  var extent: Int { (kernel - 1) * dilation + 1 }

  /// Zeros of the padding that a row of the input, with stride 1, can share with the next one.
  var sharedPadding: Int {
    mode == .zeros ? max(0, min(paddingBefore, output - 1 + extent - paddingBefore - input)) : 0
  }

  /// Whether every tap of every output reads inside the input.
  var isUnpadded: Bool {
    paddingBefore <= 0 && position(tap: kernel - 1, output: output - 1) < input
  }

  /// Whether the axis is a single column that one tap reads: rows and columns may then change places.
  var isOneColumn: Bool { input == 1 && kernel == 1 && output == 1 && paddingBefore == 0 }

  /// Indices that the padding adds to the input, before and behind it.
  var border: (before: Int, after: Int) { (max(0, paddingBefore), max(0, paddingAfter)) }

  /// The same axis for the kernels.
  var axis: ConvolutionAxis {
    let border =
      switch mode {
      case .zeros: ConvolutionBorderZeros
      case .reflect: ConvolutionBorderReflect
      case .replicate: ConvolutionBorderReplicate
      case .circular: ConvolutionBorderCircular
      }
    return ConvolutionAxis(
      input: input, output: output, kernel: kernel, stride: stride, dilation: dilation, padding: paddingBefore,
      border: border)
  }
}

extension AxisGeometry {
  /// Resolves one axis: its padding, the limits of the mode and the output's extent.
  ///
  /// - Parameters:
  ///   - axis: "height" or "width", for errors.
  ///   - edges: The names of the two edges, for errors.
  ///   - padding: Pixels before and after, or `nil` for `same`.
  init(
    axis: String, edges: (String, String), input: Int, kernel: Int, stride: Int, dilation: Int,
    padding: (before: Int, after: Int)?, mode: PaddingMode
  ) throws(ConvolutionError) {
    let span = try SizeArithmetic.product([dilation, kernel - 1], name: "dilation · (kernel − 1)")
    let before = padding?.before ?? span / 2
    let after = padding?.after ?? span - span / 2
    let limit: Int? =
      switch mode {
      case .zeros, .replicate: nil
      case .reflect: input - 1
      case .circular: input
      }
    if let limit, max(before, after) > limit {
      let (edge, amount) = before > limit ? (edges.0, before) : (edges.1, after)
      throw .paddingExceedsInput(mode: mode, edge: edge, limit: limit, actual: amount)
    }
    let padded = try SizeArithmetic.sum([input, before, after], name: "padded \(axis)")
    let extent = try SizeArithmetic.sum([span, 1], name: "extent of the dilated kernel")
    guard extent <= padded else {
      throw .kernelExceedsInput(axis: axis, kernelExtent: extent, paddedInput: padded)
    }
    self.init(
      input: input, output: (padded - extent) / stride + 1, kernel: kernel, stride: stride, dilation: dilation,
      paddingBefore: before, paddingAfter: after, mode: mode)
  }
}

extension AxisGeometry {
  /// The axis of the convolution whose input's gradient a transposed convolution is: its output is the transposed one's input,
  /// and the other way round.
  ///
  /// - Parameters:
  ///   - axis: "height" or "width", for errors.
  ///   - input: Of the transposed convolution, as the other arguments are.
  init(
    transposed axis: String, input: Int, kernel: Int, stride: Int, dilation: Int, padding: Int, outputPadding: Int
  ) throws(ConvolutionError) {
    let steps = try SizeArithmetic.product([input - 1, stride], name: "(\(axis) − 1) · stride")
    let span = try SizeArithmetic.product([dilation, kernel - 1], name: "dilation · (kernel − 1)")
    let whole = try SizeArithmetic.sum([steps, span, outputPadding, 1], name: "output \(axis) with its padding")
    let removed = try SizeArithmetic.product([2, padding], name: "padding of both edges")
    guard whole > removed else {
      throw .valueOutOfRange(name: "output \(axis)", expected: "1 or more", actual: [whole - removed])
    }
    self.init(
      input: whole - removed, output: input, kernel: kernel, stride: stride, dilation: dilation,
      paddingBefore: padding, paddingAfter: padding - outputPadding, mode: .zeros)
  }
}
