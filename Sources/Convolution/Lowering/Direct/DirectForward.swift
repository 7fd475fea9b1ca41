import CConvolutionKernels

/// The room of layers with few channels in a group: the sums of a panel of output channels, straight from staged rows.
///
/// A task is a block of rows and a range of output channels of one group of one image; no output depends on the ranges.
struct DirectForward<Scalar: ConvolutionScalar> {
  let image: ImageGeometry
  let operands: ForwardOperands<Scalar>
  var instructionSet = Processor.instructionSet

  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func run() throws(ConvolutionError) {
    let filters = unsafe DirectFilters(image: image, weight: operands.weight)
    let packed = try filters.packed(keptIn: operands.keptFilters, threads: operands.threads)
    let blocking = DirectBlocking(
      image, scalarSize: MemoryLayout<Scalar>.stride, batch: operands.batch, threads: operands.threads)
    let borders = DirectShape.borders(of: image, blocking)
    let workspace = DirectShape.workspace(
      of: image, blocking, scalarSize: MemoryLayout<Scalar>.stride, instructionSet: instructionSet,
      threads: operands.threads)
    try workspace.lend { tables, firstWorker, workerStride in
      let shape = unsafe DirectShape.shape(of: image, blocking, borders.maps(in: tables))
      let tasks = operands.batch * image.groups * blocking.rowBlocks * blocking.outputParts
      Parallel.forEach(tasks, threads: workspace.workers) { task, worker in
        let (rest, outputPart) = task.quotientAndRemainder(dividingBy: blocking.outputParts)
        let (unit, rowBlock) = rest.quotientAndRemainder(dividingBy: blocking.rowBlocks)
        // Images follow each other without gaps, so units are the groups of one long image.
        let group = unit % image.groups
        unsafe withUnsafePointer(to: shape) { shape in
          unsafe DirectKernels.direct(
            instructionSet, shape, input: operands.input + unit * image.inputChannelsPerGroup * image.inputPixels,
            filters: packed.pointer(to: Scalar.self) + group * filters.sizePerGroup,
            bias: operands.bias.map { unsafe $0 + group * image.outputChannelsPerGroup },
            output: operands.output + unit * image.outputChannelsPerGroup * image.outputPixels,
            outputs: blocking.outputs(outputPart, of: image), rows: blocking.rows(rowBlock, of: image),
            workspace: firstWorker + worker * workerStride)
        }
      }
    }
  }
}

/// What the direct kernel is told of an image.
enum DirectShape {
  /// Why the kernel cannot compute an image, or `nil`.
  static func obstacle(in image: ImageGeometry, scalarSize: Int) -> String? {
    let blocking = DirectBlocking(image, scalarSize: scalarSize, batch: 1, threads: 1)
    let workspace = workspace(
      of: image, blocking, scalarSize: scalarSize, instructionSet: Processor.supportedInstructionSet, threads: 1)
    return workspace.fits ? nil : "the rows of its kernel exceed the workspace"
  }

  static func borders(of image: ImageGeometry, _ blocking: DirectBlocking) -> KernelBorders {
    KernelBorders(image, rowsPerBlock: blocking.rowsPerBlock, stagesRows: true)
  }

  static func shape(
    of image: ImageGeometry, _ blocking: DirectBlocking,
    _ maps: (rows: ConvolutionRowMap, columns: ConvolutionColumnMap)
  ) -> ConvolutionDirect {
    unsafe ConvolutionDirect(
      inputChannels: image.inputChannelsPerGroup, inputHeight: image.rows.input, inputWidth: image.columns.input,
      outputChannels: image.outputChannelsPerGroup, rows: maps.rows, columns: maps.columns,
      rowsPerBlock: blocking.rowsPerBlock, channelsPerPart: blocking.channelsPerPart)
  }

  static func workspace(
    of image: ImageGeometry, _ blocking: DirectBlocking, scalarSize: Int, instructionSet: ConvolutionInstructionSet,
    threads: Int
  ) -> KernelWorkspace {
    let borders = borders(of: image, blocking)
    var shape = unsafe shape(of: image, blocking, borders.maps)
    let outputs = SizeArithmetic.dividingUp(blocking.panels, by: blocking.outputParts) * DirectBlocking.panel
    return KernelWorkspace(
      tableCount: borders.count,
      workerBytes: unsafe convolution_direct_workspace_bytes(instructionSet, &shape, outputs, scalarSize),
      threads: threads)
  }
}
