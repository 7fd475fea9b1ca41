import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// Gradients by Winograd, through the layer, against the plain loops in Double.
@Suite struct WinogradGradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var algorithm: ConvolutionAlgorithm
    var stride, padding: Int
    var mode: PaddingMode
    var dilation: Size2d = 1
    var kernel = 3

    var testDescription: String {
      "\(algorithm), kernel \(kernel), stride \(stride), padding \(padding), \(mode), dilation \(dilation)"
    }

    static let all = usual + wide

    private static let wide = [
      (0, PaddingMode.zeros, Size2d(1)), (2, .zeros, 1), (3, .reflect, 1), (4, .zeros, Size2d(1, 2)),
    ].map { padding, mode, dilation in
      Case(algorithm: .winograd4x4, stride: 1, padding: padding, mode: mode, dilation: dilation, kernel: 5)
    }

    private static let usual = [ConvolutionAlgorithm.winograd2x2, .winograd4x4].flatMap { algorithm in
      func test(_ stride: Int, _ padding: Int, _ mode: PaddingMode = .zeros, dilation: Size2d = 1) -> Case {
        Case(algorithm: algorithm, stride: stride, padding: padding, mode: mode, dilation: dilation)
      }
      return [
        test(1, 0), test(1, 1), test(1, 2), test(1, 4), test(1, 1, .circular), test(2, 0), test(2, 1),
        test(1, 3, dilation: Size2d(2, 3)), test(1, 3, .circular, dilation: Size2d(2, 3)),
        // As large as some inputs: their gradient has no tiles.
        test(1, 7, dilation: 4),
      ]
    }

    /// A layer with channels that fill no vector.
    func layer() throws -> Conv2d<Float> {
      var layer = try Conv2d<Float>(
        inputChannels: 10, outputChannels: 10, kernelSize: Size2d(kernel), stride: Size2d(stride),
        padding: .symmetric(padding),
        dilation: dilation, groups: 2, paddingMode: mode)
      layer.algorithm = algorithm
      return layer
    }

    var reference: NaiveConvolution {
      NaiveConvolution(
        stride: Size2d(stride), padding: .symmetric(padding), dilation: dilation, groups: 2, paddingMode: mode)
    }

    func bound(terms: Int) -> Double {
      algorithm == .winograd2x2 ? NormalizedError.bound(terms: terms) : NormalizedError.winogradBound(terms: terms)
    }
  }

  @Test(arguments: Case.all) func agreeWithTheDefinition(_ test: Case) throws {
    let layer = try test.layer()
    var generator = SplitMix64(seed: 1)
    for (height, width) in [(9, 11), (test.kernel, test.kernel + 1), (14, 7)] {
      let input: Tensor<Float> = try RandomScalars.uniform.tensor([3, 10, height, width], using: &generator)
      let gradient: Tensor<Float> = try RandomScalars.uniform.tensor(
        layer.outputShape(for: input.shape), using: &generator)
      let expected = try test.reference.gradients(
        of: gradient.inDouble(), at: input.inDouble(), weight: layer.weight.value.inDouble())
      let magnitude = try test.reference.gradients(
        of: gradient.magnitudes(), at: input.magnitudes(), weight: layer.weight.value.magnitudes())
      let actual = try layer.gradients(of: gradient, at: input, for: [.input, .weight])
      let inputError = NormalizedError(of: actual.input!, reference: expected.input!, magnitude: magnitude.input!)
      let weightError = NormalizedError(of: actual.weight!, reference: expected.weight!, magnitude: magnitude.weight!)
      #expect(inputError.value <= test.bound(terms: 5 * test.kernel * test.kernel))
      #expect(weightError.value <= test.bound(terms: 3 * gradient.shape[2] * gradient.shape[3]))
    }
  }

  @Test(arguments: Case.all) func threadsChangeNothing(_ test: Case) throws {
    var layer = try test.layer()
    var generator = SplitMix64(seed: 2)
    let input: Tensor<Float> = try RandomScalars.uniform.tensor([3, 10, 13, 10], using: &generator)
    let gradient: Tensor<Float> = try RandomScalars.uniform.tensor(
      layer.outputShape(for: input.shape), using: &generator)
    layer.device = try .cpu(threads: 1)
    let expected = try layer.gradients(of: gradient, at: input)
    for threads in [2, 3, 16] {
      layer.device = try .cpu(threads: threads)
      let actual = try layer.gradients(of: gradient, at: input)
      #expect(actual.input == expected.input && actual.weight == expected.weight)
    }
  }

  /// By the kernels alone, which small maps do not get to use: they have too few products for it.
  @Test(arguments: WinogradSample.Steps.all) func sumsAgreeWithTheDefinition(steps: WinogradSample.Steps) throws {
    var generator = SplitMix64(seed: 8)
    for (height, width) in [(9, 11), (4, 5), (21, 30)] {
      let configuration = ConvolutionCase {
        ($0.batch, $0.inputChannels, $0.outputChannels, $0.height, $0.width) = (3, 21, 19, height, width)
        $0.kernelSize = Size2d(steps.kernel)
        ($0.stride, $0.padding, $0.paddingMode) = (Size2d(steps.stride), .symmetric(3), .replicate)
        if height > 20 { $0.dilation = steps.dilation }
      }
      let layer: Conv2d<Float> = try configuration.layer(using: &generator)
      let input: Tensor<Float> = try configuration.input(using: &generator)
      let outputGradient: Tensor<Float> = try RandomScalars.uniform.tensor(
        layer.outputShape(for: input.shape), using: &generator)
      let expected = try NaiveConvolution(layer).gradients(
        of: outputGradient.inDouble(), at: input.inDouble(), weight: layer.weight.value.inDouble())
      let magnitude = try NaiveConvolution(layer).gradients(
        of: outputGradient.magnitudes(), at: input.magnitudes(), weight: layer.weight.value.magnitudes())
      let image = try Geometry(layer.configuration, inputShape: input.shape).image
      for tile in steps.tiles {
        for level in supportedLevels {
          for threads in [1, 3] {
            var result = try Tensor<Float>(repeating: .nan, shape: layer.weight.value.shape)
            let isExact = try result.withUnsafeMutableBufferPointer { result throws(ConvolutionError) in
              try input.withUnsafeBufferPointer { input throws(ConvolutionError) in
                try outputGradient.withUnsafeBufferPointer { outputGradient throws(ConvolutionError) in
                  unsafe try WinogradWeightGradient(
                    convolution: WinogradConvolution(image, tile: tile), input: input.baseAddress!,
                    outputGradient: outputGradient.baseAddress!, result: result.baseAddress!, batch: 3,
                    threads: threads, level: level
                  ).run()
                }
              }
            }
            let error = NormalizedError(of: result, reference: expected.weight!, magnitude: magnitude.weight!)
            #expect(
              error.value <= NormalizedError.winogradBound(terms: 3 * outputGradient.shape[2] * outputGradient.shape[3])
            )
            // Numbers that fill the map are what tiles are good for; those of 5x5 filters take more of them.
            #expect(isExact || height < 20 || steps.kernel == 5, "\(tile), level \(level.rawValue)")
          }
        }
      }
    }
  }

  /// From the values that are not zero, of which there are a few, one or none in a channel: each element within a plain sum's
  /// error of its own products, zeros exact.
  @Test(arguments: WinogradSample.Steps.all, [PaddingMode.zeros, .circular])
  func sumsOfFewValues(steps: WinogradSample.Steps, mode: PaddingMode) throws {
    var generator = SplitMix64(seed: 9)
    for (height, width) in [(9, 11), (40, 70)] {
      let configuration = ConvolutionCase {
        ($0.batch, $0.inputChannels, $0.outputChannels, $0.height, $0.width) = (3, 42, 38, height, width)
        $0.kernelSize = Size2d(steps.kernel)
        ($0.stride, $0.dilation, $0.padding, $0.paddingMode) = (
          Size2d(steps.stride), steps.dilation, .symmetric(3), mode
        )
        $0.groups = 2
      }
      let layer: Conv2d<Float> = try configuration.layer(using: &generator)
      let input: Tensor<Float> = try configuration.input(using: &generator)
      let plain: Tensor<Float> = try RandomScalars.uniform.tensor(
        layer.outputShape(for: input.shape), using: &generator)
      let plane = plain.shape[2] * plain.shape[3]
      let outputGradient = try Tensor<Float>(
        shape: plain.shape,
        scalars: plain.scalars.enumerated().map { index, value in
          let isKept =
            switch index / plane % 38 {
            case 5: false
            case 6: index % plane == 0
            case 7: true
            default: Int.random(in: 0..<10, using: &generator) == 0
            }
          return isKept ? value : 0
        })
      let expected = try ExpectedGradients(of: layer, at: input, outputGradient: outputGradient)
      let image = try Geometry(layer.configuration, inputShape: input.shape).image
      for level in supportedLevels {
        var first: Tensor<Float>?
        for threads in [1, 2, 5] {
          var result = try Tensor<Float>(repeating: .nan, shape: layer.weight.value.shape)
          try result.withUnsafeMutableBufferPointer { result throws(ConvolutionError) in
            try input.withUnsafeBufferPointer { input throws(ConvolutionError) in
              try outputGradient.withUnsafeBufferPointer { outputGradient throws(ConvolutionError) in
                let gradient = unsafe WinogradWeightGradient(
                  convolution: WinogradConvolution(image, tile: .four), input: input.baseAddress!,
                  outputGradient: outputGradient.baseAddress!, result: result.baseAddress!, batch: 3, threads: threads,
                  level: level)
                #expect(gradient.isSparse)
                #expect(try gradient.runSparse())
              }
            }
          }
          let error = NormalizedError(
            of: result, reference: expected.gradients.weight!, magnitude: expected.magnitudes.weight!)
          #expect(error.own <= 16, "level \(level.rawValue)")
          #expect(sameBits(result, first ?? result), "\(threads) threads")
          first = result
        }
      }
    }
  }

  /// A zero that meets an infinity is a product too.
  @Test(arguments: [Float.nan, .infinity], [3, 5]) func fewValuesBesideOneThatIsNotFinite(value: Float, kernel: Int)
    throws
  {
    var layer = try Conv2d<Float>(weight: .random([32, 32, kernel, kernel], seed: 4), padding: .same)
    var input = try Tensor<Float>.random([2, 32, 9, 10], seed: 5)
    var gradient = try Tensor<Float>(zeros: [2, 32, 9, 10])
    gradient[0, 3, 1, 1] = 2
    gradient[1, 20, 8, 9] = -3
    input[1, 31, 4, 4] = value
    let actual = try layer.weightGradient(of: gradient, at: input)
    layer.algorithm = .im2col
    let expected = try layer.weightGradient(of: gradient, at: input)
    #expect(actual.scalars.map(\.isNaN) == expected.scalars.map(\.isNaN))
    #expect(expected.scalars.contains { $0.isNaN } && expected.scalars.contains { !$0.isNaN })
  }

  /// Tiles of 5x5 filters round more than few products outweigh: on small maps none are taken, and in small batches.
  @Test(arguments: [(28, 1, false), (28, 4, true), (14, 17, false), (14, 18, true), (7, 40, nil)])
  func fewProductsOf5x5TakeNoTiles(side: Int, batch: Int, takesTiles: Bool?) throws {
    let scalar = UnsafeMutablePointer<Float>.allocate(capacity: 1)
    defer { unsafe scalar.deallocate() }
    for (kernel, expected) in [(3, true), (5, takesTiles)] {
      let layer = try Conv2d<Float>(inputChannels: 32, outputChannels: 32, kernelSize: Size2d(kernel), padding: .same)
      let plan = try Plan(
        Geometry(layer.configuration, inputShape: [32, side, side]).image, scalar: Float.self,
        algorithm: layer.algorithm, precision: layer.precision)
      var actual: Bool?
      if case .winograd(let convolution) = plan.weightGradient {
        actual = unsafe WinogradWeightGradient(
          convolution: convolution, input: scalar, outputGradient: scalar, result: scalar, batch: batch, threads: 1,
          level: supportedLevels[0]
        ).isWorthwhile
      }
      #expect(actual == expected, "kernel \(kernel)")
    }
  }

  /// What a block takes is never more than was counted on when it was decided whether the sums fit beside it.
  @Test(
    arguments: [
      (4, 4, 508, 1), (8, 8, 360, 1), (17, 16, 252, 1), (6, 4, 700, 5), (64, 96, 90, 3), (300, 200, 40, 1),
    ], [3, 5])
  func blocksTakeWhatIsCountedOn(sizes: (Int, Int, Int, Int), kernel: Int) throws {
    let (inputChannels, outputChannels, side, dilation) = sizes
    let layer = try Conv2d<Float>(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: Size2d(kernel), padding: .same,
      dilation: Size2d(dilation))
    let image = try Geometry(layer.configuration, inputShape: [inputChannels, side, side]).image
    // Nothing is computed: the operands are never read.
    let scalar = UnsafeMutablePointer<Float>.allocate(capacity: 1)
    defer { unsafe scalar.deallocate() }
    for tile in WinogradSample.tiles where kernel == 3 || tile == .four {
      for level in supportedLevels {
        let convolution = WinogradConvolution(image, tile: tile)
        let gradient = unsafe WinogradWeightGradient(
          convolution: convolution, input: scalar, outputGradient: scalar, result: scalar, batch: 1, threads: 1,
          level: level)
        let count = try WinogradUnits.with(
          convolution, blocking: .forSums(convolution, batch: 1), batch: 1, level: level
        ) { units in
          units.transformedInputSize(isLocal: false) + units.panels * gradient.gradientPanelSize(units)
            + units.scratchSize
        }
        #expect(MemoryLayout<Float>.stride * count <= WinogradBlocking.mostBytesPerSum(convolution), "\(tile)")
      }
    }
  }

  /// A batch too large for one block of tiles: blocks add to the sums of their group. Against im2col in Double, for speed.
  @Test(arguments: [(ConvolutionAlgorithm.winograd2x2, 3), (.winograd4x4, 3), (.winograd4x4, 5)], [1, 3])
  func severalBlocks(tiles: (ConvolutionAlgorithm, kernel: Int), dilation: Int) throws {
    let (algorithm, kernel) = tiles
    let side = algorithm == .winograd2x2 ? 200 : 270
    let tile: WinogradTile = algorithm == .winograd2x2 ? .two : .four
    var layer = try Conv2d<Float>(
      weight: .random([8, 4, kernel, kernel], seed: 4), padding: .same, dilation: Size2d(dilation), groups: 2)
    layer.algorithm = algorithm
    let input = try Tensor<Float>.random([3, 8, side, side], seed: 5)
    let gradient = try Tensor<Float>.random([3, 8, side, side], seed: 6)
    let image = try Geometry(layer.configuration, inputShape: input.shape).image
    #expect(WinogradBlocking.forSums(WinogradConvolution(image, tile: tile), batch: 3).blocks > 1)
    func inDouble(
      _ weight: Tensor<Double>, _ gradient: Tensor<Double>, _ input: Tensor<Double>
    ) throws -> Tensor<Double> {
      var double = try Conv2d<Double>(weight: weight, padding: .same, dilation: Size2d(dilation), groups: 2)
      double.algorithm = .im2col
      return try #require(try double.gradients(of: gradient, at: input, for: .weight).weight)
    }
    let weight = layer.weight.value
    let error = NormalizedError(
      of: try #require(try layer.gradients(of: gradient, at: input, for: .weight).weight),
      reference: try inDouble(weight.inDouble(), gradient.inDouble(), input.inDouble()),
      magnitude: try inDouble(weight.magnitudes(), gradient.magnitudes(), input.magnitudes()))
    #expect(error.value <= NormalizedError.winogradBound(terms: 3 * side * side))
  }

  /// At the corners of an image and on both sides of the borders between tiles: where the transform would spread a value
  /// that is not finite, im2col takes over.
  @Test(
    arguments: [(ConvolutionAlgorithm.winograd2x2, 3), (.winograd4x4, 3), (.winograd4x4, 5)],
    [Float.nan, .infinity, -.infinity])
  func aValueThatIsNotFiniteSpreadsAsByIm2col(tiles: (ConvolutionAlgorithm, kernel: Int), value: Float) throws {
    let (algorithm, kernel) = tiles
    var layer = try Case(algorithm: algorithm, stride: 1, padding: kernel / 2, mode: .zeros, kernel: kernel).layer()
    var generator = SplitMix64(seed: 3)
    let input: Tensor<Float> = try RandomScalars.uniform.tensor([1, 10, 8, 8], using: &generator)
    let gradient: Tensor<Float> = try RandomScalars.uniform.tensor([1, 10, 8, 8], using: &generator)
    for (row, column) in [(0, 0), (0, 7), (3, 4), (4, 3), (7, 0), (7, 7)] {
      var changed = gradient
      changed.withUnsafeMutableBufferPointer { unsafe $0[8 * row + column] = value }
      layer.algorithm = algorithm
      let actual = try layer.gradients(of: changed, at: input)
      layer.algorithm = .im2col
      let expected = try layer.gradients(of: changed, at: input)
      for (actual, expected) in [(actual.input!, expected.input!), (actual.weight!, expected.weight!)] {
        #expect(actual.scalars.map(\.isFinite) == expected.scalars.map(\.isFinite), "\(row), \(column)")
        #expect(actual.scalars.map(\.isNaN) == expected.scalars.map(\.isNaN), "\(row), \(column)")
      }
    }
  }
}
