/// How the gradient of the column matrix of one group of one image is cut up, from the image's geometry and the scalar's size
/// alone.
struct ColumnGradientBlocking: Sendable {
  /// Ranges of input channels of a group, ranges of output pixels, and how many of these are tasks of their own.
  let channelParts, pixelBlocks, pixelParts: Int
  /// Scalars of the largest block of columns.
  let largestBlock: Int
  private let scalarSize: Int

  /// Tasks wanted from one image, for that many threads.
  private static let wantedTasks = 8
  /// Ranges of fewer channels make products too slim: of a pointwise layer, and of one whose kernel makes rows of each.
  private static let (pointwiseChannelsPerPart, channelsPerPart) = (128, 16)

  init(_ image: ImageGeometry, scalarSize: Int) {
    self.scalarSize = scalarSize
    let pixelsThatFit = max(1, ColumnBlocking.bytesPerBlock / (image.taps * scalarSize))
    pixelBlocks = SizeArithmetic.dividingUp(image.outputPixels, by: min(ColumnBlocking.pixelsPerBlock, pixelsThatFit))
    let pixels = SizeArithmetic.dividingUp(image.outputPixels, by: pixelBlocks)
    let channelsThatFit = max(1, ColumnBlocking.bytesPerBlock / (image.taps * pixels * scalarSize))
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

  func tasks(_ image: ImageGeometry, batch: Int) -> Int { batch * image.groups * channelParts * pixelParts }

  /// Blocks of columns that are held at a time.
  func blocksHeld(tasks: Int, threads: Int) -> Int {
    min(threads, tasks, max(1, Workspace.budget / max(1, largestBlock * scalarSize)))
  }

  /// Bytes of workspace for a batch of an image.
  func workspaceBytes(_ image: ImageGeometry, batch: Int, threads: Int) -> Int {
    largestBlock * blocksHeld(tasks: tasks(image, batch: batch), threads: threads) * scalarSize
  }
}
