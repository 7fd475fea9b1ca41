/// How the column matrix of one group of one image is cut up, from the image's geometry and the scalar's size alone:
/// whatever the threads and the batch, OpenBLAS sees the same products, so results are equal bit for bit.
struct ColumnBlocking: Sendable {
  /// Ranges of output pixels, of reduction rows, and of output channels.
  let pixelBlocks, reductionBlocks, channelPanels: Int
  /// Scalars of the largest block of columns.
  let largestBlock: Int
  private let scalarSize: Int

  /// Blocks of more pixels gain nothing; blocks of fewer make OpenBLAS pack the weight too often.
  static let pixelsPerBlock = 1024
  /// A block of columns that outgrows the second-level cache many times over is written to memory and read back.
  static let bytesPerBlock = 2 << 20
  /// Panels of fewer output channels make OpenBLAS pack the columns too often.
  private static let channelsPerPanel = 128
  /// Products wanted from one image, for that many threads.
  private static let wantedProducts = 8

  init(_ image: ImageGeometry, scalarSize: Int) {
    self.scalarSize = scalarSize
    pixelBlocks = SizeArithmetic.dividingUp(image.outputPixels, by: Self.pixelsPerBlock)
    let pixels = SizeArithmetic.dividingUp(image.outputPixels, by: pixelBlocks)
    if image.isPointwise {
      reductionBlocks = 1
      largestBlock = 0
    } else {
      let rows = min(image.reduction, max(1, Self.bytesPerBlock / (pixels * scalarSize)))
      reductionBlocks = SizeArithmetic.dividingUp(image.reduction, by: rows)
      largestBlock = SizeArithmetic.dividingUp(image.reduction, by: reductionBlocks) * pixels
    }
    let wantedPanels = SizeArithmetic.dividingUp(
      Self.wantedProducts, by: min(Self.wantedProducts, pixelBlocks * image.groups))
    channelPanels = max(1, min(wantedPanels, image.outputChannelsPerGroup / Self.channelsPerPanel))
  }

  /// Whether threads take units (pixel blocks of one group of one image) of their own, or share the columns of one.
  func takesUnitsSideBySide(units: Int, threads: Int) -> Bool { units >= threads || channelPanels == 1 }

  /// Blocks of columns that are held at a time.
  func blocksHeld(units: Int, threads: Int) -> Int {
    guard takesUnitsSideBySide(units: units, threads: threads) else { return 1 }
    return min(threads, units, max(1, Workspace.budget / max(1, largestBlock * scalarSize)))
  }

  /// Bytes of workspace for a batch of an image.
  func workspaceBytes(_ image: ImageGeometry, batch: Int, threads: Int) -> Int {
    largestBlock * blocksHeld(units: batch * image.groups * pixelBlocks, threads: threads) * scalarSize
  }
}
