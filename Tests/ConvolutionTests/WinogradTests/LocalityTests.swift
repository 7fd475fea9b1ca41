import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// An output is not spoilt by values that it does not read, and is its bias where all that it reads is zero.
@Suite struct LocalityTests {
  /// How a layer computes: with any tile, with none, or with the smallest that serve its kernel.
  enum Way: CaseIterable {
    case standard, strict, smallTiles

    func apply(to layer: inout Conv2d<Float>) {
      layer.precision = self == .strict ? .strict : .standard
      layer.algorithm = self != .smallTiles ? .automatic : layer.kernelSize == 3 ? .winograd2x2 : .winograd4x4
    }
  }

  private func isWinograd(_ layer: Conv2d<Float>, at input: Tensor<Float>) throws -> Bool {
    let image = try Geometry(layer.configuration, inputShape: input.shape).image
    let plan = try Plan(image, scalar: Float.self, algorithm: layer.algorithm, precision: layer.precision)
    if case .winograd = plan.family { return true }
    return false
  }

  /// Large numbers in the corner of every channel, or of the first alone, of an image of ones: the sums of ones are exact.
  @Test(arguments: [9.96921e36, 1e20, 1e6] as [Float], Way.allCases)
  func aFillValueStaysWhereItIsRead(_ value: Float, way: Way) throws {
    for channels in [1, 16] {
      for stride in [1, 2] {
        var layer = try Conv2d<Float>(
          weight: Tensor(repeating: 1, shape: [16, 16, 3, 3]), stride: Size2d(stride), padding: 1)
        way.apply(to: &layer)
        var input = try Tensor<Float>(repeating: 1, shape: [16, 16, 16])
        for channel in 0..<channels { input.withUnsafeMutableBufferPointer { unsafe $0[256 * channel] = value } }
        #expect(try isWinograd(layer, at: input) == (way != .strict))
        let output = try layer(input)
        let (height, width) = (output.shape[1], output.shape[2])
        // All nine taps inside, and clear of the corner.
        for channel in 0..<16 {
          for row in 2..<height - 1 {
            for column in 2..<width - 1 {
              let actual = output.scalars[(channel * height + row) * width + column]
              // The tiles that hold the value have to be exact; those beside it are what they always were.
              #expect(row < 4 && column < 4 ? actual == 144 : abs(actual - 144) < 1e-3)
            }
          }
        }
        guard stride == 1 else { continue }
        // The output's gradient is convolved like an input.
        let gradient = try #require(try layer.gradients(of: input, at: input, for: .input).input)
        #expect(gradient.scalars[3 * 16 + 3] == 144)
      }
    }
  }

  @Test(arguments: Way.allCases)
  func outputsThatReadZerosAreZero(way: Way) throws {
    var layer = try Conv2d<Float>(weight: Tensor(repeating: 1, shape: [64, 64, 3, 3]), padding: 1)
    way.apply(to: &layer)
    let row = (0..<32).map { Float($0 <= 12 ? 1 : 0) }
    let input = try Tensor<Float>(shape: [64, 32, 32], scalars: (0..<64 * 32).flatMap { _ in row })
    #expect(try isWinograd(layer, at: input) == (way != .strict))
    for (index, value) in try layer(input).scalars.enumerated() where index % 32 >= 14 { #expect(value == 0) }
    let gradient = try #require(try layer.gradients(of: input, at: input, for: .input).input)
    for (index, value) in gradient.scalars.enumerated() where index % 32 >= 14 { #expect(value == 0) }
    layer.bias = try Parameter(Tensor(repeating: 0.3, shape: [64]))
    for (index, value) in try layer(input).scalars.enumerated() where index % 32 >= 14 { #expect(value == 0.3) }
  }

  /// Input and output gradient that stand side by side, a little apart or overlapping, or in turns: some taps of the weight's
  /// gradient have no product that is not zero, or few.
  @Test(arguments: [false, true], [(3, 1), (3, 2), (5, 1)])
  func gradientsOfWhatHardlyMeets(isColumn: Bool, steps: (kernel: Int, stride: Int)) throws {
    let (kernel, stride) = steps
    var generator = SplitMix64(seed: 9)
    let side = 24 * stride
    let plain: Tensor<Float> = try RandomScalars.positive.tensor([16, side, side], using: &generator)
    let plainGradient: Tensor<Float> = try RandomScalars.positive.tensor([16, 24, 24], using: &generator)
    func kept(_ tensor: Tensor<Float>, where isKept: (Int) -> Bool) throws -> Tensor<Float> {
      let side = tensor.shape[1]
      return try Tensor(
        shape: tensor.shape,
        scalars: tensor.scalars.enumerated().map { index, value in
          isKept(isColumn ? index % side : index / side % side) ? value : 0
        })
    }
    func check(_ input: Tensor<Float>, _ gradient: Tensor<Float>, _ comment: Comment) throws {
      for way in Way.allCases {
        var layer = try Conv2d<Float>(
          weight: .random([16, 16, kernel, kernel], seed: 4), stride: Size2d(stride),
          padding: .symmetric(Size2d(kernel / 2)))
        way.apply(to: &layer)
        #expect(try isWinograd(layer, at: input) == (way != .strict))
        let expected = try ExpectedGradients(of: layer, at: input, outputGradient: gradient)
        for (part, share) in expected.ownShares(of: try layer.gradients(of: gradient, at: input), by: layer) {
          #expect(share <= 1, "\(comment), \(way), \(part)")
        }
      }
    }
    for edge in 8...11 {
      for distance in -2...2 {
        let gradient = try kept(plainGradient) { $0 >= edge + distance }
        try check(try kept(plain) { $0 < edge * stride }, gradient, "edge \(edge), distance \(distance)")
      }
    }
    for step in 2...3 {
      for phase in 0..<step {
        let gradient = try kept(plainGradient) { $0 % step == phase }
        try check(try kept(plain) { $0 % (step * stride) == 0 }, gradient, "step \(step), phase \(phase)")
      }
    }
  }

  /// A channel of the input that begins with zeros and has a single value in the last image.
  @Test(arguments: [3, 5]) func gradientsOfASingleValue(kernel: Int) throws {
    var layer = try Conv2d<Float>(weight: .random([16, 16, kernel, kernel], seed: 4), padding: .same)
    var input = try Tensor<Float>.random([3, 16, 16, 16], seed: 5)
    for image in 0..<3 {
      for place in 0..<256 { input[image, 3, place / 16, place % 16] = image == 2 && place == 0 ? 1 : 0 }
    }
    let gradient = try Tensor<Float>(repeating: 1, shape: input.shape)
    for way in Way.allCases {
      way.apply(to: &layer)
      let weight = try layer.weightGradient(of: gradient, at: input)
      // The corner is read by the taps from the first to the middle one.
      for row in 0..<kernel {
        for column in 0..<kernel { #expect(weight[7, 3, row, column] == (max(row, column) <= kernel / 2 ? 1 : 0)) }
      }
    }
  }

  /// The mask of an autoregressive model: taps 4 to 8 are zero, so that no output reads the last pixel.
  @Test(arguments: [1, 2], Way.allCases)
  func maskedTapsReadNothing(stride: Int, way: Way) throws {
    var generator = SplitMix64(seed: 5)
    let plain: Tensor<Float> = try RandomScalars.positive.tensor([16, 16, 3, 3], using: &generator)
    let weight = plain.scalars.enumerated().map { $0.offset % 9 < 4 ? $0.element : 0 }
    var layer = try Conv2d<Float>(
      weight: Tensor(shape: [16, 16, 3, 3], scalars: weight), stride: Size2d(stride), padding: 1)
    way.apply(to: &layer)
    let side = 8 * stride
    var input: Tensor<Float> = try RandomScalars.positive.tensor([16, side, side], using: &generator)
    input.withUnsafeMutableBufferPointer { scalars in
      for channel in 0..<16 { unsafe scalars[(channel + 1) * side * side - 1] = 1000 }
    }
    #expect(try isWinograd(layer, at: input) == (way != .strict))
    let expected = try ExpectedOutput(of: layer, at: input)
    let own = NormalizedError(of: try layer(input), reference: expected.output, magnitude: expected.magnitude).own
    #expect(own <= 16)
  }

  /// One filter of many is masked: the others stay with their tiles. In either order of memory, at every level, in tasks or at once.
  @Test(arguments: supportedLevels, [false, true])
  func whatFiltersAreSummedByTheDefinition(level: ConvolutionInstructionSet, inputsOutside: Bool) throws {
    let (inputs, outputs) = (35, 50)
    let plain = try Tensor<Float>.random([outputs, inputs, 3, 3], seed: 6)
    func direct(_ factor: (_ output: Int, _ input: Int, _ tap: Int) -> Float) -> WeighedFilters {
      WeighedFilters(
        ConvolutionWinogradScheme4x4, level, inputs: inputs, outputs: outputs, inputsOutside: inputsOutside, taps: 9
      ) { plain[$0, $1, $2 / 3, $2 % 3] * factor($0, $1, $2) }
    }
    #expect(direct { _, _, _ in 1 }.direct == [])
    #expect(direct { output, _, tap in output == 7 && tap == 3 ? 0 : 1 }.direct == [7])
    #expect(direct { output, _, tap in output == 7 && tap == 3 ? 1e-3 : 1 }.direct == [7])
    #expect(direct { output, input, _ in output == 31 && input != 4 ? 0 : 1 }.direct == [31])
    #expect(direct { _, _, tap in tap < 4 ? 1 : 0 }.direct.count == outputs)
    #expect(direct { output, input, tap in output == 7 && input == 4 && tap == 4 ? 100 : 1 }.direct == [7])
    // A filter of zeros gives zeros either way; channels' own magnitudes are no matter, nor one that is never read.
    #expect(direct { output, _, _ in output == 7 ? 0 : 1 }.direct == [])
    let scaled = direct { _, input, _ in input == 3 ? 0 : input % 2 == 0 ? 1e-6 : 1 }
    #expect(scaled.direct == [])
    #expect(scaled.scales[3] == 0 && scaled.scales[1] > 0.5 && scaled.scales[2] < 1e-5 && scaled.scales[2] > 1e-7)
  }

  /// Filters that copy one channel and read a little of all others; more channels are copied by none. At a corner an output
  /// reads no pixel that it copies, while those of its tile do. (`fuzz-layers --seed 60475`)
  @Test(arguments: [1, 2], [1e-3, 1e-4] as [Float])
  func copiedChannelsAmongOthers(stride: Int, rest: Float) throws {
    let copied: [Float] = [
      -0.0211, 0.3064, -0.3938, -0.035, -0.259, -0.2401, 0.1466, 0.4698, -0.028, 0.4603, 0.0009, 0.116, 0.0846, 0.9458,
      -0.7912, 0.1302, 0.6478,
    ]
    for seed in 0..<4 as Range<UInt64> {
      var generator = SplitMix64(seed: seed)
      let others: Tensor<Float> = try RandomScalars.uniform.tensor([17, 39, 3, 3], using: &generator)
      var weight = try Tensor(shape: others.shape, scalars: others.scalars.map { rest * $0 })
      for output in 0..<17 { weight[output, output, 1, 1] = copied[output] }
      let layer = try Conv2d<Float>(weight: weight, stride: Size2d(stride), padding: .symmetric(2))
      let input: Tensor<Float> = try RandomScalars.uniform.tensor([39, 14, 22], using: &generator)
      let expected = try ExpectedOutput(of: layer, at: input)
      #expect(try expected.ownShare(of: layer(input), by: layer) <= 1)
    }
  }

  /// Four values that all meet small weights of one filter, in a tile whose other outputs read several times as many.
  @Test(arguments: [0.002, 0.0002] as [Float])
  func fewValuesAtSmallWeights(small: Float) throws {
    for beside in [14, 18, 22] {
      for seed in 0..<8 as Range<UInt64> {
        var generator = SplitMix64(seed: seed)
        func value() -> Float { Float.random(in: 0.9...1, using: &generator) }
        var weight: Tensor<Float> = try RandomScalars.uniform.tensor([16, 64, 3, 3], using: &generator)
        var input = try Tensor<Float>(zeros: [64, 16, 16])
        for (index, (row, column)) in [(4, 4), (4, 6), (6, 4), (5, 5)].enumerated() {
          input[16 * index, row, column] = value()
          weight[0, 16 * index, row - 4, column - 4] = small
        }
        for index in 0..<beside { input[2 * index + 1, 7 + index % 2, 7 + index / 2 % 2] = value() }
        let layer = try Conv2d<Float>(weight: weight, padding: 1)
        let expected = try ExpectedOutput(of: layer, at: input)
        #expect(try expected.ownShare(of: layer(input), by: layer) <= 1, "\(beside) beside, seed \(seed)")
      }
    }
  }

  /// Every pattern beside every kind of layer that tiles serve.
  @Test(arguments: MagnitudePattern.allCases, PaddingMode.allCases)
  func ownErrorsKeepTheirLimit(pattern: MagnitudePattern, mode: PaddingMode) throws {
    var generator = SplitMix64(seed: 7)
    for (kernel, stride, dilation) in [(3, Size2d(1), Size2d(1)), (3, 2, 1), (3, 1, Size2d(2, 3)), (5, 1, 1)] {
      for (height, width) in [(16, 17), (7, 9)] {
        let configuration = ConvolutionCase {
          ($0.batch, $0.inputChannels, $0.outputChannels, $0.height, $0.width) = (2, 16, 18, height, width)
          ($0.stride, $0.dilation, $0.padding, $0.paddingMode) = (stride, dilation, .symmetric(kernel / 2), mode)
          $0.kernelSize = Size2d(kernel)
        }
        for weight in [WeightPattern.plain, WeightPattern.allCases.randomElement(using: &generator)!] {
          let check = try MagnitudeCheck<Float>(
            configuration, .uniform, pattern, MagnitudePattern.allCases.randomElement(using: &generator)!, weight,
            using: &generator)
          #expect(check.failures == [], "\(configuration)")
        }
      }
    }
  }

  /// At every level of instructions and with every tile, for many outputs to be summed again and for few.
  @Test(arguments: WinogradSample.Steps.all, [0.02, 0.3])
  func everyKernelKeepsLocality(steps: WinogradSample.Steps, share: Double) throws {
    let sizes = WinogradSample.Sizes(height: 19, width: 23, inputChannels: 21, outputChannels: 19, groups: 2)
    let sample = try WinogradSample(sizes, steps, mode: .circular) {
      let isLarge = Double.random(in: 0..<1, using: &$0) < share / 21
      return Float.random(in: -1...1, using: &$0) * (isLarge ? 1e12 : 1)
    }
    var plain = sample
    // The weights of the sample come from the same closure.
    plain.layer.weight.value = try Tensor(
      shape: sample.layer.weight.value.shape,
      scalars: sample.layer.weight.value.scalars.map { abs($0) > 1 ? 0.5 : $0 })
    let expected = try plain.expected()
    let magnitude = try plain.magnitude()
    for tile in steps.tiles {
      for level in supportedLevels {
        let output = try plain.output(tile, level, threads: 1)
        let own = NormalizedError(of: output, reference: expected, magnitude: magnitude).own
        #expect(own <= (tile == .two ? Double(plain.terms) : 1024), "\(tile), level \(level.rawValue)")
        #expect(try sameBits(plain.output(tile, level, threads: 3), output))
        var second = plain
        second.input = try Tensor(
          shape: [1] + plain.input.shape[1...], scalars: plain.input.scalars.suffix(plain.input.scalars.count / 2))
        let alone = try second.output(tile, level, threads: 1).scalars
        #expect(alone == Array(output.scalars.suffix(alone.count)))
      }
    }
  }

  /// Images of which most values are zero, beside one of which none is: at every level and with every tile, alone and in the
  /// batch, on any number of threads.
  @Test(arguments: WinogradSample.Steps.all, [PaddingMode.zeros, .circular])
  func sparseImages(steps: WinogradSample.Steps, mode: PaddingMode) throws {
    let sizes = WinogradSample.Sizes(height: 19, width: 43, inputChannels: 21, outputChannels: 19, groups: 2)
    var sample = try WinogradSample(sizes, steps, mode: mode) { Float.random(in: -1...1, using: &$0) }
    var generator = SplitMix64(seed: 11)
    let count = sample.input.scalars.count / sample.input.shape[0]
    sample.input = try Tensor(
      shape: sample.input.shape,
      scalars: sample.input.scalars.enumerated().map { index, value in
        index / count == 0 || Int.random(in: 0..<16, using: &generator) == 0 ? value : 0
      })
    let expected = try sample.expected()
    let magnitude = try sample.magnitude()
    for tile in steps.tiles {
      for level in supportedLevels {
        let output = try sample.output(tile, level, threads: 1)
        let own = NormalizedError(of: output, reference: expected, magnitude: magnitude).own
        #expect(own <= (tile == .two ? Double(sample.terms) : 1024), "\(tile), level \(level.rawValue)")
        #expect(try sameBits(sample.output(tile, level, threads: 3), output))
        var last = sample
        last.input = try Tensor(shape: [1] + sample.input.shape[1...], scalars: sample.input.scalars.suffix(count))
        let alone = try last.output(tile, level, threads: 1).scalars
        #expect(alone == Array(output.scalars.suffix(alone.count)))
      }
    }
  }
}
