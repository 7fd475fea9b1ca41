import CConvolutionKernels

/// The usual depthwise layers, which have kernels of their own: 3, 5 or 7 rows and as many columns, stride 1 or 2, no
/// dilation, zeros outside.
///
/// A task is a range of channels, and of rows where these are few; no result depends on the ranges.
struct Depthwise357: Sendable {
  let image: ImageGeometry
  let level: ConvolutionInstructionSet
  private let isStrict: Bool

  /// `nil` for an image that is none of these.
  init?(_ image: ImageGeometry, level: ConvolutionInstructionSet, precision: Precision) {
    let (rows, columns) = (image.rows, image.columns)
    guard image.inputChannelsPerGroup == 1, image.groups > 1, [3, 5, 7].contains(rows.kernel),
      rows.kernel == columns.kernel, rows.stride <= 2, rows.stride == columns.stride, rows.dilation == 1,
      columns.dilation == 1, [rows, columns].allSatisfy({ $0.mode == .zeros || $0.isUnpadded }),
      min(rows.paddingBefore, columns.paddingBefore) >= 0
    else { return nil }
    self.image = image
    self.level = level
    isStrict = precision == .strict
  }

  /// The depthwise convolution that makes the input's gradient from the output's; `nil` where there is none.
  var adjoint: Depthwise357? {
    guard image.outputChannelsPerGroup == 1, let rows = image.rows.adjoint, let columns = image.columns.adjoint else {
      return nil
    }
    return Depthwise357(
      ImageGeometry(
        inputChannels: image.outputChannels, outputChannels: image.inputChannels, groups: image.groups, rows: rows,
        columns: columns), level: level, precision: isStrict ? .strict : .standard)
  }

  /// Computes the output of every image.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func forward<Scalar: ConvolutionScalar>(_ operands: ForwardOperands<Scalar>) throws(ConvolutionError) {
    try with(batch: operands.batch, of: Scalar.self) { _, zeros in
      unsafe forward(
        operands.weight, operands.input, operands.epilogue, operands.output, batch: operands.batch,
        threads: operands.threads, zeros: zeros, inputImage: image.inputSize, outputImage: image.outputSize)
    }
  }

  /// The same.
  ///
  /// - Parameters:
  ///   - zeros: A row of them, ``workspaceSize`` long.
  ///   - inputImage: Scalars from one image to the next.
  ///   - outputImage: The same of the output.
  @safe func forward<Scalar: ConvolutionScalar>(
    _ weight: UnsafePointer<Scalar>, _ input: UnsafePointer<Scalar>, _ epilogue: Epilogue<Scalar>,
    _ output: UnsafeMutablePointer<Scalar>, batch: Int, threads: Int, zeros: UnsafePointer<Scalar>, inputImage: Int,
    outputImage: Int
  ) {
    let shape = shape(batch: batch)
    let kernels = unsafe Scalar.kernels(level).pointee.depthwise357.pointee
    Tasks(image, splitsRows: true).forEach(batch: batch, threads: threads) { index, channels, rows in
      let firstOutput = channels.lowerBound * image.outputChannelsPerGroup
      var shape = shape
      let start = index * outputImage + firstOutput * image.outputPixels
      var epilogue = unsafe epilogue.kernels(channel: firstOutput, output: start)
      unsafe kernels.forward(
        &shape, channels.count, rows.lowerBound, rows.upperBound, &epilogue,
        input + index * inputImage + channels.lowerBound * image.inputPixels, weight + firstOutput * image.taps, zeros,
        output + start)
    }
  }

  /// Writes the gradient of the input: for stride 1 by the convolution that it is, for stride 2 by a kernel of its own.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func inputGradient<Scalar: ConvolutionScalar>(_ operands: BackwardOperands<Scalar>) throws(ConvolutionError) {
    if image.rows.stride == 1, let adjoint {
      return unsafe try adjoint.forward(
        ForwardOperands(
          input: operands.outputGradient, weight: UnsafePointer(rotated(operands).pointer(to: Scalar.self)),
          epilogue: operands.epilogue, output: operands.result, batch: operands.batch, threads: operands.threads,
          derivedWeights: operands.derivedWeights))
    }
    stridedInputGradient(operands)
  }

  /// The same for stride 2, without any memory.
  func stridedInputGradient<Scalar: ConvolutionScalar>(_ operands: BackwardOperands<Scalar>) {
    let shape = shape(batch: operands.batch)
    let kernels = unsafe Scalar.kernels(level).pointee.depthwise357.pointee
    Tasks(image, splitsRows: false).forEach(
      batch: operands.batch, threads: operands.threads
    ) { imageIndex, channels, _ in
      let firstOutput = channels.lowerBound * image.outputChannelsPerGroup
      var shape = shape
      let start = imageIndex * image.inputSize + channels.lowerBound * image.inputPixels
      var epilogue = unsafe operands.epilogue.kernels(channel: channels.lowerBound, output: start)
      unsafe kernels.input_gradient(
        &shape, channels.count, &epilogue,
        operands.outputGradient + imageIndex * image.outputSize + firstOutput * image.outputPixels,
        operands.weight + firstOutput * image.taps, operands.result + start)
    }
  }

  /// Scalars of workspace: a row of zeros.
  var workspaceSize: Int { image.columns.input }

  /// Whether ``inputGradient(_:)`` serves: where it is to be strict, with stride 2 only short sums.
  var hasInputGradient: Bool {
    if image.rows.stride == 1 { return adjoint != nil }
    let tapsOfPhase = (image.rows.kernel + 1) / 2 * ((image.columns.kernel + 1) / 2)
    return !isStrict || image.outputChannelsPerGroup * tapsOfPhase < 16
  }

  /// The filters rotated by 180 degrees, kept with the weight.
  private func rotated<Scalar: ConvolutionScalar>(
    _ operands: BackwardOperands<Scalar>
  ) throws(ConvolutionError) -> MemoryBlock {
    let key = DerivedWeights.Key(use: .inputGradient, algorithm: "depthwise", layout: [image.taps])
    return unsafe try operands.derivedWeights.panels(
      for: key, count: { image.outputChannels * image.taps }, panels: 1, threads: 1
    ) { (_, target: UnsafeMutablePointer<Scalar>) in unsafe rotate(operands.weight, into: target) }
  }

  private func rotate<Scalar>(_ weight: UnsafePointer<Scalar>, into target: UnsafeMutablePointer<Scalar>) {
    for index in 0..<image.outputChannels * image.taps {
      let (filter, tap) = index.quotientAndRemainder(dividingBy: image.taps)
      unsafe target[index] = weight[(filter + 1) * image.taps - 1 - tap]
    }
  }

  /// The same filters as a tensor.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  func rotated<Scalar: ConvolutionScalar>(_ weight: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    var rotated = try Tensor<Scalar>(uninitialized: weight.shape)
    weight.withUnsafeBufferPointer { weight in
      rotated.withUnsafeMutableBufferPointer { unsafe rotate(weight.baseAddress!, into: $0.baseAddress!) }
    }
    return rotated
  }

  /// Writes the gradient of the weight.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func weightGradient<Scalar: ConvolutionScalar>(_ operands: BackwardOperands<Scalar>) throws(ConvolutionError) {
    let parts = min(image.inputChannels, Self.mostGradientTasks)
    // Of AVX2 where its vectors hold a row of outputs: wider ones would be half idle.
    let lanes = AlgorithmChoice.lanes(level, scalarSize: MemoryLayout<Scalar>.stride)
    let halves = level == ConvolutionInstructionSetAVX512 && 2 * image.columns.output <= lanes
    let kernels = unsafe Scalar.kernels(halves ? ConvolutionInstructionSetAVX2 : level).pointee.depthwise357.pointee
    try with(batch: operands.batch, of: Scalar.self) { shape, zeros in
      Parallel.forEach(parts, threads: operands.threads) { part, _ in
        let channels = SizeArithmetic.part(part, of: parts, in: image.inputChannels)
        let firstOutput = channels.lowerBound * image.outputChannelsPerGroup
        var shape = shape
        unsafe kernels.weight_gradient(
          &shape, channels.count, operands.input + channels.lowerBound * image.inputPixels,
          operands.outputGradient + firstOutput * image.outputPixels, zeros,
          operands.result + firstOutput * image.taps)
      }
    }
  }

  /// Enough for threads to share the work evenly; a task begins with a table of its own.
  private static let mostGradientTasks = 32

  private func shape(batch: Int) -> ConvolutionDepthwise357 {
    ConvolutionDepthwise357(
      inputHeight: image.rows.input, inputWidth: image.columns.input, outputHeight: image.rows.output,
      outputWidth: image.columns.output, paddingTop: image.rows.paddingBefore,
      paddingLeft: image.columns.paddingBefore, multiplier: image.outputChannelsPerGroup,
      kernel: Int32(image.rows.kernel), stride: Int32(image.rows.stride), isStrict: isStrict, batch: batch,
      inputImage: image.inputSize, outputImage: image.outputSize)
  }

  /// Calls `body` with what every call of a kernel is told, and a row of zeros.
  @safe private func with<Scalar: ConvolutionScalar>(
    batch: Int, of type: Scalar.Type,
    _ body: (ConvolutionDepthwise357, UnsafePointer<Scalar>) -> Void
  ) throws(ConvolutionError) {
    let shape = shape(batch: batch)
    try Workspace.withScalars(workspaceSize, of: type) { zeros in
      unsafe zeros.update(repeating: 0, count: workspaceSize)
      unsafe body(shape, UnsafePointer(zeros))
    }
  }
}

extension Depthwise357 {
  /// Ranges of channels, and of rows where those are few.
  private struct Tasks {
    private let channels, rows: Int
    private let channelParts, rowParts: Int

    init(_ image: ImageGeometry, splitsRows: Bool) {
      let products = image.outputChannels * image.outputPixels * image.taps
      channels = image.inputChannels
      rows = image.rows.output
      channelParts = min(max(1, products / Self.productsPerTask), channels)
      rowParts = splitsRows ? min(max(1, products / channelParts / Self.productsPerRowRange), rows) : 1
    }

    /// Calls `body` for every image of the batch, range of its input channels and range of its output rows.
    func forEach(
      batch: Int, threads: Int, _ body: (_ image: Int, _ channels: Range<Int>, _ rows: Range<Int>) -> Void
    ) {
      Parallel.forEach(batch * channelParts * rowParts, threads: threads) { task, _ in
        let (rest, rowPart) = task.quotientAndRemainder(dividingBy: rowParts)
        let (image, channelPart) = rest.quotientAndRemainder(dividingBy: channelParts)
        body(
          image, SizeArithmetic.part(channelPart, of: channelParts, in: channels),
          SizeArithmetic.part(rowPart, of: rowParts, in: rows))
      }
    }

    /// A few microseconds: several times what it takes to hand a task to a worker that is awake.
    private static let productsPerTask = 1 << 15
    /// A channel's rows are cut later than the channels, as the input rows on either side of a cut are read twice.
    private static let productsPerRowRange = 1 << 18
  }
}
