import Convolution
import ConvolutionIO
import Glibc
import Testing

private let folder = unsafe getenv("CONVOLUTION_INTEROPERATION_FOLDER").map { unsafe String(cString: $0) }

/// Files for Python to read, written to a folder when `Scripts/check-interoperation` names one.
@Suite(.enabled(if: folder != nil, "run by Scripts/check-interoperation"))
struct InteroperationTests {
  @Test func filesForPython() throws {
    let folder = try #require(folder)
    let metadata = ["format": "pt", "quote\"\\\n\u{1}": "é 漢 😀"]
    let names = ["a": [2, 3], "scalar": [], "empty": [0, 4], "quote\"\\\n\u{1}é": [5]]
    try SafetensorsFile.write(
      names.mapValues { try ramp($0, as: Float.self) }, metadata: metadata, path: "\(folder)/F32")
    try SafetensorsFile.write(names.mapValues { try ramp($0, as: Double.self) }, path: "\(folder)/F64")
    for type in [SafetensorsFile.DataType.float16, .float32, .float64] {
      try SafetensorsFile.write(
        names.mapValues { try ramp($0, as: Double.self) }, path: "\(folder)/\(type.rawValue)-of-Double", as: type)
    }
    try SafetensorsFile.write([:] as [String: Tensor<Float>], path: "\(folder)/none")
    for (order, letter) in [(NumPyFile.Order.rowMajor, "C"), (.columnMajor, "F")] {
      for shape in [[], [5], [2, 0, 3], [2, 3, 4], Array(repeating: 1, count: 30)] {
        let name = ([letter] + shape.map(String.init)).joined(separator: "-")
        try NumPyFile.write(ramp(shape, as: Float.self), path: "\(folder)/f4-\(name).npy", order: order)
        try NumPyFile.write(ramp(shape, as: Double.self), path: "\(folder)/f8-\(name).npy", order: order)
      }
    }
  }
}
