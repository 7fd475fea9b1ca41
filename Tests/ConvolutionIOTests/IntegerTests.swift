import Convolution
import ConvolutionIO
import Testing

/// Tensors of integers: read where the scalar holds each of them exactly.
@Suite struct IntegerTests {
  let file: SafetensorsFile

  init() throws { file = try SafetensorsFile(path: fixture("integers.safetensors")) }

  @Test(
    arguments: [
      ("I64", [0, -1, 0x1p24, -0x1p24, 0x3p61, -0x1p63]), ("U64", [0x1p63, 0x1p64 - 0x1p40]), ("I32", [-0x1p31, 7]),
      ("U32", [0x1p31]), ("I16", [-0x1p15, 0x1p15 - 1]), ("U16", [0x1p16 - 1]), ("I8", [-128, 127]), ("U8", [255]),
      ("num_batches_tracked", [1000]),
    ] as [(String, [Double])])
  func exactlyRead(_ name: String, _ values: [Double]) throws {
    #expect(try file.tensor(name, as: Double.self).scalars == values)
    #expect(try file.tensor(name, as: Float.self).scalars == values.map { Float($0) })
  }

  /// What one type holds and the other does not, by the first integer that it does not.
  @Test(
    arguments: [
      ("I64 in Double", "9007199254740992", false), ("I64 in neither", "9007199254740993", true),
      ("U64 in neither", "18446744073709551615", true),
    ])
  func inexactIsRefused(_ name: String, _ value: String, _ inDoubleToo: Bool) throws {
    // 2⁵³ is a Float, 2²⁴ + 1 is not.
    let inFloat = name == "I64 in Double" ? "16777217" : value
    #expect(
      throws: FileFormatError.inexactInteger(
        path: fixture("integers.safetensors"), name: name, type: "Float", value: inFloat)
    ) { try file.tensor(name, as: Float.self) }
    if inDoubleToo {
      let error = #expect(throws: FileFormatError.self) { try file.tensor(name, as: Double.self) }
      #expect(error?.description.hasSuffix("expected integers that Double holds exactly, got \(value)") == true)
    } else {
      #expect(try file.tensor(name, as: Double.self).scalars == [0x1p53, -0x1p53, 0x1p24 + 1])
    }
  }
}
