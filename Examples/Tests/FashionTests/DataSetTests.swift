import Convolution
import Foundation
import Testing

@testable import FashionTraining

@Suite struct DataSetTests {
  /// Two images, and the labels 3 and 9.
  private static let images: [UInt8] =
    [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28] + (0..<1568).map { UInt8($0 % 256) }
  private static let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 3, 9]

  private func read(images: [UInt8] = images, labels: [UInt8] = labels) throws -> DataSet {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(images).write(to: folder.appending(path: "train-images-idx3-ubyte"))
    try Data(labels).write(to: folder.appending(path: "train-labels-idx1-ubyte"))
    return try DataSet(folder: folder.path(), part: "train")
  }

  @Test func readsImagesAndLabels() throws {
    let set = try read()
    #expect(set.count == 2)
    #expect(set.labels(at: [1, 0]) == [9, 3])
    let images = try set.images(at: [1])
    #expect(images.shape == [1, 1, 28, 28])
    // The second image starts with byte 784 mod 256 = 16.
    #expect(abs(images.scalars[0] - (16.0 / 255 - 0.2860) / 0.3530) < 1e-6)
  }

  /// The bytes [0, 0, 8, 1, 0, 0, 0, 2, 3, 9] as gzip writes them, whole and cut short.
  private static let compressedLabels: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63, 0x60, 0xE0, 0x60, 0x64, 0x60, 0x60, 0x60, 0x62,
    0xE6, 0x04, 0x00, 0x7E, 0x47, 0x6D, 0xC7, 0x0A, 0x00, 0x00, 0x00,
  ]

  @Test func decompresses() throws {
    #expect(try read(labels: Self.compressedLabels).labels(at: 0..<2) == [3, 9])
    #expect(throws: DataSetError.self) { try read(labels: Self.compressedLabels.dropLast(10)) }
  }

  @Test func saysThatFilesAreMissing() {
    let error = DataSetError.missing(path: "/nowhere/train-images-idx3-ubyte.gz")
    #expect(throws: error) { try DataSet(folder: "/nowhere", part: "train") }
    #expect(!error.description.contains("\n"))
  }

  @Test func refusesWhatIsNoDataSet() throws {
    func expectRefusal(images: [UInt8] = Self.images, labels: [UInt8] = Self.labels) {
      #expect {
        try read(images: images, labels: labels)
      } throws: { error in
        guard case .malformed = error as? DataSetError else { return false }
        return true
      }
    }
    expectRefusal(images: [])
    expectRefusal(images: Self.images.dropLast())
    expectRefusal(images: [1] + Self.images.dropFirst())
    expectRefusal(images: Array(Self.images.prefix(10)))
    expectRefusal(images: [0, 0, 8, 3] + Array(repeating: 255, count: 12))
    expectRefusal(images: Self.labels)
    expectRefusal(labels: Self.labels.dropLast() + [10])
    expectRefusal(labels: [0, 0, 8, 1, 0, 0, 0, 1, 3])
  }
}
