/// The adjoint of the general path: the columns' gradient is the transposed weight times the output's gradient; every
/// scalar of it is added to the input pixel it was read from.
///
/// A task owns a range of input channels of one image, for a pointwise layer of one block of pixels too, and adds to no
/// other's, in an order that the geometry fixes.
struct Im2colInputGradient<Scalar: ConvolutionScalar> {
  let image: ImageGeometry
  let operands: BackwardOperands<Scalar>

  /// Ranges of input channels of a group, ranges of output pixels, and how many of these are tasks of their own.
  private let channelParts, pixelBlocks, pixelParts: Int
  private let largestBlock: Int

  /// Tasks wanted from one image, for that many threads.
  private static var wantedTasks: Int { 8 }
  /// Ranges of fewer channels make products too slim: of a pointwise layer, and of one whose kernel makes rows of each.
  private static var pointwiseChannelsPerPart: Int { 128 }
  private static var channelsPerPart: Int { 16 }

  init(_ image: ImageGeometry, _ operands: BackwardOperands<Scalar>) {
    self.image = image
    self.operands = operands
    let size = MemoryLayout<Scalar>.stride
    let pixelsThatFit = max(1, ColumnBlocking.bytesPerBlock / (image.taps * size))
    pixelBlocks = SizeArithmetic.dividingUp(image.outputPixels, by: min(ColumnBlocking.pixelsPerBlock, pixelsThatFit))
    let pixels = SizeArithmetic.dividingUp(image.outputPixels, by: pixelBlocks)
    let channelsThatFit = max(1, ColumnBlocking.bytesPerBlock / (image.taps * pixels * size))
    let channels = image.inputChannelsPerGroup
    if image.isPointwise {
      pixelParts = pixelBlocks
      let wanted = SizeArithmetic.dividingUp(Self.wantedTasks, by: min(Self.wantedTasks, image.groups * pixelParts))
      channelParts = min(wanted, max(1, channels / Self.pointwiseChannelsPerPart))
      largestBlock = 0
    } else {
      pixelParts = 1
      let wanted = SizeArithmetic.dividingUp(Self.wantedTasks, by: min(Self.wantedTasks, image.groups))
      channelParts = max(
        SizeArithmetic.dividingUp(channels, by: channelsThatFit),
        min(wanted, max(1, channels / Self.channelsPerPart)))
      largestBlock = SizeArithmetic.dividingUp(channels, by: channelParts) * image.taps * pixels
    }
  }

  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func run() throws(ConvolutionError) {
    try OpenBLAS.prepare()
    let tasks = operands.batch * image.groups * channelParts * pixelParts
    let inFlight = max(1, Workspace.budget / max(1, largestBlock * MemoryLayout<Scalar>.stride))
    let threads = min(operands.threads, tasks, inFlight)
    try Workspace.withScalars(largestBlock * threads, of: Scalar.self) { columns in
      Parallel.forEach(tasks, threads: threads) { task, worker in
        let (parts, pixelPart) = task.quotientAndRemainder(dividingBy: pixelParts)
        let (rest, part) = parts.quotientAndRemainder(dividingBy: channelParts)
        let (imageIndex, group) = rest.quotientAndRemainder(dividingBy: image.groups)
        let channels = SizeArithmetic.part(part, of: channelParts, in: image.inputChannelsPerGroup)
        unsafe addChannels(
          channels, blocks: SizeArithmetic.part(pixelPart, of: pixelParts, in: pixelBlocks), group: group,
          imageIndex: imageIndex, columns: columns + worker * largestBlock)
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
      let pixels = SizeArithmetic.part(block, of: pixelBlocks, in: image.outputPixels)
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
