/// Every size of one call, resolved and checked once; nothing behind it works a size out again.
struct Geometry: Sendable, Hashable {
  let batch: Int
  /// Whether the input has a batch dimension. Without one the batch is 1.
  let isBatched: Bool
  /// Of a transposed convolution the geometry of the convolution whose input's gradient it is.
  let image: ImageGeometry
  let isTransposed: Bool
  /// `[N, O, Hout, Wout]` or `[O, Hout, Wout]`.
  let outputShape: [Int]

  /// - Throws: A ``ConvolutionError`` for an input that the configuration cannot convolve.
  init(_ configuration: ConvolutionConfiguration, inputShape: [Int]) throws(ConvolutionError) {
    let channels = configuration.inputChannels
    let rank = inputShape.count
    guard rank == 3 || rank == 4, inputShape[rank - 3] == channels, inputShape[rank - 2] >= 1,
      inputShape[rank - 1] >= 1, inputShape[0] >= 0
    else {
      throw .shapeMismatch(
        name: "input", expected: "[N, \(channels), H, W] or [\(channels), H, W] with H and W of 1 or more",
        actual: inputShape)
    }
    isBatched = rank == 4
    batch = isBatched ? inputShape[0] : 1
    _ = try SizeArithmetic.product(inputShape, name: "scalars of input")
    isTransposed = configuration.outputPadding != nil
    image = try ImageGeometry(configuration, height: inputShape[rank - 2], width: inputShape[rank - 1])
    let (outputs, rows, columns) =
      isTransposed
      ? (image.inputChannels, image.rows.input, image.columns.input)
      : (image.outputChannels, image.rows.output, image.columns.output)
    outputShape = isBatched ? [batch, outputs, rows, columns] : [outputs, rows, columns]
    _ = try SizeArithmetic.product(outputShape, name: "scalars of output")
  }

  /// The same, for a layer of this scalar: the bytes of its tensors must be countable, too.
  init<Scalar: ConvolutionScalar>(
    _ configuration: ConvolutionConfiguration, inputShape: [Int], of scalar: Scalar.Type
  ) throws(ConvolutionError) {
    try self.init(configuration, inputShape: inputShape)
    // Of an image and not only of the batch, which may be empty.
    try SizeArithmetic.byteCount(of: inputShape.suffix(3), scalar, name: "one input image")
    try SizeArithmetic.byteCount(of: outputShape.suffix(3), scalar, name: "one output image")
    try SizeArithmetic.byteCount(of: inputShape, scalar, name: "input")
    try SizeArithmetic.byteCount(of: outputShape, scalar, name: "output")
  }
}

/// The sizes of one image's convolution. Plans are made from this alone, so that an image's result does not depend on
/// the rest of the batch.
struct ImageGeometry: Sendable, Hashable {
  let inputChannels, outputChannels, groups: Int
  let rows, columns: AxisGeometry

  /// Sizes that were checked as part of another image's.
  init(inputChannels: Int, outputChannels: Int, groups: Int, rows: AxisGeometry, columns: AxisGeometry) {
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.groups = groups
    self.rows = rows
    self.columns = columns
  }

  init(_ configuration: ConvolutionConfiguration, height: Int, width: Int) throws(ConvolutionError) {
    groups = configuration.groups
    let vertical: (before: Int, after: Int)?
    let horizontal: (before: Int, after: Int)?
    switch configuration.padding {
    case .valid: (vertical, horizontal) = ((0, 0), (0, 0))
    case .same: (vertical, horizontal) = (nil, nil)
    case .explicit(let top, let bottom, let left, let right): (vertical, horizontal) = ((top, bottom), (left, right))
    }
    if let outputPadding = configuration.outputPadding {
      inputChannels = configuration.outputChannels
      outputChannels = configuration.inputChannels
      rows = try AxisGeometry(
        transposed: "height", input: height, kernel: configuration.kernelSize.height,
        stride: configuration.stride.height, dilation: configuration.dilation.height, padding: vertical?.before ?? 0,
        outputPadding: outputPadding.height)
      columns = try AxisGeometry(
        transposed: "width", input: width, kernel: configuration.kernelSize.width,
        stride: configuration.stride.width, dilation: configuration.dilation.width, padding: horizontal?.before ?? 0,
        outputPadding: outputPadding.width)
    } else {
      inputChannels = configuration.inputChannels
      outputChannels = configuration.outputChannels
      rows = try AxisGeometry(
        axis: "height", edges: ("top", "bottom"), input: height, kernel: configuration.kernelSize.height,
        stride: configuration.stride.height, dilation: configuration.dilation.height, padding: vertical,
        mode: configuration.paddingMode)
      columns = try AxisGeometry(
        axis: "width", edges: ("left", "right"), input: width, kernel: configuration.kernelSize.width,
        stride: configuration.stride.width, dilation: configuration.dilation.width, padding: horizontal,
        mode: configuration.paddingMode)
    }
    // Checked here and not only with the batch: an empty batch makes every product zero.
    let isTransposed = configuration.outputPadding != nil
    _ = try SizeArithmetic.product(
      [inputChannels, rows.input, columns.input], name: "scalars of one \(isTransposed ? "output" : "input") image")
    _ = try SizeArithmetic.product(
      [outputChannels, rows.output, columns.output], name: "scalars of one \(isTransposed ? "input" : "output") image")
  }

  var inputChannelsPerGroup: Int { inputChannels / groups }
  var outputChannelsPerGroup: Int { outputChannels / groups }

  /// Positions of the kernel: kH · kW.
  var taps: Int { rows.kernel * columns.kernel }

  /// Products summed up for one output: I / groups · kH · kW.
  var reduction: Int { inputChannelsPerGroup * taps }

  /// Pixels of one channel.
  var inputPixels: Int { rows.input * columns.input }
  var outputPixels: Int { rows.output * columns.output }

  /// Scalars of one image.
  var inputSize: Int { inputChannels * inputPixels }
  var outputSize: Int { outputChannels * outputPixels }

  /// Why nothing but im2col computes the image, or `nil`: below this limit no size that the kernels derive from an axis
  /// passes 64 bits.
  var unsupportedReason: String? {
    let most = 1 << 50
    let isLarge = [rows, columns].contains {
      max($0.input, $0.output, $0.stride, $0.dilation, $0.kernel) > most
        || max(abs($0.paddingBefore), abs($0.paddingAfter)) > most || $0.kernel > most / $0.dilation
    }
    return isLarge ? "it expects sizes, strides, dilated kernels and padding of at most \(most)" : nil
  }

  /// The same image with a map of one column as one row, so that its pixels lie in the lanes.
  var withColumnsAsRows: ImageGeometry {
    columns.isOneColumn
      ? ImageGeometry(
        inputChannels: inputChannels, outputChannels: outputChannels, groups: groups, rows: columns, columns: rows)
      : self
  }

  /// The same map with input and output channels in each other's place.
  var withChannelsExchanged: ImageGeometry {
    ImageGeometry(
      inputChannels: outputChannels, outputChannels: inputChannels, groups: groups, rows: rows, columns: columns)
  }

  /// Whether the columns of im2col are the input itself: a 1x1 kernel with stride 1 and no padding, also not of a transposed
  /// convolution's output.
  var isPointwise: Bool {
    taps == 1 && [rows, columns].allSatisfy { $0.stride == 1 && $0.isUnpadded && $0.input == $0.output }
  }
}
