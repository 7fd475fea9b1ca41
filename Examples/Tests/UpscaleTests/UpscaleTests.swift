import Convolution
import ConvolutionIO
import ConvolutionLayers
import Foundation
import Pictures
import Testing

@testable import upscale

@Suite struct TilingTests {
  /// Every pixel is taken once, and from a tile in which it has its neighbours.
  @Test(arguments: [1, 7, 16, 17, 24, 25, 100, 1001]) func tilesOfAnAxis(_ extent: Int) throws {
    let (side, overlap) = (16, 4)
    let tiles = Tiling.tiles(of: extent, side: side, overlap: overlap)
    #expect(tiles.flatMap(\.kept) == Array(0..<extent))
    for tile in tiles {
      let end = tile.start + min(side, extent)
      #expect(tile.start >= 0 && end <= extent)
      #expect(tile.start == 0 || tile.kept.lowerBound - tile.start >= overlap)
      #expect(end == extent || end - tile.kept.upperBound >= overlap)
    }
  }

  /// Where a tile's borders are farther away than a pixel reaches, tiles give what the whole picture does.
  @Test func tilesAndTheWhole() throws {
    let network = try RRDBNet(blocks: 0)
    let picture = try Tensor<Float>(
      shape: [3, 40, 33], scalars: (0..<3 * 40 * 33).map { _ in Float.random(in: 0...1) })
    let whole = try Tiling(network, picture: picture.shape, side: 64, overlap: 8)
    let tiled = try Tiling(network, picture: picture.shape, side: 24, overlap: 8)
    #expect(whole.count == 1 && tiled.count == 9)
    var done: [Int] = []
    let results = try (whole.enlarge(picture) { _ in }, tiled.enlarge(picture) { done.append($0) })
    #expect(results.0.shape == [3, 160, 132] && done == Array(1...9))
    for (one, other) in zip(results.0.scalars, results.1.scalars) { #expect(abs(one - other) < 1e-4) }
  }

  @Test func theNetworkIsThatOfTheFile() throws {
    var network = try RRDBNet()
    var count = 0
    network.forEachParameter { name, _ in count += name.hasSuffix(".weight") ? 1 : 0 }
    #expect(count == 351)
    // That of another network is refused in one line.
    let path = FileManager.default.temporaryDirectory.path + "/other-\(UUID()).safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try SafetensorsFile.write(["conv_hr.bias": Tensor<Float>(zeros: [64])], path: path)
    #expect(
      throws: PictureError.otherNetwork(path: path, name: "Real-ESRGAN x4plus", expected: 702, actual: 1, common: 1)
    ) {
      try network.load(path: path)
    }
    #expect(network.stateDictionary["body.22.rdb3.conv5.weight"]?.shape == [64, 192, 3, 3])
  }
}

@Suite struct AreaTests {
  @Test func parts() throws {
    let picture = try Tensor<Float>(shape: [1, 2, 3], scalars: [0, 1, 2, 3, 4, 5])
    let area = try #require(Area(argument: "1,1,1,2"))
    #expect(try area.part(of: picture).scalars == [4, 5])
    #expect(throws: (any Error).self) { try Area(argument: "1,2,1,2")?.part(of: picture) }
  }

  @Test(arguments: ["", "1,2,3", "0,0,0,1", "-1,0,2,2", "0,0,9223372036854775807,1", "a,b,c,d"])
  func others(_ text: String) {
    #expect(Area(argument: text) == nil)
  }
}
