import CConvolutionKernels

/// The room of layers with many channels that Winograd does not serve: other kernels and strides, dilated ones.
///
/// A task is a block of rows and a range of panels of one group of one image; no output depends on the ranges.
struct DenseForward<Scalar: ConvolutionScalar> {
  let image: ImageGeometry
  let operands: ForwardOperands<Scalar>
  var instructionSet = Processor.instructionSet

  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func run() throws(ConvolutionError) {
    let blocking = DenseBlocking(
      image, scalarSize: MemoryLayout<Scalar>.stride, instructionSet: instructionSet, batch: operands.batch,
      threads: operands.threads)
    let filters = unsafe DenseFilters(image: image, blocking: blocking, weight: operands.weight)
    let packed = try filters.packed(keptIn: operands.keptFilters, threads: operands.threads)
    let segments = DenseSegments(image, for: operands)
    let denseShape = DenseShape(
      image: image, blocking: blocking, segments: segments, instructionSet: instructionSet,
      scalarSize: MemoryLayout<Scalar>.stride)
    let workspace = denseShape.workspace(threads: operands.threads)
    try workspace.lend { tables, firstWorker, workerStride in
      let shape = unsafe denseShape.shape(in: tables)
      let tasks = operands.batch * image.groups * blocking.rowBlocks * blocking.panelParts
      Parallel.forEach(tasks, threads: workspace.workers) { task, worker in
        let (rest, panelPart) = task.quotientAndRemainder(dividingBy: blocking.panelParts)
        let (unit, rowBlock) = rest.quotientAndRemainder(dividingBy: blocking.rowBlocks)
        // Images follow each other without gaps, so units are the groups of one long image.
        let group = unit % image.groups
        unsafe withUnsafePointer(to: shape) { shape in
          unsafe DirectKernels.dense(
            instructionSet, shape, input: operands.input + unit * image.inputChannelsPerGroup * image.inputPixels,
            filters: packed.pointer(to: Scalar.self) + group * filters.sizePerGroup,
            bias: operands.bias.map { unsafe $0 + group * image.outputChannelsPerGroup },
            output: operands.output + unit * image.outputChannelsPerGroup * image.outputPixels,
            panels: blocking.panels(panelPart), rows: blocking.rows(rowBlock, of: image),
            workspace: firstWorker + worker * workerStride)
        }
      }
    }
  }
}

/// What the dense kernel is told of an image.
struct DenseShape: Sendable {
  let image: ImageGeometry
  let blocking: DenseBlocking
  let segments: DenseSegments
  let instructionSet: ConvolutionInstructionSet
  let scalarSize: Int

  /// Why the kernel cannot compute an image, or `nil`.
  static func obstacle(in image: ImageGeometry, scalarSize: Int) -> String? {
    let instructionSet = Processor.supportedInstructionSet
    let blocking = DenseBlocking(
      image, scalarSize: scalarSize, instructionSet: instructionSet, batch: 1, threads: 1)
    let shape = DenseShape(
      image: image, blocking: blocking, segments: DenseSegments(image), instructionSet: instructionSet,
      scalarSize: scalarSize)
    return shape.workspace(threads: 1).fits ? nil : "the rows of its kernel exceed the workspace"
  }

  private var borders: KernelBorders {
    KernelBorders(image, rowsPerBlock: blocking.rowsPerBlock, stagesRows: true)
  }

  private func shape(_ maps: (rows: ConvolutionRowMap, columns: ConvolutionColumnMap)) -> ConvolutionDense {
    unsafe ConvolutionDense(
      inputChannels: image.inputChannelsPerGroup, inputHeight: image.rows.input, inputWidth: image.columns.input,
      outputChannels: image.outputChannelsPerGroup, rows: maps.rows, columns: maps.columns, rowSegments: nil,
      columnSegments: nil, rowSegmentCount: segments.rows.count, columnSegmentCount: segments.columns.count,
      rowsPerBlock: blocking.rowsPerBlock, channelsPerPart: blocking.channelsPerPart)
  }

  /// The tables of a call: the borders', then the segments.
  func workspace(threads: Int) -> KernelWorkspace {
    var shape = unsafe shape(borders.maps)
    let panels = SizeArithmetic.dividingUp(blocking.panels, by: blocking.panelParts)
    let segmentSize = MemoryLayout<ConvolutionSegment>.stride / MemoryLayout<Int>.stride
    return KernelWorkspace(
      tableCount: borders.count + (segments.rows.count + segments.columns.count) * segmentSize,
      workerBytes: unsafe convolution_dense_workspace_bytes(instructionSet, &shape, panels, scalarSize),
      threads: threads)
  }

  /// The shape, with its tables in `memory`.
  @unsafe func shape(in memory: UnsafeMutablePointer<Int>) -> ConvolutionDense {
    var shape = unsafe shape(borders.maps(in: memory))
    let rows = unsafe UnsafeMutableRawPointer(memory + borders.count).assumingMemoryBound(to: ConvolutionSegment.self)
    let columns = unsafe rows + segments.rows.count
    for (index, segment) in segments.rows.enumerated() { unsafe rows[index] = segment }
    for (index, segment) in segments.columns.enumerated() { unsafe columns[index] = segment }
    unsafe shape.rowSegments = UnsafePointer(rows)
    unsafe shape.columnSegments = UnsafePointer(columns)
    return unsafe shape
  }
}
