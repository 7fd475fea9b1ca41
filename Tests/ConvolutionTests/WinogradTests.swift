import CConvolutionKernels
import ReferenceConvolution
import Testing

@testable import Convolution

/// Winograd, called behind the plan, at every level that this processor has, against the plain loops in Double.
@Suite struct WinogradTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var tile: WinogradTile
    var stride: Int
    var mode: PaddingMode
    var instructionSet: ConvolutionInstructionSet

    var testDescription: String { "F(\(tile.rawValue)), stride \(stride), \(mode), level \(instructionSet.rawValue)" }

    static let all: [Case] = {
      let levels = [
        ConvolutionInstructionSetPortable, ConvolutionInstructionSetAVX2, ConvolutionInstructionSetAVX512,
      ].filter { $0.rawValue <= Processor.supportedInstructionSet.rawValue }
      var cases: [Case] = []
      for tile in [WinogradTile.two, .three, .four] {
        for stride in [1, 2] {
          for mode in PaddingMode.allCases {
            cases += levels.map { Case(tile: tile, stride: stride, mode: mode, instructionSet: $0) }
          }
        }
      }
      return cases
    }()
  }

  /// A layer of odd sizes for an input of this many rows and columns.
  struct Sample {
    var layer: Conv2d<Float>
    var input: Tensor<Float>

    init(_ test: Case, height: Int, width: Int, scalars: (inout SeededGenerator) -> Float) throws {
      var generator = SeededGenerator(seed: UInt64(height * 100 + width))
      let groups = height % 2 + 1
      let inputChannels = groups * (1 + height), outputChannels = groups * (3 + width)
      let padding = Padding.explicit(
        top: min(1, height - 1), bottom: min(height % 3, height - 1), left: min(2, width - 1), right: min(1, width - 1))
      layer = try Conv2d(
        weight: Tensor(
          shape: [outputChannels, inputChannels / groups, 3, 3],
          scalars: (0..<outputChannels * inputChannels / groups * 9).map { _ in scalars(&generator) }),
        bias: Tensor(shape: [outputChannels], scalars: (0..<outputChannels).map { _ in scalars(&generator) }),
        stride: Size2d(test.stride), padding: padding, groups: groups, paddingMode: test.mode)
      input = try Tensor(
        shape: [2, inputChannels, height, width],
        scalars: (0..<2 * inputChannels * height * width).map { _ in scalars(&generator) })
    }

    /// The smallest sizes that a 3-tap kernel fits, up to several tiles.
    static func all(
      _ test: Case, scalars: (inout SeededGenerator) -> Float = { Float.random(in: -1...1, using: &$0) }
    ) throws -> [Sample] {
      try (3...14).map { try Sample(test, height: $0, width: 17 - $0, scalars: scalars) }
        + [Sample(test, height: 33, width: 18, scalars: scalars)]
    }

    var reference: NaiveConvolution {
      NaiveConvolution(
        stride: layer.stride, padding: layer.padding, groups: layer.groups, paddingMode: layer.paddingMode)
    }

    /// Terms of one output's sum.
    var terms: Int { layer.inputChannels / layer.groups * 9 + 1 }

    /// By Winograd, into an output that held NaN.
    func output(_ test: Case, threads: Int) throws -> Tensor<Float> {
      let geometry = try Geometry(layer.configuration, inputShape: input.shape)
      var output = try Tensor<Float>(repeating: .nan, shape: geometry.outputShape)
      let isDone = try output.withUnsafeMutableBufferPointer { output in
        try input.withUnsafeBufferPointer { input in
          try layer.weight.value.withUnsafeBufferPointer { weight in
            try layer.bias!.value.withUnsafeBufferPointer { bias in
              unsafe try WinogradRoom.forward(
                geometry.image,
                ForwardOperands(
                  input: input.baseAddress!, weight: weight.baseAddress!, bias: bias.baseAddress,
                  output: output.baseAddress!, batch: geometry.batch, threads: threads, keptFilters: KeptFilters()),
                tile: test.tile, instructionSet: test.instructionSet)
            }
          }
        }
      }
      #expect(isDone)
      return output
    }

    func expected() throws -> Tensor<Double> {
      try reference.forward(
        input.inDouble(), weight: layer.weight.value.inDouble(), bias: layer.bias!.value.inDouble())
    }

    func error(of output: Tensor<Float>) throws -> Double {
      let magnitude = try reference.forward(
        input.magnitudes(), weight: layer.weight.value.magnitudes(), bias: layer.bias!.value.magnitudes())
      return try NormalizedError(of: output, reference: expected(), magnitude: magnitude).value
    }
  }

  @Test(arguments: Case.all) func agreesWithTheDefinition(_ test: Case) throws {
    for sample in try Sample.all(test) {
      let error = try sample.error(of: sample.output(test, threads: 1))
      let bound =
        test.tile == .two
        ? NormalizedError.bound(terms: sample.terms) : NormalizedError.winogradBound(terms: sample.terms)
      #expect(error <= bound, "input \(sample.input.shape), \(sample.layer)")
    }
  }

  @Test(arguments: Case.all.filter { $0.tile == .two }) func smallTilesAreExactOnIntegers(_ test: Case) throws {
    for sample in try Sample.all(test, scalars: { Float(Int.random(in: -8...8, using: &$0)) }) {
      #expect(try sample.output(test, threads: 1).inDouble() == sample.expected(), "input \(sample.input.shape)")
    }
  }

  @Test(arguments: Case.all.filter { $0.mode == .zeros }) func threadsAndCompanyChangeNothing(_ test: Case) throws {
    for sample in try Sample.all(test) {
      let output = try sample.output(test, threads: 1)
      #expect(try sample.output(test, threads: 2) == output)
      #expect(try sample.output(test, threads: 7) == output)
      var alone = sample
      let image = sample.input.scalars.count / 2
      alone.input = try Tensor(shape: [1] + sample.input.shape[1...], scalars: sample.input.scalars[image...])
      #expect(try alone.output(test, threads: 3).scalars == Array(output.scalars[(output.scalars.count / 2)...]))
    }
  }

  @Test(arguments: Case.all.filter { $0.mode == .zeros || $0.mode == .circular })
  func nonFiniteValuesReachOnlyTheirOutputs(_ test: Case) throws {
    for value in [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
      var sample = try Sample(test, height: 13, width: 11) { Float.random(in: 0.1...0.2, using: &$0) }
      sample.input.withUnsafeMutableBufferPointer { unsafe $0[200] = value }
      let output = try sample.output(test, threads: 2)
      for (actual, expected) in zip(output.scalars, try sample.expected().scalars) {
        #expect(actual.isNaN == expected.isNaN && (actual == .infinity) == (Float(expected) == .infinity))
        #expect(actual.isFinite == Float(expected).isFinite)
      }
    }
  }
}

/// Winograd through the layer.
@Suite struct WinogradLayerTests {
  @Test func theAlgorithmFollowsGeometryAndPrecision() throws {
    func room(_ layer: Conv2d<Float>, _ size: Int) throws -> Plan.Room {
      try Plan(
        Geometry(layer.configuration, inputShape: [layer.inputChannels, size, size]).image, scalar: Float.self,
        algorithm: layer.algorithm, precision: layer.precision
      ).room
    }
    var layer = try Conv2d<Float>(inputChannels: 64, outputChannels: 64, kernelSize: 3, padding: 1)
    #expect(try room(layer, 56) == .winograd(.four))
    layer.precision = .strict
    #expect(try room(layer, 56) == .winograd(.two))
    layer.algorithm = .im2col
    #expect(try room(layer, 56) == .im2col)
    layer.algorithm = .winograd2x2
    #expect(try room(layer, 3) == .winograd(.two))
  }

  @Test func aForcedAlgorithmThatCannotServeThrows() throws {
    func unavailable<Scalar>(
      _ layer: Conv2d<Scalar>, _ algorithm: ConvolutionAlgorithm, precision: Precision = .standard
    ) {
      var layer = layer
      layer.algorithm = algorithm
      layer.precision = precision
      #expect(throws: ConvolutionError.self) {
        try layer(Tensor(zeros: [layer.inputChannels, 12, 12]))
      }
    }
    try unavailable(Conv2d<Double>(inputChannels: 2, outputChannels: 2, kernelSize: 3), .winograd2x2)
    try unavailable(Conv2d<Float>(inputChannels: 2, outputChannels: 2, kernelSize: 5), .winograd2x2)
    try unavailable(Conv2d<Float>(inputChannels: 2, outputChannels: 2, kernelSize: 3, dilation: 2), .winograd4x4)
    try unavailable(Conv2d<Float>(inputChannels: 2, outputChannels: 2, kernelSize: 3, stride: 3), .winograd4x4)
    try unavailable(Conv2d<Float>(inputChannels: 2, outputChannels: 2, kernelSize: 3), .winograd4x4, precision: .strict)
  }

  @Test(arguments: [ConvolutionAlgorithm.winograd2x2, .winograd4x4], [0, 1, 2, 4])
  func theInputGradientIsTheAdjoint(_ algorithm: ConvolutionAlgorithm, padding: Int) throws {
    var layer = try Conv2d<Float>(
      inputChannels: 6, outputChannels: 10, kernelSize: 3, padding: .symmetric(padding), groups: 2)
    layer.algorithm = algorithm
    var generator = SeededGenerator(seed: 1)
    func random(_ shape: [Int]) throws -> Tensor<Float> {
      let count = shape.reduce(1, *)
      return try Tensor(shape: shape, scalars: (0..<count).map { _ in Float.random(in: -1...1, using: &generator) })
    }
    let input = try random([2, 6, 9, 11])
    let gradient = try random(layer.outputShape(for: input.shape))
    let naive = NaiveConvolution(padding: layer.padding, groups: 2)
    let expected = try naive.gradients(
      of: gradient.inDouble(), at: input.inDouble(), weight: layer.weight.value.inDouble())
    let magnitude = try naive.gradients(
      of: gradient.magnitudes(), at: input.magnitudes(), weight: layer.weight.value.magnitudes())
    let actual = try layer.gradients(of: gradient, at: input, for: .input)
    let error = NormalizedError(of: actual.input!, reference: expected.input!, magnitude: magnitude.input!).value
    #expect(error <= (algorithm == .winograd2x2 ? 16 : 128))
  }

  @Test func changedWeightsGetNewFilters() throws {
    var layer = try Conv2d<Float>(inputChannels: 16, outputChannels: 16, kernelSize: 3, padding: 1)
    layer.algorithm = .winograd2x2
    let input = try Tensor<Float>(repeating: 1, shape: [16, 8, 8])
    _ = try layer(input)
    #expect(layer.weight.keptFilters.byteCount > 0)
    layer.weight.value = try Tensor(zeros: [16, 16, 3, 3])
    layer.bias = nil
    #expect(try layer(input) == Tensor(zeros: [16, 8, 8]))
  }

  @Test func weightsThatAreNotFiniteTakeAnotherPath() throws {
    let layer = try Conv2d<Float>(
      weight: Tensor(repeating: .infinity, shape: [16, 16, 3, 3]), padding: 1)
    let output = try layer(Tensor<Float>(repeating: 1, shape: [16, 8, 8]))
    // A tap on the padding multiplies infinity by zero.
    #expect(output.scalars[0].isNaN && output.scalars[9] == .infinity)
  }
}

/// Numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64, by Sebastiano Vigna.
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
