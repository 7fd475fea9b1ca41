@testable import Convolution
import Testing

/// Tensors: shapes, value semantics, equality.
struct TensorTests {
  @Test func shapesAndScalars() throws {
    let tensor = try Tensor<Float>(shape: [2, 3], scalars: [1, 2, 3, 4, 5, 6])
    #expect(tensor.shape == [2, 3])
    #expect(tensor.scalars == [1, 2, 3, 4, 5, 6])
    #expect(try Tensor<Double>(repeating: 7, shape: [2, 2]).scalars == [7, 7, 7, 7])
    #expect(try Tensor<Double>(zeros: [3]).scalars == [0, 0, 0])
    #expect(try Tensor<Float>(zeros: []).scalars == [0])
    #expect(try Tensor<Float>(zeros: [2, 0, 3]).scalars.isEmpty)
    #expect(try Tensor<Float>(zeros: [0, 1 << 40, 1 << 40]).scalars.isEmpty)
  }

  /// Sequences with and without contiguous storage.
  @Test func sequences() throws {
    let expected = try Tensor<Float>(shape: [3], scalars: [1, 2, 3])
    #expect(try Tensor(shape: [3], scalars: [9, 1, 2, 3, 9][1...3]) == expected)
    #expect(
      try Tensor(
        shape: [3],
        scalars: sequence(state: Float(0)) {
          $0 += 1; return $0 <= 3 ? $0 : nil
        }) == expected)
    #expect(try Tensor(shape: [3], scalars: (1...3).lazy.map { Float($0) }) == expected)
    #expect(try Tensor<Float>(shape: [0], scalars: []).scalars.isEmpty)
  }

  @Test func copiesAreValues() throws {
    let original = try Tensor<Float>(shape: [2], scalars: [1, 2])
    var copy = original
    copy[0] = 5
    #expect(original.scalars == [1, 2])
    #expect(copy.scalars == [5, 2])
  }

  /// A tensor that nobody shares is changed where it lies.
  @Test func changeInPlaceCopiesNothing() throws {
    var tensor = try Tensor<Double>(zeros: [1000])
    func address() -> UInt { tensor.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) } }
    let before = address()
    tensor[3] = 1
    #expect(address() == before)
    #expect(before % 64 == 0)
    var parameter = Parameter(tensor)
    tensor = try Tensor(zeros: [1])
    parameter.value[4] = 1
    tensor = parameter.value
    #expect(address() == before)
  }

  @Test func equality() throws {
    let tensor = try Tensor<Float>(shape: [1, 2], scalars: [0, 1])
    #expect(tensor == (try Tensor(shape: [1, 2], scalars: [-0.0, 1])))
    #expect(tensor != (try Tensor(shape: [2, 1], scalars: [0, 1])))
    #expect(tensor != (try Tensor(shape: [1, 2], scalars: [0, 2])))
    let notANumber = try Tensor<Float>(repeating: .nan, shape: [1])
    #expect(notANumber != notANumber)
  }

  @Test func errorsOfBodiesPassThrough() throws {
    struct Stop: Error, Equatable {}
    var tensor = try Tensor<Float>(zeros: [1])
    #expect(throws: Stop()) { try tensor.withUnsafeBufferPointer { _ throws(Stop) -> Void in throw Stop() } }
    #expect(throws: Stop()) { try tensor.withUnsafeMutableBufferPointer { _ throws(Stop) -> Void in throw Stop() } }
  }

  @Test func parametersCompareByWhatTheyHold() throws {
    let value = try Tensor<Float>(zeros: [2])
    var parameter = Parameter(value)
    #expect(parameter == Parameter(value))
    #expect(parameter != Parameter(value, requiresGradient: false))
    parameter.gradient = value
    #expect(parameter != Parameter(value))
  }
}
