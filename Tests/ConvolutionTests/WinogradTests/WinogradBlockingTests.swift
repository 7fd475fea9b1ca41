import TestSupport
import Testing

@testable import Convolution

/// How tiles are split into blocks.
struct WinogradBlockingTests {
  /// Threads have as many blocks as each other where there are few, but more than one; every tile is in one of them.
  @Test(arguments: [2, 3, 4], [(56, 2, 1), (56, 1, 1), (28, 1, 3), (40, 1, 1)])
  func blocksForThreads(threads: Int, layer: (side: Int, stride: Int, batch: Int)) throws {
    let conv = try Conv2d<Float>(
      inputChannels: 128, outputChannels: 64, kernelSize: 3, stride: layer.stride, padding: 1)
    let image = try Geometry(conv.configuration, inputShape: [128, layer.side, layer.side]).image
    let convolution = WinogradConvolution(image, tile: .four)
    let blocking = WinogradBlocking.forProducts(convolution, batch: layer.batch, threads: threads)
    #expect(blocking.blocks > 1 && blocking.blocks % threads == 0)
    #expect(blocking.blocks >= WinogradBlocking.forProducts(convolution, batch: layer.batch, threads: 1).blocks)
    let tiles = (0..<blocking.rowParts).map { convolution.rowTiling.tiles(ofPart: $0, of: blocking.rowParts) }
    #expect(tiles.flatMap { Array($0) } == Array(0..<convolution.rowTiling.count))
    // A single block is shared by all.
    let small = try Geometry(conv.configuration, inputShape: [128, 14, 14]).image
    let single = WinogradConvolution(small, tile: .four)
    #expect(WinogradBlocking.forProducts(single, batch: 1, threads: threads).blocks == 1)
  }
}
