import Convolution
import ConvolutionIO
import Testing

/// Files that Python's NumPy wrote.
@Suite struct NumPyFixtureTests {
  @Test(arguments: ["f4-C", "f4-F", "f8-C", "f8-F"]) func typesAndOrders(_ name: String) throws {
    #expect(try NumPyFile.read(path: fixture("\(name).npy"), as: Float.self) == ramp([2, 3, 4]))
    #expect(try NumPyFile.read(path: fixture("\(name).npy"), as: Double.self) == ramp([2, 3, 4]))
  }

  @Test(arguments: 1...3) func versions(_ version: Int) throws {
    #expect(try NumPyFile.read(path: fixture("version-\(version).npy"), as: Float.self) == ramp([3, 2]))
  }

  @Test(arguments: [("scalar", []), ("vector", [5]), ("empty", [2, 0, 3])])
  func shapes(_ name: String, _ shape: [Int]) throws {
    #expect(try NumPyFile.read(path: fixture("\(name).npy"), as: Float.self) == ramp(shape))
  }

  @Test(arguments: [("integers", "<i8"), ("big-endian", ">f4"), ("records", "records")])
  func otherTypesAreRefused(_ name: String, _ type: String) {
    let path = fixture("\(name).npy")
    #expect(
      throws: FileFormatError.unsupportedDataType(path: path, name: "array", supported: ["<f4", "<f8"], actual: type)
    ) { try NumPyFile.read(path: path, as: Float.self) }
  }
}
