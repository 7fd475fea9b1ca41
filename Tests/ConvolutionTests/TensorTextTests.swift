import Convolution
import Foundation
import Testing

/// What a tensor prints: NumPy's text, from `Fixtures/array_text.py`.
struct TensorTextTests {
  struct Printed: Decodable, Sendable, CustomTestStringConvertible {
    var scalar: String
    var shape: [Int]
    var scalars: [String]?
    var divisor: Double?
    var text: String

    var testDescription: String { "\(scalar) \(shape) \(scalars?.prefix(3).joined(separator: " ") ?? "")" }

    func tensor<Scalar: ConvolutionScalar & LosslessStringConvertible>(of type: Scalar.Type) throws -> Tensor<Scalar> {
      if let scalars { return try Tensor(shape: shape, scalars: scalars.map { try #require(Scalar($0)) }) }
      let divisor = try #require(divisor)
      return try Tensor(shape: shape, scalars: (0..<shape.reduce(1, *)).map { Scalar(Double($0) / divisor) })
    }
  }

  private struct File: Decodable {
    var cases: [Printed]
  }

  private static let cases = Result { try JSONDecoder().decode(File.self, from: Fixture.data("array_text.json")).cases }

  @Test(arguments: try cases.get())
  func asNumPyPrints(_ printed: Printed) throws {
    let text =
      printed.scalar == "float32"
      ? try printed.tensor(of: Float.self).description : try printed.tensor(of: Double.self).description
    #expect(text == printed.text)
  }

  @Test func everyKindOfCaseIsThere() throws {
    #expect(try Self.cases.get().count > 80)
  }

  @Test func debugText() throws {
    let tensor = try Tensor<Float>(shape: [1, 2], scalars: [0.5, -1])
    #expect(String(reflecting: tensor) == "Tensor<Float> of shape [1, 2]:\n[[ 0.5 -1. ]]")
    #expect(String(reflecting: try Tensor<Double>(zeros: [0, 3])) == "Tensor<Double> of shape [0, 3]:\n[]")
  }

  /// NumPy has no sign for NaN either.
  @Test func negativeNaN() throws {
    #expect(try Tensor<Float>(shape: [2], scalars: [-.nan, .signalingNaN]).description == "[nan nan]")
  }
}
