/// How the images of a depthwise layer are dealt out to threads: by ranges of channels, and of rows where those are few.
struct DepthwiseTasks {
  private let channels, rowBlocks: Int
  private let channelParts, rowParts: Int

  /// - Parameter rowBlocks: The blocks of output rows, which are not cut further.
  init(_ image: ImageGeometry, rowBlocks: Int) {
    let products = image.outputChannels * image.outputPixels * image.taps
    channels = image.inputChannels
    self.rowBlocks = rowBlocks
    channelParts = min(max(1, products / Self.productsPerTask), channels)
    rowParts = min(max(1, products / channelParts / Self.productsPerRowRange), rowBlocks)
  }

  /// Calls `body` for every image of the batch, range of its input channels and range of its blocks of rows.
  func forEach(
    batch: Int, threads: Int,
    _ body: (_ image: Int, _ channels: Range<Int>, _ rowBlocks: Range<Int>, _ worker: Int) -> Void
  ) {
    Parallel.forEach(batch * channelParts * rowParts, threads: threads) { task, worker in
      let (rest, rowPart) = task.quotientAndRemainder(dividingBy: rowParts)
      let (image, channelPart) = rest.quotientAndRemainder(dividingBy: channelParts)
      body(
        image, SizeArithmetic.part(channelPart, of: channelParts, in: channels),
        SizeArithmetic.part(rowPart, of: rowParts, in: rowBlocks), worker)
    }
  }

  /// A few microseconds: several times what it takes to hand a task to a worker that is awake.
  private static var productsPerTask: Int { 1 << 15 }
  /// A channel's rows are cut later than the channels, as the input rows on either side of a cut are read twice.
  private static var productsPerRowRange: Int { 1 << 18 }
}
