import CConvolutionKernels

/// The room of layers with a single tap, with taps that read nothing in common, and with many taps on padding: a product
/// with what the taps read.
///
/// A task is a block of pixels and a range of panels of one group of one image; no output depends on the ranges.
struct ProductForward<Scalar: ConvolutionScalar> {
  let image: ImageGeometry
  let operands: ForwardOperands<Scalar>
  var instructionSet = Processor.instructionSet

  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func run() throws(ConvolutionError) {
    let segments = DenseSegments(image, for: operands)
    let productShape = ProductShape(
      image: image, segments: segments, instructionSet: instructionSet, scalarSize: MemoryLayout<Scalar>.stride,
      batch: operands.batch, threads: operands.threads)
    let blocking = productShape.blocking
    let filters = unsafe ProductFilters(image: image, blocking: blocking, weight: operands.weight)
    let packed = try filters.packed(keptIn: operands.keptFilters, threads: operands.threads)
    let workspace = productShape.workspace(threads: operands.threads)
    try workspace.lend { tables, firstWorker, workerStride in
      let shape = unsafe productShape.shape(in: tables)
      let tasks = operands.batch * image.groups * blocking.blocks * blocking.panelParts
      Parallel.forEach(tasks, threads: workspace.workers) { task, worker in
        let (rest, panelPart) = task.quotientAndRemainder(dividingBy: blocking.panelParts)
        let (unit, block) = rest.quotientAndRemainder(dividingBy: blocking.blocks)
        // Images follow each other without gaps, so units are the groups of one long image.
        let group = unit % image.groups
        let pixels = blocking.block(block)
        guard pixels.pixels > 0 else { return }
        unsafe withUnsafePointer(to: shape) { shape in
          unsafe DirectKernels.product(
            instructionSet, shape, pixels,
            input: operands.input + unit * image.inputChannelsPerGroup * image.inputPixels,
            filters: packed.pointer(to: Scalar.self) + group * filters.sizePerGroup,
            bias: operands.bias.map { unsafe $0 + group * image.outputChannelsPerGroup },
            output: operands.output + unit * image.outputChannelsPerGroup * image.outputPixels,
            panels: blocking.panels(panelPart), workspace: firstWorker + worker * workerStride)
        }
      }
    }
  }
}
