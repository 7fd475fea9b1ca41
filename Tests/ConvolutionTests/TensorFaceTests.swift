import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// Reading, changing and making tensors without a pointer.
struct TensorFaceTests {
  // MARK: Spans

  @Test func spans() throws {
    var tensor = try Tensor<Double>.counting([2, 3])
    #expect(tensor.count == 6)
    // The macro cannot take a span apart.
    let (count, fourth) = (tensor.span.count, tensor.span[4])
    #expect((count, fourth) == (6, 4))
    var scalars = tensor.mutableSpan
    for index in scalars.indices { scalars[index] *= 2 }
    #expect(tensor.scalars == [0, 2, 4, 6, 8, 10])
    let empty = try Tensor<Float>(zeros: [3, 0])
    let isEmpty = empty.span.isEmpty
    #expect(isEmpty)
  }

  /// A change through a span leaves copies alone, and copies nothing where there are none.
  @Test func spansAndCopies() throws {
    let original = try Tensor<Float>.counting([4])
    var copy = original
    change(&copy, at: 1, to: 9)
    #expect(original.scalars == [0, 1, 2, 3])
    #expect(copy.scalars == [0, 9, 2, 3])
    let before = address(copy)
    change(&copy, at: 2, to: 8)
    copy[3] = 7
    #expect(address(copy) == before)
    #expect(copy.scalars == [0, 9, 8, 7])
  }

  // MARK: Making

  @Test func initializing() throws {
    let tensor = try Tensor<Float>(shape: [2, 2]) { scalars in
      for value in [1, 2, 3, 4] as [Float] { scalars.append(value) }
    }
    #expect(tensor == (try Tensor(shape: [2, 2], scalars: [1, 2, 3, 4])))
    #expect(try Tensor<Double>(shape: [0]) { _ in }.count == 0)
    #expect(try Tensor<Double>(shape: []) { $0.append(5) }.scalars == [5])
  }

  @Test func initializingTooFew() throws {
    let error = ConvolutionError.scalarCountMismatch(shape: [2, 2], expected: 4, actual: 3)
    #expect(throws: error) {
      try Tensor<Float>(shape: [2, 2]) { scalars in
        for _ in 0..<3 { scalars.append(1) }
      }
    }
    #expect(throws: ConvolutionError.valueOutOfRange(name: "shape", expected: "no negative extent", actual: [-1])) {
      try Tensor<Float>(shape: [-1]) { _ in }
    }
  }

  /// What a body throws passes through, and the memory that it had begun to fill is given back.
  @Test func initializingThatThrows() throws {
    struct Stop: Error, Equatable {}
    let trial = AllocationTrial()
    AllocationTrial.$current.withValue(trial) {
      #expect(throws: Stop()) {
        try Tensor<Float>(shape: [1000]) { scalars in
          scalars.append(1)
          throw Stop()
        }
      }
      #expect(throws: ConvolutionError.self) { try Tensor<Float>(shape: [1000]) { _ in } }
    }
    #expect(trial.liveBlocks == 0)
    #expect(trial.remaining == .max - 2)
  }

  // MARK: Subscripts

  @Test func subscripts() throws {
    var tensor = try Tensor<Float>.counting([2, 3, 4])
    #expect(tensor[0, 0, 0] == 0)
    #expect(tensor[1, 2, 3] == 23)
    #expect(tensor[1, 0, 2] == 14)
    let copy = tensor
    tensor[1, 0, 2] += 0.5
    #expect(tensor[1, 0, 2] == 14.5)
    #expect(copy[1, 0, 2] == 14)
    var single = try Tensor<Double>(zeros: [])
    single[] = 3
    #expect(single[] == 3)
  }

  @Test func images() throws {
    let batch = try Tensor<Double>.counting([3, 2, 2])
    #expect(batch[image: 1] == (try Tensor(shape: [2, 2], scalars: [4, 5, 6, 7])))
    #expect(batch[image: 2][image: 0].scalars == [8, 9])
    #expect(try Tensor<Float>.counting([3])[image: 2] == Tensor(shape: [], scalars: [2]))
    #expect(try Tensor<Float>(zeros: [2, 0, 3])[image: 1].shape == [0, 3])
  }

  /// The message names index and extent; `Scripts/check-as-dependency` shows the same of a release build.
  @Test func indicesOutsideTheirExtents() async throws {
    let aboveItsExtent = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      print(try Tensor<Float>(zeros: [2, 3])[1, 3])
    }
    expect(aboveItsExtent, "an index from 0 up to but not including 3 for axis 1 of shape [2, 3], got 3")
    let negative = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var tensor = try Tensor<Float>(zeros: [2, 3])
      tensor[-1, 0] = 1
    }
    expect(negative, "an index from 0 up to but not including 2 for axis 0 of shape [2, 3], got -1")
    let tooFew = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      print(try Tensor<Double>(zeros: [2, 3])[4])
    }
    expect(tooFew, "2 indices for shape [2, 3], got 1: [4]")
    let image = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      print(try Tensor<Double>(zeros: [2, 3])[image: 2])
    }
    expect(image, "an image index from 0 up to but not including 2 in shape [2, 3], got 2")
    let noDimensions = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      print(try Tensor<Double>(zeros: [])[image: 0])
    }
    expect(noDimensions, "a dimension to take an entry of, got shape []")
  }

  /// Expects that a process stopped with this message.
  private func expect(
    _ result: ExitTest.Result?, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let printed = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(printed.contains("expected \(message)"), "\(printed)", sourceLocation: sourceLocation)
  }

  // MARK: Reshaping and joining

  @Test func reshaping() throws {
    let tensor = try Tensor<Float>.counting([2, 3, 4])
    let reshaped = try tensor.reshaped(to: [4, 6])
    #expect(reshaped.shape == [4, 6])
    #expect(reshaped.scalars == tensor.scalars)
    #expect(address(reshaped) == address(tensor))
    #expect(try tensor.reshaped(to: [-1]).shape == [24])
    #expect(try tensor.reshaped(to: [3, -1, 2]).shape == [3, 4, 2])
    #expect(try tensor.reshaped(to: [1, 24, -1]).shape == [1, 24, 1])
    #expect(try Tensor<Float>(zeros: [1]).reshaped(to: []).shape == [])
    #expect(try Tensor<Float>(zeros: [0, 5]).reshaped(to: [7, -1]).shape == [7, 0])
    #expect(try Tensor<Float>(zeros: [0]).reshaped(to: [1 << 40, 1 << 40, 0]).count == 0)
  }

  /// The two share memory, not their values.
  @Test func reshapedTensorsAreValues() throws {
    let tensor = try Tensor<Float>.counting([2, 2])
    var reshaped = try tensor.reshaped(to: [4])
    reshaped[0] = 9
    #expect(tensor[0, 0] == 0)
    #expect(reshaped.scalars == [9, 1, 2, 3])
    let before = address(reshaped)
    reshaped = try reshaped.reshaped(to: [2, 2])
    reshaped[1, 1] = 8
    #expect(address(reshaped) == before)
  }

  @Test(arguments: [[23], [5, 5], [], [-2, 12], [-1, -1], [5, -1], [0, -1], [0], [-1, 25], [2, 3, 4, 2]])
  func shapesThatDoNotFit(shape: [Int]) throws {
    let tensor = try Tensor<Float>.counting([2, 3, 4])
    let error = #expect(throws: ConvolutionError.self) { try tensor.reshaped(to: shape) }
    guard case .valueOutOfRange(name: "shape", _, actual: shape) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func messagesOfReshaping() throws {
    let tensor = try Tensor<Float>(zeros: [2, 6])
    func message(_ shape: [Int]) -> String? {
      #expect(throws: ConvolutionError.self) { try tensor.reshaped(to: shape) }?.description
    }
    #expect(message([3, 5]) == "shape: expected extents whose product is 12, the scalars of [2, 6], got 3, 5")
    #expect(message([-1, 5]) == "shape: expected extents that divide 12, the scalars of [2, 6], got -1, 5")
    #expect(
      message([-1, 0]) == "shape: expected no negative extent, or a single -1 beside extents of 1 or more, got -1, 0")
    #expect(throws: ConvolutionError.sizeOverflow(name: "scalars of a tensor", operands: [.max, 2])) {
      try tensor.reshaped(to: [.max, 2])
    }
  }

  /// Along every axis, against the definition: a scalar of the result is the one that its index along the axis falls on.
  @Test(arguments: 0..<4) func concatenating(axis: Int) throws {
    let shape = [2, 3, 2, 4]
    let tensors = try [1, 3, 0, 2].enumerated().map { number, extent in
      var shape = shape
      shape[axis] = extent
      return try Tensor<Double>.counting(shape).adding(Double(100 * number))
    }
    let result = try Tensor.concatenating(tensors, axis: axis)
    var expected = shape
    expected[axis] = 6
    #expect(result.shape == expected)
    let sources = tensors.enumerated().flatMap { number, tensor in (0..<tensor.shape[axis]).map { (number, $0) } }
    for a in 0..<expected[0] {
      for b in 0..<expected[1] {
        for c in 0..<expected[2] {
          for d in 0..<expected[3] {
            var index = [a, b, c, d]
            let (number, position) = sources[index[axis]]
            index[axis] = position
            #expect(result[a, b, c, d] == tensors[number][index[0], index[1], index[2], index[3]])
          }
        }
      }
    }
  }

  @Test func concatenatingWithoutScalars() throws {
    let empty = try Tensor<Float>(zeros: [2, 0])
    #expect(try Tensor.concatenating([empty, empty], axis: 0).shape == [4, 0])
    #expect(try Tensor.concatenating([empty, Tensor(zeros: [2, 3])], axis: 1).shape == [2, 3])
    #expect(try Tensor.concatenating([Tensor<Float>.counting([3])], axis: 0).scalars == [0, 1, 2])
  }

  @Test func tensorsThatDoNotFit() throws {
    let tensor = try Tensor<Float>(zeros: [2, 3])
    #expect(throws: ConvolutionError.valueOutOfRange(name: "tensors", expected: "1 or more", actual: [0])) {
      try Tensor<Float>.concatenating([], axis: 0)
    }
    for axis in [-1, 2] {
      #expect(
        throws: ConvolutionError.valueOutOfRange(
          name: "axis", expected: "0 up to but not including 2, the dimensions of [2, 3]", actual: [axis])
      ) { try Tensor.concatenating([tensor, tensor], axis: axis) }
    }
    #expect(throws: ConvolutionError.self) { try Tensor.concatenating([Tensor<Float>(zeros: [])], axis: 0) }
    for shape in [[2, 4], [2], [2, 3, 1]] {
      #expect(throws: ConvolutionError.shapeMismatch(name: "tensors[1]", expected: "[any, 3]", actual: shape)) {
        try Tensor.concatenating([tensor, Tensor(zeros: shape)], axis: 0)
      }
    }
    let long = try Tensor<Float>(zeros: [.max, 0])
    #expect(throws: ConvolutionError.sizeOverflow(name: "extent of axis 0", operands: [.max, .max])) {
      try Tensor.concatenating([long, long], axis: 0)
    }
  }

  private func address<Scalar>(_ tensor: Tensor<Scalar>) -> UInt {
    tensor.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
  }

  private func change<Scalar>(_ tensor: inout Tensor<Scalar>, at index: Int, to value: Scalar) {
    var scalars = tensor.mutableSpan
    scalars[index] = value
  }
}

extension Tensor {
  fileprivate func adding(_ number: Scalar) throws -> Tensor {
    try Tensor(shape: shape, scalars: scalars.map { $0 + number })
  }
}
