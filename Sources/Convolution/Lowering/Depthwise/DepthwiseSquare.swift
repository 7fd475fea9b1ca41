import CConvolutionKernels

/// The usual depthwise layers, which have kernels of their own: 3, 5 or 7 rows and as many columns, stride 1 or 2, no
/// dilation, zeros outside.
///
/// A task is a range of channels; no result depends on the ranges.
struct DepthwiseSquare: Sendable {
  let image: ImageGeometry
  let instructionSet: ConvolutionInstructionSet

  /// `nil` for an image that is none of these.
  init?(_ image: ImageGeometry, instructionSet: ConvolutionInstructionSet) {
    let (rows, columns) = (image.rows, image.columns)
    guard image.inputChannelsPerGroup == 1, [3, 5, 7].contains(rows.kernel), rows.kernel == columns.kernel,
      rows.stride <= 2, rows.stride == columns.stride, rows.dilation == 1, columns.dilation == 1,
      [rows, columns].allSatisfy({ $0.mode == .zeros || $0.isUnpadded })
    else { return nil }
    self.image = image
    self.instructionSet = instructionSet
  }

  /// Computes the output of every image.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func forward<Scalar: ConvolutionScalar>(_ operands: ForwardOperands<Scalar>) throws(ConvolutionError) {
    let tasks = DepthwiseTasks(image, rowBlocks: image.rows.output)
    try lend(batch: operands.batch, of: Scalar.self) { shape, zeros in
      tasks.forEach(batch: operands.batch, threads: operands.threads) { imageIndex, channels, rows, _ in
        let firstOutput = channels.lowerBound * image.outputChannelsPerGroup
        unsafe DirectKernels.depthwiseSquare(
          instructionSet, shape, channels: channels.count, rows: rows,
          input: operands.input + imageIndex * image.inputSize + channels.lowerBound * image.inputPixels,
          weight: operands.weight + firstOutput * image.taps, bias: operands.bias.map { unsafe $0 + firstOutput },
          zeros: zeros, output: operands.output + imageIndex * image.outputSize + firstOutput * image.outputPixels)
      }
    }
  }

  /// Writes the gradient of the input, or returns false where the kernel has none: for stride 1, where it is a forward
  /// convolution, and for a weight that is not finite.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func inputGradient<Scalar: ConvolutionScalar>(_ operands: BackwardOperands<Scalar>) throws(ConvolutionError) -> Bool {
    let weight = unsafe UnsafeBufferPointer(start: operands.weight, count: image.outputChannels * image.taps)
    guard image.rows.stride == 2, operands.keptFilters.isFinite(examine: { unsafe weight.isFinite }) else {
      return false
    }
    let tasks = DepthwiseTasks(image, rowBlocks: 1)
    try lend(batch: operands.batch, of: Scalar.self) { shape, _ in
      tasks.forEach(batch: operands.batch, threads: operands.threads) { imageIndex, channels, _, _ in
        let firstOutput = channels.lowerBound * image.outputChannelsPerGroup
        unsafe DirectKernels.depthwiseSquareInputGradient(
          instructionSet, shape, channels: channels.count,
          outputGradient: operands.outputGradient + imageIndex * image.outputSize + firstOutput * image.outputPixels,
          weight: operands.weight + firstOutput * image.taps,
          result: operands.result + imageIndex * image.inputSize + channels.lowerBound * image.inputPixels)
      }
    }
    return true
  }

  /// Writes the gradient of the weight.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func weightGradient<Scalar: ConvolutionScalar>(_ operands: BackwardOperands<Scalar>) throws(ConvolutionError) {
    let parts = min(image.inputChannels, Self.mostGradientTasks)
    try lend(batch: operands.batch, of: Scalar.self) { shape, zeros in
      Parallel.forEach(parts, threads: operands.threads) { part, _ in
        let channels = SizeArithmetic.part(part, of: parts, in: image.inputChannels)
        let firstOutput = channels.lowerBound * image.outputChannelsPerGroup
        unsafe DirectKernels.depthwiseSquareWeightGradient(
          instructionSet, shape, channels: channels.count,
          input: operands.input + channels.lowerBound * image.inputPixels,
          outputGradient: operands.outputGradient + firstOutput * image.outputPixels, zeros: zeros,
          result: operands.result + firstOutput * image.taps)
      }
    }
  }

  /// Lends `body` what every call of the kernels is told, and a row of zeros.
  @safe private func lend<Scalar: ConvolutionScalar>(
    batch: Int, of type: Scalar.Type,
    _ body: (UnsafePointer<ConvolutionDepthwiseSquare>, UnsafePointer<Scalar>) -> Void
  ) throws(ConvolutionError) {
    let shape = ConvolutionDepthwiseSquare(
      inputHeight: image.rows.input, inputWidth: image.columns.input, outputHeight: image.rows.output,
      outputWidth: image.columns.output, paddingTop: image.rows.paddingBefore,
      paddingLeft: image.columns.paddingBefore, multiplier: image.outputChannelsPerGroup,
      kernel: Int32(image.rows.kernel), stride: Int32(image.rows.stride), batch: batch, inputImage: image.inputSize,
      outputImage: image.outputSize)
    try Workspace.withScalars(image.columns.input, of: type) { zeros in
      unsafe zeros.update(repeating: 0, count: image.columns.input)
      unsafe withUnsafePointer(to: shape) { unsafe body($0, UnsafePointer(zeros)) }
    }
  }

  /// Enough for threads to share the work evenly; a task begins with a table of its own.
  private static var mostGradientTasks: Int { 32 }
}
