import CConvolutionKernels

/// The room of depthwise layers: every input channel has filters of its own.
///
/// A task is a range of channels and output rows of one image; no output depends on the ranges.
struct DepthwiseForward<Scalar: ConvolutionScalar> {
  let image: ImageGeometry
  let operands: ForwardOperands<Scalar>
  let instructionSet: ConvolutionInstructionSet

  private let borders: KernelBorders

  init(
    _ image: ImageGeometry, _ operands: ForwardOperands<Scalar>,
    instructionSet: ConvolutionInstructionSet = Processor.instructionSet
  ) {
    self.image = image
    self.operands = operands
    self.instructionSet = instructionSet
    borders = DepthwiseShape.borders(of: image)
  }

  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func run() throws(ConvolutionError) {
    if let square = DepthwiseSquare(image, instructionSet: instructionSet) { return try square.forward(operands) }
    let workspace = DepthwiseShape.workspace(
      of: image, borders, scalarSize: MemoryLayout<Scalar>.stride, threads: operands.threads)
    let blocks = SizeArithmetic.dividingUp(image.rows.output, by: Self.rowsPerBlock)
    try workspace.lend { tables, firstWorker, workerStride in
      let shape = unsafe DepthwiseShape.shape(of: image, borders.maps(in: tables))
      DepthwiseTasks(image, rowBlocks: blocks).forEach(batch: operands.batch, threads: workspace.workers) {
        imageIndex, channels, blocks, worker in
        unsafe withUnsafePointer(to: shape) { shape in
          unsafe DirectKernels.depthwise(
            instructionSet, shape, input: operands.input + imageIndex * image.inputSize, weight: operands.weight,
            bias: operands.bias, output: operands.output + imageIndex * image.outputSize, channels: channels,
            rows: blocks.lowerBound * Self.rowsPerBlock..<min(blocks.upperBound * Self.rowsPerBlock, image.rows.output),
            workspace: firstWorker + worker * workerStride)
        }
      }
    }
  }

  private static var rowsPerBlock: Int { ConvolutionDepthwiseRows }
}

/// What the depthwise kernel is told of an image.
enum DepthwiseShape {
  /// Why the kernel cannot compute an image, or `nil`.
  static func obstacle(in image: ImageGeometry, scalarSize: Int) -> String? {
    guard image.inputChannelsPerGroup == 1 else { return "it expects one input channel in every group" }
    let workspace = workspace(of: image, borders(of: image), scalarSize: scalarSize, threads: 1)
    return workspace.fits ? nil : "the rows of its kernel exceed the workspace"
  }

  static func borders(of image: ImageGeometry) -> KernelBorders {
    KernelBorders(
      image, rowsPerBlock: ConvolutionDepthwiseRows, stagesRows: !readsRowsAsTheyLie(image))
  }

  static func shape(
    of image: ImageGeometry, _ maps: (rows: ConvolutionRowMap, columns: ConvolutionColumnMap)
  ) -> ConvolutionDepthwise {
    unsafe ConvolutionDepthwise(
      inputHeight: image.rows.input, inputWidth: image.columns.input, multiplier: image.outputChannelsPerGroup,
      rows: maps.rows, columns: maps.columns, columnStep: readsRowsAsTheyLie(image) ? image.columns.stride : 1)
  }

  static func workspace(
    of image: ImageGeometry, _ borders: KernelBorders, scalarSize: Int, threads: Int
  ) -> KernelWorkspace {
    var shape = unsafe shape(of: image, borders.maps)
    return KernelWorkspace(
      tableCount: borders.count, workerBytes: unsafe convolution_depthwise_workspace_bytes(&shape, scalarSize),
      threads: threads)
  }

  private static func readsRowsAsTheyLie(_ image: ImageGeometry) -> Bool {
    (image.columns.mode == .zeros || image.columns.isUnpadded) && image.columns.stride <= 2
  }
}
