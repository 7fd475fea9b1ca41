import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// The product's kernels by themselves, at every level that this processor has: what no layer asks them for yet, and their
/// contracts one by one.
struct GemmKernelTests {
  static let activations = [
    ConvolutionEpilogueActivationNone, ConvolutionEpilogueActivationClamp, ConvolutionEpilogueActivationLeaky,
    ConvolutionEpilogueActivationHardswish,
  ]

  /// Bias, residual and activation, in this order; NaN stays NaN, and nothing is written between the outputs.
  @Test(arguments: everySource, [false, true])
  func epilogue(source: ConvolutionSource, isWide: Bool) throws {
    for (isSpread, keepsRests) in [(false, false), (true, false), (false, true), (true, true)] {
      for lanes in stagedLanes(of: source) {
        try expectEpilogue(source, isWide, isSpread, lanes, keepsRests, of: Float.self)
        try expectEpilogue(source, isWide, isSpread, lanes, keepsRests, of: Double.self)
      }
    }
  }

  private func expectEpilogue<Scalar: ConvolutionScalar>(
    _ source: ConvolutionSource, _ isWide: Bool, _ isSpread: Bool, _ lanes: ConvolutionStagedLanes,
    _ keepsRests: Bool, of type: Scalar.Type
  ) throws {
    for level in supportedLevels {
      let sample = try GemmSample<Scalar>(
        source, level, isWide: isWide, isSpread: isSpread, stagedLanes: lanes, keepsRests: keepsRests)
      let sums = sample.sums()
      for activation in Self.activations {
        let (low, high) = activation == ConvolutionEpilogueActivationLeaky ? (0.25, 0.0) : (-3.0, 5.0)
        for (hasResidual, hasSlopes) in [(false, false), (true, true)] {
          let expected = sums.indices.map { index in
            let channel = index % sample.gemm.outputImage / sample.gemm.outputPlane
            let sum = sums[index] + Double(sample.bias[channel]) + (hasResidual ? Double(sample.residual[index]) : 0)
            switch activation {
            case ConvolutionEpilogueActivationClamp: return sum < low ? low : sum > high ? high : sum
            case ConvolutionEpilogueActivationLeaky:
              return sum > 0 ? sum : sum * (hasSlopes ? Double(sample.slopes[channel]) : low)
            case ConvolutionEpilogueActivationHardswish:
              let sum = Scalar(sum), gate = sum + 3
              return Double(sum * ((gate < 0 ? 0 : gate > 6 ? 6 : gate) / 6))
            default: return sum
            }
          }
          let actual = sample.output(
            activation: activation, low: low, high: high, hasResidual: hasResidual, hasSlopes: hasSlopes)
          #expect(
            zip(actual, expected).allSatisfy { Double($0) == $1 || $0.isNaN && $1.isNaN },
            "\(type), level \(level.rawValue), spread \(isSpread), \(lanes), \(activation), residual \(hasResidual)")
        }
      }
    }
  }

  /// Filters in 16 bits, of integers that these hold: the same sums.
  @Test(arguments: everySource, [WeightFormat.float16, .bfloat16])
  func filtersIn16Bits(source: ConvolutionSource, format: WeightFormat) throws {
    for (level, lanes) in supportedLevels.flatMap({ level in stagedLanes(of: source).map { (level, $0) } }) {
      for isWide in [false, true] {
        let sample = try GemmSample<Float>(source, level, isWide: isWide, isSpread: false, stagedLanes: lanes)
        func output(_ format: WeightFormat) -> [UInt32] {
          sample.output(
            activation: ConvolutionEpilogueActivationNone, low: 0, high: 0, hasResidual: true, filters: format
          ).map(\.bitPattern)
        }
        #expect(output(format) == output(.full), "level \(level.rawValue), \(lanes)")
      }
    }
  }

  /// Sums that lie in planes already, as im2col's do: a part of each plane, and nothing beside it.
  @Test(arguments: supportedLevels) func finish(level: ConvolutionInstructionSet) {
    func check<Scalar: ConvolutionScalar>(_: Scalar.Type) {
      let kernels = unsafe Scalar.kernels(level).pointee.gemm.pointee
      for pixels in [1, 7, 16, 35] {
        let (channels, plane) = (3, pixels + 2)
        let count = (channels - 1) * plane + pixels
        let sums = (0..<count).map { Scalar($0 % 23 - 11) }
        let (output, bias) = (
          GuardedScalars(sums, guarded: .behind), GuardedScalars<Scalar>([1, 2, 3], guarded: .behind)
        )
        let residual = GuardedScalars((0..<count).map { Scalar($0 % 7) }, guarded: .behind)
        var epilogue = unsafe ConvolutionEpilogue()
        unsafe (epilogue.bias, epilogue.residual) = (
          UnsafeRawPointer(bias.start), UnsafeRawPointer(residual.start)
        )
        unsafe epilogue.activation = ConvolutionEpilogueActivationClamp
        unsafe (epilogue.low, epilogue.high) = (-4, 9)
        unsafe kernels.finish(&epilogue, channels, plane, pixels, output.start)
        let expected = (0..<count).map { index in
          let (channel, pixel) = index.quotientAndRemainder(dividingBy: plane)
          let sum = sums[index] + Scalar(channel + 1) + Scalar(index % 7)
          return pixel < pixels ? min(max(sum, -4), 9) : sums[index]
        }
        #expect(output.scalars == expected, "\(Scalar.self), \(pixels)")
        extendLifetime((bias, residual))
      }
    }
    check(Float.self)
    check(Double.self)
  }

  /// Blocks of rows of two images, some of whose taps all lie on padding; summed in two ranges of blocks and of panels.
  @Test(
    arguments: [ConvolutionSourcePackedLanes, ConvolutionSourceStagedChannels, ConvolutionSourceStagedTaps],
    [false, true])
  func weightGradient(source: ConvolutionSource, isWide: Bool) throws {
    for (skipsPadding, keepsRests) in [(false, false), (true, false), (true, true)] {
      try expectWeightGradient(source, skipsPadding, isWide, keepsRests, of: Float.self)
      try expectWeightGradient(source, skipsPadding, isWide, keepsRests, of: Double.self)
    }
  }

  private func expectWeightGradient<Scalar: ConvolutionScalar>(
    _ source: ConvolutionSource, _ skipsPadding: Bool, _ isWide: Bool, _ keepsRests: Bool, of type: Scalar.Type
  ) throws {
    for level in supportedLevels {
      let sample = try GemmSample<Scalar>(source, level, isWide: isWide, isSpread: true, keepsRests: keepsRests)
      var expected = [Double](repeating: 0, count: sample.weight.count)
      let pixels = sample.rows.output * sample.columns.output
      for index in 0..<sample.images * pixels {
        let (image, pixel) = index.quotientAndRemainder(dividingBy: pixels)
        let (row, column) = pixel.quotientAndRemainder(dividingBy: sample.columns.output)
        let patch = sample.patch(image: image, row: row, column: column)
        for output in 0..<sample.gemm.outputChannels {
          let gradient = Double(
            sample.outputGradient[(image * sample.gemm.outputChannels + output) * pixels + pixel])
          for term in patch.indices { expected[output * sample.reduction + term] += gradient * patch[term] }
        }
      }
      let actual = sample.weightGradient(skipsPadding: skipsPadding)
      #expect(actual == expected.map { Scalar($0) }, "\(type), level \(level.rawValue)")
    }
  }

  /// What the rounding of a total leaves over is not lost, and that of an infinity spoils nothing.
  @Test func restsOfTotals() throws {
    try expectRests(of: Float.self)
    try expectRests(of: Double.self)
  }

  private func expectRests<Scalar: ConvolutionScalar>(of type: Scalar.Type) throws {
    for level in supportedLevels {
      let sample = try GemmSample<Scalar>(ConvolutionSourceInPlace, level, isWide: false, isSpread: false)
      let kernels = sample.kernels
      var gemm = sample.gemm
      let count = kernels.tileLanes * gemm.outputChannels
      func all(_ value: Scalar) -> [Scalar] { [Scalar](repeating: value, count: count) }
      let small = Scalar.ulpOfOne / 8
      var (sums, rests) = (all(3 * small), all(0))
      sums[1] = -.infinity
      // A total smaller than what is added, then 64 that are larger; in the end 7/16 of a unit in the last place is left.
      unsafe kernels.add_weight_gradient(&sums, &rests, all(1), all(small / 2), count)
      for _ in 0..<64 { unsafe kernels.add_weight_gradient(&sums, &rests, all(small), all(2 * small), count) }
      let stored = min(kernels.tileLanes, gemm.inputChannels)
      for isTransposed in [false, true] {
        var result = [Scalar](repeating: .nan, count: sample.weight.count)
        unsafe kernels.store_weight_gradient(&gemm, 0, 1, isTransposed, sums, rests, &result)
        for output in 0..<gemm.outputChannels {
          for input in 0..<stored {
            let expected = output == 0 && input == 1 ? -Scalar.infinity : 1 + 64 * 3 * small
            let index = isTransposed ? input * gemm.outputChannels + output : output * gemm.inputChannels + input
            #expect(result[index] == expected, "\(type), level \(level.rawValue), transposed \(isTransposed)")
          }
        }
      }
    }
  }
}

extension GemmSample {
  /// The gradient of the weight, from blocks of one row.
  fileprivate func weightGradient(skipsPadding: Bool) -> [Scalar] {
    var gemm = gemm
    (gemm.outputColumn, gemm.outputRow, gemm.keepsSums) = (1, columns.output, false)
    gemm.outputPlane = rows.output * columns.output
    gemm.outputImage = gemm.outputChannels * gemm.outputPlane
    gemm.pixelsPerBlock = columns.output
    let panels = unsafe kernels.weight_gradient_panels(&gemm)
    let dy = GuardedScalars(
      Array(outputGradient[..<(images * gemm.outputImage)]), guarded: .behind)
    let (x, dw) = (
      GuardedScalars(input, guarded: .behind),
      GuardedScalars([Scalar](repeating: .nan, count: weight.count), guarded: .behind)
    )
    let blocks = images * rows.output
    for range in [0..<1, 1..<panels] where !range.isEmpty {
      let count = range.count * gemm.outputChannels * kernels.tileLanes
      func poisoned() -> GuardedScalars<Scalar> { workspace(bytes: count * MemoryLayout<Scalar>.stride) }
      let (sums, rests, more, moreRests) = (poisoned(), poisoned(), poisoned(), poisoned())
      let memory = unsafe workspace(bytes: kernels.weight_gradient_workspace_bytes(&gemm, range.count))
      var call = unsafe ConvolutionWeightGradient(
        input: x.start, outputGradient: dy.start, firstBlock: 0, blocks: 2, blocksPerImage: rows.output,
        skipsPadding: skipsPadding)
      unsafe kernels.weight_gradient(
        &gemm, &call, range.lowerBound, range.count, sums.start, rests.start, memory.start)
      unsafe call.firstBlock = 2
      unsafe call.blocks = blocks - 2
      unsafe kernels.weight_gradient(
        &gemm, &call, range.lowerBound, range.count, more.start, moreRests.start, memory.start)
      unsafe kernels.add_weight_gradient(sums.start, rests.start, more.start, moreRests.start, count)
      unsafe kernels.store_weight_gradient(
        &gemm, range.lowerBound, range.count, false, sums.start, rests.start, dw.start)
      extendLifetime((sums, rests, more, moreRests, memory))
    }
    extendLifetime((x, dy))
    return dw.scalars
  }
}
