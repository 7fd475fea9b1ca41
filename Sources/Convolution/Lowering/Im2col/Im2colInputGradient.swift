/// The adjoint of the general path: the columns' gradient is the transposed weight times the output's gradient; every
/// scalar of it is added to the input pixel it was read from.
///
/// A task owns a range of input channels of one image, for a pointwise layer of one block of pixels too, and adds to no
/// other's, in an order that the geometry fixes.
struct Im2colInputGradient<Scalar: ConvolutionScalar> {
  let image: ImageGeometry
  let operands: BackwardOperands<Scalar>

  private let blocking: ColumnGradientBlocking

  init(_ image: ImageGeometry, _ operands: BackwardOperands<Scalar>) {
    self.image = image
    self.operands = operands
    blocking = ColumnGradientBlocking(image, scalarSize: MemoryLayout<Scalar>.stride)
  }

  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func run() throws(ConvolutionError) {
    try OpenBLAS.prepare()
    let (channelParts, pixelParts) = (blocking.channelParts, blocking.pixelParts)
    let tasks = blocking.tasks(image, batch: operands.batch)
    let threads = blocking.blocksHeld(tasks: tasks, threads: operands.threads)
    try Workspace.withScalars(blocking.largestBlock * threads, of: Scalar.self) { columns in
      Parallel.forEach(tasks, threads: threads) { task, worker in
        let (parts, pixelPart) = task.quotientAndRemainder(dividingBy: pixelParts)
        let (rest, part) = parts.quotientAndRemainder(dividingBy: channelParts)
        let (imageIndex, group) = rest.quotientAndRemainder(dividingBy: image.groups)
        let channels = SizeArithmetic.part(part, of: channelParts, in: image.inputChannelsPerGroup)
        unsafe addChannels(
          channels, blocks: SizeArithmetic.part(pixelPart, of: pixelParts, in: blocking.pixelBlocks), group: group,
          imageIndex: imageIndex, columns: columns + worker * blocking.largestBlock)
      }
    }
  }

  private func addChannels(
    _ channels: Range<Int>, blocks: Range<Int>, group: Int, imageIndex: Int, columns: UnsafeMutablePointer<Scalar>
  ) {
    let firstChannel = group * image.inputChannelsPerGroup + channels.lowerBound
    let planes = unsafe operands.result + imageIndex * image.inputSize + firstChannel * image.inputPixels
    let outputChannels = image.outputChannelsPerGroup
    let outputGradient =
      unsafe operands.outputGradient + imageIndex * image.outputSize + group * outputChannels * image.outputPixels
    let weight = unsafe operands.weight + group * outputChannels * image.reduction + channels.lowerBound * image.taps
    if !image.isPointwise { unsafe planes.update(repeating: 0, count: channels.count * image.inputPixels) }
    for block in blocks {
      let pixels = SizeArithmetic.part(block, of: blocking.pixelBlocks, in: image.outputPixels)
      // A pointwise layer's columns are its input, so their gradient is written where it belongs.
      let target = unsafe image.isPointwise ? planes + pixels.lowerBound : columns
      unsafe MatrixProduct(
        rows: channels.count * image.taps, columns: pixels.count, depth: outputChannels,
        left: .init(pointer: weight, rowStride: image.reduction, isTransposed: true),
        right: .init(pointer: outputGradient + pixels.lowerBound, rowStride: image.outputPixels),
        result: target, resultRowStride: image.isPointwise ? image.inputPixels : pixels.count, accumulates: false
      ).run()
      if !image.isPointwise {
        Im2col.scatter(
          columns, to: planes, geometry: image, reduction: 0..<channels.count * image.taps, pixels: pixels)
      }
    }
  }
}
