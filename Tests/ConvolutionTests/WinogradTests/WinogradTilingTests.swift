import Testing

@testable import Convolution

/// The tiles of an axis against what they are for: every output once, the largest tiles first.
@Suite struct WinogradTilingTests {
  @Test(arguments: WinogradSample.tiles, [1, 2, 3, 5, 12, 33])
  func everyOutputOnce(tile: WinogradTile, dilation: Int) {
    for outputs in 1...60 {
      let tiling = WinogradTiling(outputs: outputs, dilation: dilation, tile: tile)
      let sizes = (0..<tiling.count).map(tiling.size)
      #expect(sizes.allSatisfy { $0 <= tile.rawValue && $0 >= (tile == .two ? 1 : 2) })
      #expect(zip(sizes, sizes.dropFirst()).allSatisfy { $0 >= $1 })
      let computed = sizes.indices.flatMap { index in
        (0..<sizes[index]).map { tiling.start(at: index) + $0 * dilation }
      }
      #expect(computed.filter { $0 < outputs }.sorted() == Array(0..<outputs), "\(outputs) outputs")
      let axis = AxisGeometry(
        input: outputs + 2 * dilation, output: outputs, kernel: 3, stride: 1, dilation: dilation, paddingBefore: 0,
        paddingAfter: 0, mode: .zeros)
      #expect(computed.max()! + 2 * dilation < tiling.samples(of: axis))
      for size in 1...tile.rawValue {
        #expect(tiling.count(ofSizeAtLeast: size) == sizes.count { $0 >= size }, "\(outputs) outputs")
      }
      for parts in 1...tiling.sets {
        let ranges = (0..<parts).map { tiling.tiles(ofPart: $0, of: parts) }
        #expect(ranges.flatMap(Array.init) == Array(0..<tiling.count))
        #expect(ranges.allSatisfy { $0.lowerBound % dilation == 0 })
      }
    }
  }
}
