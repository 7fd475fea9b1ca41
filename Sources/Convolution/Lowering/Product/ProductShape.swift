import CConvolutionKernels

/// What the product kernel is told of an image.
struct ProductShape: Sendable {
  let image: ImageGeometry
  let blocking: ProductBlocking
  let instructionSet: ConvolutionInstructionSet
  let scalarSize: Int

  init(
    image: ImageGeometry, segments: DenseSegments, instructionSet: ConvolutionInstructionSet, scalarSize: Int,
    batch: Int, threads: Int
  ) {
    self.image = image
    self.instructionSet = instructionSet
    self.scalarSize = scalarSize
    blocking = ProductBlocking(
      image, segments: segments, scalarSize: scalarSize, instructionSet: instructionSet, batch: batch, threads: threads)
  }

  /// Why the kernel cannot compute an image, or `nil`.
  static func obstacle(in image: ImageGeometry, scalarSize: Int) -> String? {
    let shape = ProductShape(
      image: image, segments: DenseSegments(image), instructionSet: Processor.supportedInstructionSet,
      scalarSize: scalarSize, batch: 1, threads: 1)
    return shape.workspace(threads: 1).fits ? nil : "the rows of its kernel exceed the workspace"
  }

  private var shape: ConvolutionProduct {
    unsafe ConvolutionProduct(
      inputChannels: image.inputChannelsPerGroup, inputHeight: image.rows.input, inputWidth: image.columns.input,
      outputChannels: image.outputChannelsPerGroup, outputHeight: image.rows.output, outputWidth: image.columns.output,
      kernelHeight: image.rows.kernel, kernelWidth: image.columns.kernel, rowSources: nil, interiors: nil,
      columnSources: nil, columnStep: image.columns.stride, isPlain: image.isPointwise,
      channelsInLanes: blocking.channelsInLanes, termsPerPart: blocking.termsPerPart,
      pixelsPerBlock: blocking.pixelsPerBlock)
  }

  private static let integersPerInterior = MemoryLayout<ConvolutionInterior>.stride / MemoryLayout<Int>.stride

  /// The tables of a call: the rows' sources, the interiors, the columns' sources.
  func workspace(threads: Int) -> KernelWorkspace {
    var shape = unsafe shape
    let panels = SizeArithmetic.dividingUp(blocking.panels, by: blocking.panelParts)
    return KernelWorkspace(
      tableCount: image.isPointwise
        ? 0
        : image.rows.kernel * image.rows.output
          + image.columns.kernel * (image.columns.output + Self.integersPerInterior),
      workerBytes: unsafe convolution_product_workspace_bytes(instructionSet, &shape, panels, scalarSize),
      threads: threads)
  }

  /// The shape, with its tables in `memory`; a plain image needs none.
  @unsafe func shape(in memory: UnsafeMutablePointer<Int>) -> ConvolutionProduct {
    var shape = unsafe shape
    if image.isPointwise { return unsafe shape }
    let (rows, columns) = (image.rows, image.columns)
    for tap in 0..<rows.kernel {
      for output in 0..<rows.output {
        unsafe memory[tap * rows.output + output] = rows.source(tap: tap, output: output)
      }
    }
    let interiors = unsafe UnsafeMutableRawPointer(memory + rows.kernel * rows.output).assumingMemoryBound(
      to: ConvolutionInterior.self)
    let sources = unsafe memory + rows.kernel * rows.output + columns.kernel * Self.integersPerInterior
    for tap in 0..<columns.kernel {
      let interior = columns.interior(tap: tap)
      unsafe interiors[tap] = ConvolutionInterior(
        first: interior.lowerBound, end: interior.upperBound,
        source: columns.position(tap: tap, output: interior.lowerBound))
      for output in 0..<columns.output {
        unsafe sources[tap * columns.output + output] = columns.source(tap: tap, output: output)
      }
    }
    unsafe shape.rowSources = UnsafePointer(memory)
    unsafe shape.interiors = UnsafePointer(interiors)
    unsafe shape.columnSources = UnsafePointer(sources)
    return unsafe shape
  }
}
