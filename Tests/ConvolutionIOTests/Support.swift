import Convolution
import Glibc
import Testing

@testable import ConvolutionIO

/// The path of a file that `Fixtures/make_fixtures.py` wrote.
func fixture(_ name: String) -> String {
  let folder = #filePath.prefix(through: #filePath.lastIndex(of: "/") ?? #filePath.startIndex)
  return "\(folder)Fixtures/\(name)"
}

/// The bytes of a file.
func bytes(_ path: String) throws -> [UInt8] {
  let file = try FileBytes(mapping: path)
  return file.copy(of: 0..<file.count)
}

/// 0, 0.25, 0.5, … row by row: the values of most fixtures.
func ramp<Scalar>(_ shape: [Int], as type: Scalar.Type = Scalar.self) throws -> Tensor<Scalar> {
  try Tensor(shape: shape, scalars: (0..<shape.reduce(1, *)).map { Scalar($0) / 4 })
}

/// A safetensors file with this header, in as many bytes as its text, and `data` bytes of zeros.
func safetensors(_ header: String, data: Int = 0) -> [UInt8] {
  safetensors(header: Array(header.utf8), data: data)
}

func safetensors(header: [UInt8], data: Int = 0) -> [UInt8] {
  lengthBytes(header.count, 8) + header + Array(repeating: 0, count: data)
}

/// A .npy file with this header and `data` bytes of zeros.
func npy(_ header: String, version: UInt8 = 1, data: Int = 0) -> [UInt8] {
  NumPyHeader.magic + [version, 0] + lengthBytes(header.utf8.count, version == 1 ? 2 : 4) + Array(header.utf8)
    + Array(repeating: 0, count: data)
}

func lengthBytes(_ length: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
}

/// Opens a safetensors file and reads everything in it that can be read.
func readEverything(safetensors bytes: [UInt8]) throws(FileFormatError) {
  let file = try SafetensorsFile(FileBytes(bytes, path: "memory"))
  for entry in file.entries where entry.dataType.isReadable {
    _ = try file.tensor(entry.name, as: Float.self)
    _ = try file.tensor(entry.name, as: Double.self)
  }
}

/// Reads a .npy file as both types.
func readEverything(npy bytes: [UInt8]) throws(FileFormatError) {
  let file = FileBytes(bytes, path: "memory")
  let _: Tensor<Float> = try NumPyFile.read(file)
  let _: Tensor<Double> = try NumPyFile.read(file)
}

/// The names of the files in a folder, hidden ones too.
func fileNames(in path: String) -> [String] {
  guard let folder = unsafe opendir(path) else { return [] }
  defer { unsafe closedir(folder) }
  var names: [String] = []
  while let entry = unsafe readdir(folder) {
    let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
      unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}

/// A folder that is removed, with what is in it, at the end of a test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = "/tmp/swift-convolution-tests-\(UInt64.random(in: 0 ... .max))"
    try #require(unsafe mkdir(path, 0o700) == 0)
  }

  deinit {
    for name in names { unsafe remove("\(path)/\(name)") }
    unsafe rmdir(path)
  }

  /// The names of the files in the folder, hidden ones too.
  var names: [String] { fileNames(in: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }
}
