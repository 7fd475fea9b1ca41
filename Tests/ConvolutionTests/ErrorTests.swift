import Convolution
import ReferenceConvolution
import TestSupport
import Testing

/// Every error, provoked through the public face: the case, its values, and a message that says what was expected and
/// what came.
struct ErrorTests {
  /// Expects exactly this error, and these words in its description.
  private func expect<R>(
    _ error: ConvolutionError, _ message: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> R
  ) {
    #expect(throws: error, sourceLocation: sourceLocation) { try body() }
    #expect(error.description == message, sourceLocation: sourceLocation)
  }

  @Test(arguments: [0, -1, Int.min])
  func valuesThatMustBePositive(value: Int) throws {
    let pair = Size2d(1, value)
    let attempts: [(String, [Int], () throws -> Conv2d<Float>)] = [
      ("inputChannels", [value], { try Conv2d(inputChannels: value, outputChannels: 1, kernelSize: 1) }),
      ("outputChannels", [value], { try Conv2d(inputChannels: 1, outputChannels: value, kernelSize: 1) }),
      ("kernelSize", [1, value], { try Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: pair) }),
      ("stride", [1, value], { try Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: 1, stride: pair) }),
      ("dilation", [1, value], { try Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: 1, dilation: pair) }),
      ("groups", [value], { try Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: 1, groups: value) }),
    ]
    for (name, actual, attempt) in attempts {
      let values = actual.map(String.init).joined(separator: ", ")
      expect(
        .valueOutOfRange(name: name, expected: "1 or more", actual: actual),
        "\(name): expected 1 or more, got \(values)",
        attempt)
    }
  }

  @Test func negativePadding() {
    expect(
      .valueOutOfRange(name: "padding", expected: "0 or more at every edge", actual: [0, 0, -1, 2]),
      "padding: expected 0 or more at every edge, got 0, 0, -1, 2"
    ) {
      try Conv2d<Float>(
        inputChannels: 1, outputChannels: 1, kernelSize: 1, padding: .explicit(top: 0, bottom: 0, left: -1, right: 2))
    }
  }

  @Test(arguments: [(4, 6, 3), (6, 4, 3), (4, 4, 8)])
  func groupsThatDoNotDivide(inputs: Int, outputs: Int, groups: Int) {
    expect(
      .groupsDoNotDivide(groups: groups, inputChannels: inputs, outputChannels: outputs),
      "groups: expected a divisor of \(inputs) input channels and \(outputs) output channels, got \(groups)"
    ) {
      try Conv2d<Float>(inputChannels: inputs, outputChannels: outputs, kernelSize: 1, groups: groups)
    }
  }

  @Test func sameWithStride() {
    expect(.samePaddingWithStride(Size2d(1, 2)), "padding: \"same\" expects stride (1, 1), got (1, 2)") {
      try Conv2d<Float>(inputChannels: 1, outputChannels: 1, kernelSize: 3, stride: Size2d(1, 2), padding: .same)
    }
  }

  @Test func unknownNames() {
    expect(
      .unknownName(parameter: "padding", supported: ["same", "valid"], actual: "full"),
      "padding: expected one of \"same\", \"valid\", got \"full\""
    ) { try Padding("full") }
    expect(
      .unknownName(
        parameter: "padding mode", supported: ["zeros", "reflect", "replicate", "circular"], actual: "Zeros"),
      "padding mode: expected one of \"zeros\", \"reflect\", \"replicate\", \"circular\", got \"Zeros\""
    ) { try PaddingMode("Zeros") }
    expect(
      .unknownName(parameter: "device", supported: ["cpu"], actual: "cuda:0"),
      "device: expected \"cpu\", got \"cuda:0\""
    ) { try Device("cuda:0") }
  }

  @Test(arguments: [0, -3, 1025])
  func threadCount(threads: Int) {
    expect(
      .valueOutOfRange(name: "threads", expected: "from 1 to 1024", actual: [threads]),
      "threads: expected from 1 to 1024, got \(threads)"
    ) { try Device.cpu(threads: threads) }
  }

  /// Wrong rank, wrong channel count, no height, no width.
  @Test(arguments: [[], [3], [8, 8], [2, 3, 1, 8, 8], [1, 4, 8, 8], [4, 8, 8], [3, 0, 8], [1, 3, 8, 0]])
  func inputShape(shape: [Int]) throws {
    let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 2, kernelSize: 3)
    let expected = "[N, 3, H, W] or [3, H, W] with H and W of 1 or more"
    let error = ConvolutionError.shapeMismatch(name: "input", expected: expected, actual: shape)
    let message = "input: expected shape \(expected), got \(shape)"
    expect(error, message) { try layer(Tensor(zeros: shape)) }
    expect(error, message) { try layer.outputShape(for: shape) }
    expect(error, message) { try layer.gradients(of: Tensor(zeros: [1]), at: Tensor(zeros: shape)) }
  }

  @Test func kernelLargerThanPaddedInput() throws {
    let layer = try Conv2d<Float>(
      inputChannels: 1, outputChannels: 1, kernelSize: Size2d(3, 2),
      padding: .explicit(top: 1, bottom: 0, left: 0, right: 0),
      dilation: Size2d(4, 1))
    expect(
      .kernelExceedsInput(axis: "height", kernelExtent: 9, paddedInput: 8),
      "height: expected a padded input of at least 9, the dilated kernel's extent, got 8"
    ) { try layer(Tensor(zeros: [1, 7, 2])) }
    expect(
      .kernelExceedsInput(axis: "width", kernelExtent: 2, paddedInput: 1),
      "width: expected a padded input of at least 2, the dilated kernel's extent, got 1"
    ) { try layer(Tensor(zeros: [1, 8, 1])) }
    #expect(try layer(Tensor(zeros: [1, 8, 2])).shape == [1, 1, 1])
  }

  /// One pixel more than the mode can fill, at each edge in turn; the limit itself is legal.
  @Test(arguments: [(PaddingMode.reflect, 3), (.circular, 4)])
  func paddingLargerThanInput(mode: PaddingMode, limit: Int) throws {
    for (index, edge) in ["top", "bottom", "left", "right"].enumerated() {
      func layer(_ amount: Int) throws -> Conv2d<Float> {
        var edges = [0, 0, 0, 0]
        edges[index] = amount
        return try Conv2d(
          inputChannels: 1, outputChannels: 1, kernelSize: 1,
          padding: .explicit(top: edges[0], bottom: edges[1], left: edges[2], right: edges[3]), paddingMode: mode)
      }
      let input = try Tensor<Float>(zeros: [1, 4, 4])
      expect(
        .paddingExceedsInput(mode: mode, edge: edge, limit: limit, actual: limit + 1),
        "padding: mode \(mode.rawValue) expects at most \(limit) at the \(edge) of this input, got \(limit + 1)"
      ) { try layer(limit + 1)(input) }
      #expect(try layer(limit)(input).shape.reduce(1, *) == 4 * (4 + limit))
    }
  }

  @Test func weightShape() {
    for shape in [[], [2, 3, 3], [2, 3, 3, 0], [2, 1, 3, 3, 1]] {
      expect(
        .shapeMismatch(name: "weight", expected: "[O, I / groups, kH, kW]", actual: shape),
        "weight: expected shape [O, I / groups, kH, kW], got \(shape)"
      ) { try Conv2d<Float>(weight: Tensor(zeros: shape)) }
    }
    expect(
      .groupsDoNotDivide(groups: 3, inputChannels: 3, outputChannels: 2),
      "groups: expected a divisor of 3 input channels and 2 output channels, got 3"
    ) {
      try Conv2d<Float>(weight: Tensor(zeros: [2, 1, 1, 1]), groups: 3)
    }
  }

  @Test(arguments: [[], [3], [1, 2], [2, 1]])
  func biasShape(shape: [Int]) {
    expect(
      .shapeMismatch(name: "bias", expected: "[2]", actual: shape), "bias: expected shape [2], got \(shape)"
    ) { try Conv2d<Float>(weight: Tensor(zeros: [2, 1, 1, 1]), bias: Tensor(zeros: shape)) }
  }

  /// A parameter replaced by one of another shape is found at the next call.
  @Test func replacedParameters() throws {
    var layer = try Conv2d<Float>(inputChannels: 2, outputChannels: 3, kernelSize: 1)
    let input = try Tensor<Float>(zeros: [2, 4, 4])
    layer.bias = Parameter(try Tensor(zeros: [4]))
    expect(.shapeMismatch(name: "bias", expected: "[3]", actual: [4]), "bias: expected shape [3], got [4]") {
      try layer(input)
    }
    layer.bias = nil
    #expect(try layer(input).shape == [3, 4, 4])
    layer.weight.value = try Tensor(zeros: [3, 2])
    expect(
      .shapeMismatch(name: "weight", expected: "[3, 2, 1, 1]", actual: [3, 2]),
      "weight: expected shape [3, 2, 1, 1], got [3, 2]"
    ) { try layer(input) }
  }

  /// The output stays as it was, poison and all.
  @Test func outputShape() throws {
    let layer = try Conv2d<Float>(inputChannels: 1, outputChannels: 2, kernelSize: 3)
    var output = try Tensor<Float>(repeating: .nan, shape: [1, 2, 2, 3])
    expect(
      .shapeMismatch(name: "output", expected: "[1, 2, 2, 2]", actual: [1, 2, 2, 3]),
      "output: expected shape [1, 2, 2, 2], got [1, 2, 2, 3]"
    ) { try layer.forward(Tensor(zeros: [1, 1, 4, 4]), into: &output) }
    #expect(isPoisoned(output))
  }

  @Test func scalarCount() {
    expect(
      .scalarCountMismatch(shape: [2, 3], expected: 6, actual: 5), "scalars: shape [2, 3] expects 6, got 5"
    ) { try Tensor<Float>(shape: [2, 3], scalars: [1, 2, 3, 4, 5]) }
    expect(
      .scalarCountMismatch(shape: [2], expected: 2, actual: 3), "scalars: shape [2] expects 2, got more"
    ) { try Tensor<Float>(shape: [2], scalars: [1, 2, 3]) }
    expect(
      .scalarCountMismatch(shape: [2], expected: 2, actual: 3), "scalars: shape [2] expects 2, got more"
    ) { try Tensor<Float>(shape: [2], scalars: repeatElement(0, count: 100)) }
    expect(
      .scalarCountMismatch(shape: [2], expected: 2, actual: 3), "scalars: shape [2] expects 2, got more"
    ) { try Tensor<Float>(shape: [2], scalars: sequence(first: 1) { $0 + 1 }) }
  }

  @Test func negativeExtent() {
    expect(
      .valueOutOfRange(name: "shape", expected: "no negative extent", actual: [2, -1]),
      "shape: expected no negative extent, got 2, -1"
    ) { try Tensor<Float>(zeros: [2, -1]) }
  }

  @Test func sizesThatOverflow() throws {
    expect(
      .sizeOverflow(name: "scalars of a tensor", operands: [1 << 40, 1 << 40]),
      "scalars of a tensor: expected a size that fits 64 bits, got one computed from 1099511627776, 1099511627776"
    ) { try Tensor<Float>(zeros: [1 << 40, 1 << 40]) }
    #expect(throws: ConvolutionError.self) { try Tensor<Double>(zeros: [1 << 60, 4]) }
    expect(
      .sizeOverflow(name: "scalars of weight", operands: [1 << 32, 1 << 31, 1, 1]),
      "scalars of weight: expected a size that fits 64 bits, got one computed from 4294967296, 2147483648, 1, 1"
    ) { try Conv2d<Float>(inputChannels: 1 << 31, outputChannels: 1 << 32, kernelSize: 1) }
    // PyTorch 2.13 accepts this dilation and returns wrong numbers.
    let layer = try Conv2d<Float>(inputChannels: 1, outputChannels: 1, kernelSize: 3, dilation: Size2d(1 << 62))
    expect(
      .sizeOverflow(name: "dilation · (kernel − 1)", operands: [1 << 62, 2]),
      "dilation · (kernel − 1): expected a size that fits 64 bits, got one computed from 4611686018427387904, 2"
    ) { try layer(Tensor(zeros: [1, 8, 8])) }
  }

  /// More than any machine has, but not more than 64 bits can count.
  @Test func memoryThatCannotBeHad() throws {
    expect(
      .outOfMemory(byteCount: 1 << 60), "memory: expected 1152921504606846976 bytes, got none"
    ) { try Tensor<Float>(zeros: [1 << 58]) }
    expect(
      .outOfMemory(byteCount: 1 << 58), "memory: expected 288230376151711744 bytes, got none"
    ) { try Conv2d<Float>(inputChannels: 1 << 28, outputChannels: 1 << 28, kernelSize: 1) }
    let layer = try Conv2d<Float>(
      inputChannels: 1, outputChannels: 1, kernelSize: 1, padding: .symmetric(Size2d(1 << 28, 1 << 28)))
    #expect(throws: ConvolutionError.outOfMemory(byteCount: 4 * ((1 << 29) + 1) * ((1 << 29) + 1))) {
      try layer(Tensor(zeros: [1, 1, 1]))
    }
  }

  /// Paddings that make an output of more rows than memory holds: whichever kernel would compute it, the answer is an
  /// error at once. Without an image there is nothing to compute.
  @Test(.timeLimit(.minutes(15)), arguments: ConvolutionAlgorithm.allCases)
  func outputsThatCannotBeHad(algorithm: ConvolutionAlgorithm) throws {
    func expectOutOfMemory(
      channels: Int, kernelSize: Size2d, padding: Padding, mode: PaddingMode = .zeros
    ) throws {
      var layer = try Conv2d<Float>(
        inputChannels: channels, outputChannels: channels, kernelSize: kernelSize, padding: padding, paddingMode: mode)
      layer.algorithm = algorithm
      for shape in [[channels, 1, 1], [1, channels, 1, 1]] {
        let error = #expect(throws: ConvolutionError.self) { try layer(Tensor(zeros: shape)) }
        switch error {
        case .outOfMemory, .sizeOverflow: break
        case .algorithmUnavailable: #expect(algorithm != .automatic && algorithm != .im2col)
        default: Issue.record("\(String(describing: error))")
        }
      }
      let empty = try unlessUnavailable { () throws in try layer(Tensor(zeros: [0, channels, 1, 1])) }
      #expect(empty?.scalars.isEmpty != false)
    }
    try expectOutOfMemory(channels: 16, kernelSize: 3, padding: .symmetric(1 << 27))
    try expectOutOfMemory(channels: 1, kernelSize: 1, padding: .explicit(top: 1 << 58, bottom: 0, left: 0, right: 0))
    try expectOutOfMemory(channels: 2, kernelSize: 1, padding: .explicit(top: 1 << 40, bottom: 0, left: 0, right: 0))
    try expectOutOfMemory(
      channels: 1, kernelSize: 1, padding: .explicit(top: 0, bottom: 0, left: 1 << 58, right: 0), mode: .replicate)
    let long = try Conv2d<Float>(inputChannels: 1, outputChannels: 1, kernelSize: 1)
    #expect(try long(Tensor(zeros: [0, 1, 1 << 60, 1])).shape == [0, 1, 1 << 60, 1])
  }

  @Test func forcedAlgorithmThatCannotServe() throws {
    var layer = try Conv2d<Double>(inputChannels: 2, outputChannels: 2, kernelSize: 5, dilation: 3)
    for algorithm in [ConvolutionAlgorithm.winograd2x2, .winograd4x4] {
      layer.algorithm = algorithm
      let error = #expect(throws: ConvolutionError.self) { try layer(Tensor(zeros: [2, 20, 20])) }
      guard case .algorithmUnavailable(algorithm, let reason)? = error else {
        Issue.record("not the error of an algorithm: \(String(describing: error))")
        continue
      }
      #expect(!reason.isEmpty)
      #expect(
        error?.description == "algorithm: \(algorithm.rawValue) cannot compute this layer: \(reason)")
    }
    layer.algorithm = .im2col
    #expect(try layer(Tensor(zeros: [2, 20, 20])).shape == [2, 8, 8])
  }

  @Test func moduleWithoutBackward() throws {
    struct Halving: Module {
      typealias Scalar = Float
      func forward(_ input: Tensor<Float>) throws -> Tensor<Float> {
        try Tensor(shape: input.shape, scalars: input.scalars.map { $0 / 2 })
      }
    }
    var module = Halving()
    let input = try Tensor<Float>(repeating: 3, shape: [2])
    #expect(try module(input).scalars == [1.5, 1.5])
    #expect(module.description == "Halving()")
    expect(
      .backwardUnavailable(module: "Halving"), "Halving: expected a module with a backward pass, got one without"
    ) { try module.backward(input, at: input, for: .all) }
  }
}
