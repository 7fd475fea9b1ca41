import CConvolutionKernels
import Convolution
import Glibc
import Testing

@testable import ConvolutionIO

/// Conversions between formats, bit for bit, under every floating-point mode of the thread.
@Suite struct FloatConversionTests {
  /// All numbers of 16 bits, against the standard library's conversion.
  @Test func everyFloat16() {
    for bits in UInt16.min ... .max {
      let expected = Float(Float16(bitPattern: bits))
      let actual = convolution_from_float16(bits)
      #expect(actual.bitPattern == expected.bitPattern || (actual.isNaN && expected.isNaN))
      if !expected.isNaN { #expect(UInt16(float16: Double(expected)) == bits) }
      let brain = convolution_from_bfloat16(bits)
      if !brain.isNaN { #expect(UInt16(bfloat16: Double(brain)) == bits) }
    }
  }

  /// One number in every 65,521 of `Float`, and those that are not finite.
  @Test func floatsBecomeDoubles() {
    for bits in stride(from: UInt32.min, through: .max, by: 65_521) {
      let float = Float(bitPattern: bits)
      let double = float.widened
      #expect(double.isNaN && float.isNaN || double.bitPattern == Double(float).bitPattern)
      if !float.isNaN { #expect(double.narrowed.bitPattern == bits) }
    }
    #expect((-Float.infinity).widened == -.infinity)
    #expect(Float.nan.widened.isNaN)
  }

  /// What NumPy and PyTorch make of numbers of every magnitude: `Fixtures/make_fixtures.py` says which of them says what.
  @Test(arguments: ["F64 as F32", "F64 as F16", "F64 as BF16", "F32 as F16", "F32 as BF16"])
  func writesAsPythonDoes(_ name: String) throws {
    let folder = try TemporaryFolder()
    let fixture = try SafetensorsFile(path: fixture("rounding.safetensors"))
    let words = name.split(separator: " ").map(String.init)
    let (source, target) = (words[0], try #require(SafetensorsFile.DataType(rawValue: words[2])))
    let path = folder.file("a")
    if source == "F64" {
      try SafetensorsFile.write([name: fixture.tensor(source, as: Double.self)], path: path, as: target)
    } else {
      try SafetensorsFile.write([name: fixture.tensor(source, as: Float.self)], path: path, as: target)
    }
    let written = try SafetensorsFile(path: path)
    #expect(written.entries.map(\.dataType) == [target])
    let values = try fixture.tensor(source, as: Double.self).scalars
    let expected = try fixture.tensor(name, as: Float.self).scalars
    let actual = try written.tensor(name, as: Float.self).scalars
    try #require(actual.count == expected.count && actual.count > 1000)
    for (value, (actual, expected)) in zip(values, zip(actual, expected)) {
      #expect(
        actual.bitPattern == expected.bitPattern || (actual.isNaN && expected.isNaN), "\(value): \(actual), \(expected)"
      )
    }
    // Reading Double as Float rounds in the same way.
    if target == .float32 {
      #expect(sameBits(try fixture.tensor(source, as: Float.self).scalars, expected))
    }
  }

  @Test func nothingIsLostInWiderTypes() throws {
    let folder = try TemporaryFolder()
    let floats = try SafetensorsFile(path: fixture("rounding.safetensors")).tensor("F32", as: Float.self)
    try SafetensorsFile.write(["a": floats], path: folder.file("a"), as: .float64)
    let file = try SafetensorsFile(path: folder.file("a"))
    #expect(file.entries[0].dataType == .float64)
    #expect(sameBits(try file.tensor("a", as: Float.self).scalars, floats.scalars))
    #expect(
      zip(try file.tensor("a", as: Double.self).scalars, floats.scalars).allSatisfy { $0 == Double($1) || $1.isNaN })
  }

  @Test(arguments: [SafetensorsFile.DataType.int64, .bool, .float4])
  func otherTypesAreNotWritten(_ type: SafetensorsFile.DataType) throws {
    let folder = try TemporaryFolder()
    #expect(
      throws: FileFormatError.unsupportedDataType(
        path: folder.file("a"), name: "all tensors", supported: ["F64", "F32", "F16", "BF16"], actual: type.rawValue)
    ) { try SafetensorsFile.write(["a": ramp([2], as: Float.self)], path: folder.file("a"), as: type) }
    #expect(folder.names.isEmpty)
  }

  /// More numbers than are converted at a time, and shapes without any.
  @Test func tensorsOfAnySize() throws {
    let folder = try TemporaryFolder()
    let tensors = try [
      "large": Tensor<Double>(shape: [3, 70_001], scalars: (0..<210_003).map { Double($0 % 2048) }),
      "empty": Tensor<Double>(zeros: [.max, 0, .max]), "scalar": Tensor<Double>(repeating: -0.5, shape: []),
    ]
    for type in SafetensorsFile.DataType.allCases where type.isWritable && type != .bfloat16 {
      try SafetensorsFile.write(tensors, metadata: ["format": "pt"], path: folder.file("a"), as: type)
      let file = try SafetensorsFile(path: folder.file("a"))
      #expect(try file.tensors() == tensors)
      #expect(file.entries.allSatisfy { $0.dataType == type } && file.metadata == ["format": "pt"])
    }
  }

  /// Rounding upward, or subnormal numbers taken for zero, changes nothing that is read or written.
  @Test(arguments: [FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO] as [Int32], [false, true])
  func modesOfTheThread(rounding: Int32, flushing: Bool) throws {
    let folder = try TemporaryFolder()
    let rounded = try SafetensorsFile(path: fixture("rounding.safetensors"))
    let half: [UInt8] = [0x01, 0x00, 0xFF, 0x03, 0x01, 0x80, 0x00, 0x04]
    let header = #"{"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}"#
    let small = try SafetensorsFile(bytes: ConvolutionIOTests.safetensors(header) + half)
    func everything() throws -> [UInt64] {
      var bits: [UInt64] = []
      for file in [rounded, small] {
        for name in file.names {
          bits += try file.tensor(name, as: Float.self).scalars.map { UInt64($0.bitPattern) }
          bits += try file.tensor(name, as: Double.self).scalars.map(\.bitPattern)
        }
      }
      for type in SafetensorsFile.DataType.allCases where type.isWritable {
        try SafetensorsFile.write(["a": rounded.tensor("F64", as: Double.self)], path: folder.file("a"), as: type)
        bits += try bytes(folder.file("a")).map(UInt64.init)
        try SafetensorsFile.write(["a": rounded.tensor("F32", as: Float.self)], path: folder.file("a"), as: type)
        bits += try bytes(folder.file("a")).map(UInt64.init)
      }
      return bits
    }
    let expected = try everything()
    let values = try withModes(rounding: rounding, flushing: flushing) {
      // Brought in at run time, so that the compiler does not compute it: 0 where subnormals are flushed.
      let smallest = [Float.leastNonzeroMagnitude, 1].reversed().reversed().map { $0 }
      #expect((smallest[0] * smallest[1] == 0) == flushing)
      return try everything()
    }
    #expect(values == expected)
    // The values of the report: 2⁻²⁴ and 1023 · 2⁻²⁴.
    #expect(try small.tensor("a", as: Float.self).scalars == [0x1p-24, 0x3FFp-24, -0x1p-24, 0x1p-14])
  }

  private func sameBits(_ left: [Float], _ right: [Float]) -> Bool {
    left.count == right.count
      && zip(left, right).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) }
  }

  private func withModes<Result>(
    rounding: Int32, flushing: Bool, _ body: () throws -> Result
  ) throws -> Result {
    var before = fenv_t()
    unsafe fegetenv(&before)
    defer { unsafe fesetenv(&before) }
    var changed = before
    #if arch(x86_64)
      if flushing { changed.__mxcsr |= 0x8040 }
    #elseif arch(arm64)
      if flushing { changed.__fpcr |= 1 << 24 }
    #endif
    unsafe fesetenv(&changed)
    fesetround(rounding)
    return try body()
  }
}
