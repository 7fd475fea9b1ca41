import Convolution
import Foundation
import Pictures
import Testing

@testable import edges

@Suite struct KernelTextTests {
  @Test(arguments: ["0 1; -2 3.5", "0,1;-2,3.5", " 0, 1 \n -2\t3.5;", "0 1e0;-2 0x1.cp1"])
  func matrices(_ text: String) throws {
    #expect(try KernelText.kernel(text) == Tensor(shape: [2, 2], scalars: [0, 1, -2, 3.5]))
  }

  @Test(arguments: ["", " ; ", "1 2; 3", "1 x", "nan", "inf 1", "1 2 |", "1..2", "一"])
  func others(_ text: String) {
    let error = #expect(throws: EdgesError.self) { try KernelText.kernel(text) }
    #expect(error?.description.contains { $0.isNewline } == false)
  }
}

@Suite struct ImageFilterTests {
  /// Where the border is continued by its like, an even picture stays as even under every filter; zeros darken it.
  @Test(arguments: FilterName.allCases, PaddingMode.allCases)
  func evenPictures(_ name: FilterName, _ mode: PaddingMode) throws {
    let picture = try Tensor<Float>(repeating: 0.25, shape: [3, 16, 20])
    let result = try name.filter.apply(to: picture, mode)
    #expect(result.shape == picture.shape)
    let expected: Float = [.blur: 0.25, .sharpen: 0.25, .sobel: 0, .emboss: 0.5][name] ?? .nan
    let isEven = result.scalars.allSatisfy { abs($0 - expected) < 1e-5 }
    #expect(isEven == (mode != .zeros))
  }

  /// A step of 1 down the columns: Sobel's kernel for that direction adds 1, 2 and 1, the other nothing.
  @Test func theSizeOfAStep() throws {
    let step = try Tensor<Float>(shape: [1, 4, 4], scalars: [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1])
    let result = try FilterName.sobel.filter.apply(to: step, .replicate)
    #expect(result.scalars == [0, 4, 4, 0, 0, 4, 4, 0, 0, 4, 4, 0, 0, 4, 4, 0])
  }

  /// Each colour is filtered by itself.
  @Test func coloursStayApart() throws {
    let picture = try Tensor<Float>(shape: [3, 1, 2], scalars: [1, 2, 3, 4, 5, 6])
    let filter = ImageFilter(kernels: [try KernelText.kernel("1 10 100")])
    #expect(try filter.apply(to: picture, .zeros).scalars == [210, 21, 430, 43, 650, 65])
  }
}

@Suite final class PNGFileTests {
  let folder: String

  init() throws {
    folder = "/tmp/edges-tests-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: folder)
  }

  @Test func picturesComeBack() throws {
    let path = "\(folder)/a.png"
    let picture = try Tensor<Float>(shape: [3, 4, 5], scalars: (0..<60).map { Float($0) * (1 / 255) })
    try PNGFile.write(picture, path: path)
    #expect(try PNGFile.read(path: path) == picture)
    try PNGFile.write(Tensor(shape: [3, 1, 1], scalars: [-1, 0.5, 7]), path: path)
    #expect(try PNGFile.read(path: path).scalars == [0, 128 * (1 / 255), 1])
  }

  @Test func badFilesAndPlaces() throws {
    let picture = try Tensor<Float>(repeating: 0.5, shape: [3, 40, 40])
    let whole = "\(folder)/whole.png"
    try PNGFile.write(picture, path: whole)
    try FileManager.default.contents(atPath: whole)?.prefix(60).write(to: URL(filePath: whole))
    for path in [whole, folder, "/dev/null", "\(folder)/nowhere.png"] {
      #expect(throws: PictureError.self) { try PNGFile.read(path: path) }
    }
    for path in [folder, "/dev/null", "\(folder)/nowhere/a.png"] {
      #expect(throws: PictureError.self) { try PNGFile.write(picture, path: path) }
    }
  }

  @Test func theSheet() throws {
    let picture = try Tensor<Float>(repeating: 0.5, shape: [3, Sheet.within, 50])
    let sheet = try Sheet(scale: 2).draw(picture, FilterName.blur.filter)
    // Four columns of 96 pixels, two rows of 96 and 68, gaps of 12, a line of letters of 18.
    #expect(sheet.shape == [3, 12 + 18 + 12 + 96 + 12 + 68 + 12, 4 * (96 + 12) + 12])
    #expect(throws: EdgesError.tooSmall(expected: 34, width: 34, height: 33)) {
      try Sheet(scale: 2).draw(Tensor(repeating: 0, shape: [3, 33, 34]), FilterName.blur.filter)
    }
  }
}
