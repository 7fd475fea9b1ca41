package import Convolution
import ConvolutionIO
import Foundation

/// What is wrong with the files of the data set, in one line.
package enum DataSetError: Error, Equatable, CustomStringConvertible {
  case missing(path: String)
  case unreadable(path: String, reason: String)
  case malformed(path: String, reason: String)

  package var description: String {
    switch self {
    case .missing(let path):
      "the data set is missing: no \(path); install Debian's package dataset-fashion-mnist, or name its folder by --data"
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .malformed(let path, let reason): "\(path): not a file of Fashion-MNIST: \(reason)"
    }
  }
}

/// Images of 28x28 pixels with their classes: one half of Fashion-MNIST.
///
/// H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST, [arXiv:1708.07747](https://arxiv.org/abs/1708.07747).
package struct DataSet: Sendable {
  package static let side = 28
  package static let classes = 10

  private let pixels: [UInt8]
  package let labels: [UInt8]

  package var count: Int { labels.count }

  /// Reads `train` or `t10k` from a folder that holds the files as they are distributed, compressed or not.
  package init(folder: String, part: String) throws(DataSetError) {
    let images = try IDXFile(folder: folder, name: "\(part)-images-idx3-ubyte")
    let classes = try IDXFile(folder: folder, name: "\(part)-labels-idx1-ubyte")
    guard images.shape.count == 3, Array(images.shape.dropFirst()) == [Self.side, Self.side] else {
      throw .malformed(path: images.path, reason: "expected images of 28x28, got shape \(images.shape)")
    }
    guard classes.shape == [images.shape[0]], classes.shape[0] > 0 else {
      throw .malformed(path: classes.path, reason: "expected \(images.shape[0]) labels, got shape \(classes.shape)")
    }
    if let label = classes.bytes.first(where: { $0 >= Self.classes }) {
      throw .malformed(path: classes.path, reason: "expected labels below \(Self.classes), got \(label)")
    }
    self.init(pixels: images.bytes, labels: classes.bytes)
  }

  /// - Parameter pixels: The images one after the other, row by row.
  package init(pixels: [UInt8], labels: [UInt8]) {
    precondition(pixels.count == labels.count * Self.side * Self.side)
    self.pixels = pixels
    self.labels = labels
  }

  /// The images at some positions, `[N, 1, 28, 28]`, with the training images' mean and deviation taken out.
  package func images(at positions: some Collection<Int>) throws(ConvolutionError) -> Tensor<Float> {
    let size = Self.side * Self.side
    let bytes = positions.flatMap { pixels[$0 * size..<($0 + 1) * size] }
    // One tall picture of the images above each other.
    let picture = try Tensor(
      pixels: bytes.span, height: positions.count * Self.side, width: Self.side, channels: 1, mean: [0.2860],
      standardDeviation: [0.3530])
    return try picture.reshaped(to: [positions.count, 1, Self.side, Self.side])
  }

  /// The classes at some positions.
  package func labels(at positions: some Collection<Int>) -> [Int] {
    positions.map { Int(labels[$0]) }
  }
}

/// A file of the IDX format: bytes under a shape.
struct IDXFile {
  let path: String
  let shape: [Int]
  let bytes: [UInt8]

  init(folder: String, name: String) throws(DataSetError) {
    let candidates = ["\(folder)/\(name).gz", "\(folder)/\(name)"]
    guard let path = candidates.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
      throw .missing(path: candidates[0])
    }
    self.path = path
    let content = try GzipFile.read(path)
    // Two zeros, the type (8: bytes), the number of dimensions; each dimension in four bytes, most significant first.
    guard content.count >= 4, content[0] == 0, content[1] == 0, content[2] == 8 else {
      throw .malformed(path: path, reason: "expected the IDX header of unsigned bytes, got \(content.prefix(4))")
    }
    let header = 4 + 4 * Int(content[3])
    guard content.count >= header else {
      throw .malformed(path: path, reason: "expected a header of \(header) bytes, got \(content.count)")
    }
    shape = stride(from: 4, to: header, by: 4).map { start in
      content[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    bytes = Array(content[header...])
    let size = shape.reduce(into: (product: 1, overflow: false)) { size, extent in
      let (product, overflow) = size.product.multipliedReportingOverflow(by: extent)
      size = (product, size.overflow || overflow)
    }
    guard !size.overflow, size.product == bytes.count else {
      throw .malformed(path: path, reason: "expected the bytes of shape \(shape), got \(bytes.count)")
    }
  }
}
