import Convolution
import Testing

@testable import ConvolutionIO

@Suite struct RoundTripTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func safetensors() throws {
    let path = folder.file("a.safetensors")
    let names = ["", "weight", "é", "a\"\\\u{0}\n\u{7F}", "漢😀", String(repeating: "n", count: 1000)]
    var tensors: [String: Tensor<Float>] = [:]
    for (count, name) in names.enumerated() { tensors[name] = try ramp([count, 3]) }
    tensors["scalar"] = try ramp([])
    let metadata = ["format": "pt", "\u{1}": "\t\r"]
    try SafetensorsFile.write(tensors, metadata: metadata, path: path)
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == metadata)
    #expect(try file.tensors() == tensors)
    #expect(file.entries.allSatisfy { $0.dataType == .float32 })
    #expect(folder.names == ["a.safetensors"])
  }

  @Test func safetensorsOfDoublesAreAlignedAndRepeatable() throws {
    let path = folder.file("a.safetensors")
    let tensors: [String: Tensor<Double>] = try ["x": ramp([3]), "y": ramp([2, 2]), "z": ramp([0])]
    try SafetensorsFile.write(tensors, path: path)
    let first = try bytes(path)
    try SafetensorsFile.write(tensors, path: path)
    #expect(try bytes(path) == first)
    let file = try SafetensorsFile(path: path)
    #expect(try file.tensors() == tensors)
    #expect(file.names == ["x", "y", "z"])
    #expect(file.entries.allSatisfy { $0.dataType == .float64 && $0.bytes.lowerBound % 8 == 0 })
  }

  /// Every bit of a NaN survives, and so does the sign of zero.
  @Test func bitPatterns() throws {
    let patterns: [UInt32] = [0x7FC0_0001, 0xFFFF_FFFF, 0x7F80_0001, 0x8000_0000, 1]
    let tensor = try Tensor<Float>(shape: [5], scalars: patterns.map(Float.init(bitPattern:)))
    try SafetensorsFile.write(["t": tensor], path: folder.file("a"))
    try NumPyFile.write(tensor, path: folder.file("b"))
    #expect(
      try SafetensorsFile(path: folder.file("a")).tensor("t", as: Float.self).scalars.map(\.bitPattern) == patterns)
    #expect(try NumPyFile.read(path: folder.file("b"), as: Float.self).scalars.map(\.bitPattern) == patterns)
  }

  @Test(arguments: NumPyFile.Order.allCases, [[], [0], [7], [2, 3], [2, 0, 3], [4, 1, 3, 2]])
  func npy(_ order: NumPyFile.Order, _ shape: [Int]) throws {
    let path = folder.file("a.npy")
    try NumPyFile.write(ramp(shape, as: Float.self), path: path, order: order)
    #expect(try NumPyFile.read(path: path, as: Float.self) == ramp(shape))
    try NumPyFile.write(ramp(shape, as: Double.self), path: path, order: order)
    #expect(try NumPyFile.read(path: path, as: Double.self) == ramp(shape))
    let data = shape.reduce(8, *)
    #expect(try (bytes(path).count - data) % 64 == 0)
  }

  /// A shape with a zero is legal whatever its other extents.
  @Test func emptyTensorsOfAnyShape() throws {
    let tensor = try Tensor<Float>(zeros: [.max, 0, .max])
    try SafetensorsFile.write(["a": tensor], path: folder.file("a"))
    #expect(try SafetensorsFile(path: folder.file("a")).tensor("a") == tensor)
    for order in NumPyFile.Order.allCases {
      try NumPyFile.write(tensor, path: folder.file("b"), order: order)
      #expect(try NumPyFile.read(path: folder.file("b")) == tensor)
    }
  }

  /// 30,000 dimensions need a header of more than 65,535 bytes, which version 1 cannot have.
  @Test func npyOfManyDimensions() throws {
    let tensor = try Tensor<Float>(repeating: 2, shape: Array(repeating: 1, count: 30_000))
    for order in NumPyFile.Order.allCases {
      try NumPyFile.write(tensor, path: folder.file("a.npy"), order: order)
      #expect(try bytes(folder.file("a.npy"))[6] == 2)
      #expect(try NumPyFile.read(path: folder.file("a.npy"), as: Float.self) == tensor)
    }
  }

  /// The data begin at an odd address when the header's length is odd.
  @Test func unalignedData() throws {
    for spaces in 0..<8 {
      let header = #"{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}"# + String(repeating: " ", count: spaces)
      let values = [1.5, -2.25]
      let data = values.flatMap { lengthBytes(Int(bitPattern: UInt($0.bitPattern)), 8) }
      let file = try SafetensorsFile(FileBytes(ConvolutionIOTests.safetensors(header) + data, path: "memory"))
      #expect(try file.tensor("a", as: Double.self).scalars == values)
    }
  }

  /// A file of 100 MB opens in under 5 ms: only its header is read. The best of ten tries, for machines are shared.
  @Test func aLargeFileOpensAtOnce() throws {
    let path = folder.file("large")
    try SafetensorsFile.write(["a": Tensor<Float>(zeros: [25_000_000])], path: path)
    var best = Duration.seconds(1)
    for _ in 0..<10 {
      let start = ContinuousClock.now
      let file = try SafetensorsFile(path: path)
      best = min(best, start.duration(to: .now))
      #expect(file.names == ["a"])
    }
    #expect(best < .milliseconds(5))
  }

  /// A file's bytes in memory are the file.
  @Test func bytesInMemory() throws {
    let path = fixture("network.safetensors")
    let (mapped, inMemory) = (try SafetensorsFile(path: path), try SafetensorsFile(bytes: bytes(path)))
    #expect(inMemory.entries == mapped.entries && inMemory.metadata == mapped.metadata)
    #expect(try inMemory.tensors(as: Double.self) == mapped.tensors())
    #expect(throws: FileFormatError.missingName(path: "bytes in memory", name: "a", available: mapped.names)) {
      try inMemory.tensor("a", as: Float.self)
    }
    let error = #expect(throws: FileFormatError.self) { try SafetensorsFile(bytes: []) }
    #expect(error?.description.hasPrefix("bytes in memory: at byte 0: expected 8 bytes") == true)
  }

  @Test func aLayerComesBack() throws {
    let layer = try Conv2d<Double>(inputChannels: 3, outputChannels: 4, kernelSize: 3)
    try SafetensorsFile.write(layer.stateDictionary, path: folder.file("a"))
    var other = try Conv2d<Double>(inputChannels: 3, outputChannels: 4, kernelSize: 3)
    try other.load(SafetensorsFile(path: folder.file("a")))
    #expect(other.stateDictionary == layer.stateDictionary)
  }
}
