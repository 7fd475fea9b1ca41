import CConvolutionKernels
import TestSupport
import Testing

@testable import Convolution

/// What the product's kernels copy before they multiply, at every level that this processor has.
@Suite struct GemmPackingTests {
  /// The layout of packed filters: as they lie in memory, rotated by 180 degrees with the channels exchanged, and with the
  /// channels side by side.
  @Test(arguments: everySource) func filters(source: ConvolutionSource) throws {
    func check<Scalar: ConvolutionScalar>(_: Scalar.Type) throws {
      for level in supportedLevels {
        let sample = try GemmSample<Scalar>(source, level, isWide: false, isSpread: false)
        let (taps, width) = (sample.taps, sample.columns.kernel)
        let (inputs, outputs) = (sample.gemm.inputChannels, sample.gemm.outputChannels)
        for (inputs, outputs, first, view) in [
          (inputs, outputs, 0, Steps(output: inputs * taps, input: taps, row: width, column: 1)),
          (outputs, inputs, taps - 1, Steps(output: taps, input: inputs * taps, row: -width, column: -1)),
          (
            outputs, inputs, 0,
            Steps(
              output: outputs, input: 1, row: width * sample.weight.count / taps,
              column: sample.weight.count / taps)
          ),
        ] {
          let weights = GuardedScalars(sample.weight, guarded: .behind)
          let packed = sample.packedFilters(weights, inputs, outputs, from: first, view)
          let expected = sample.expectedFilters(inputs, outputs, from: first, view)
          #expect(packed == expected, "\(Scalar.self), level \(level.rawValue), \(inputs) → \(outputs)")
        }
      }
    }
    try check(Float.self)
    try check(Double.self)
  }

  /// Filters that are one at a single term show what the term's pixels were taken from: packed, in place and staged.
  @Test(arguments: everySource, [false, true]) func pixels(source: ConvolutionSource, isWide: Bool) throws {
    func check<Scalar: ConvolutionScalar>(_: Scalar.Type) throws {
      for (level, lanes) in supportedLevels.flatMap({ level in stagedLanes(of: source).map { (level, $0) } }) {
        var sample = try GemmSample<Scalar>(source, level, isWide: isWide, isSpread: true, stagedLanes: lanes)
        let outputs = sample.gemm.outputChannels
        sample.bias = [Scalar](repeating: 0, count: outputs)
        for first in stride(from: 0, to: sample.reduction, by: outputs) {
          sample.weight = (0..<outputs * sample.reduction).map { index in
            index % sample.reduction == first + index / sample.reduction ? 1 : 0
          }
          let output = sample.output(
            activation: ConvolutionEpilogueActivationNone, low: 0, high: 0, hasResidual: false)
          let expected = sample.sums()
          #expect(
            zip(output, expected).allSatisfy { Double($0) == $1 || $0.isNaN && $1.isNaN },
            "\(Scalar.self), level \(level.rawValue), \(lanes), terms from \(first) on")
        }
      }
    }
    try check(Float.self)
    try check(Double.self)
  }

  /// The distances of weights, as `ConvolutionFilterView` has them.
  struct Steps {
    var output, input, row, column: Int
  }
}

extension GemmSample {
  fileprivate func packedFilters(
    _ weights: GuardedScalars<Scalar>, _ inputs: Int, _ outputs: Int, from first: Int, _ steps: GemmPackingTests.Steps
  ) -> [Scalar] {
    var gemm = gemm
    (gemm.inputChannels, gemm.outputChannels) = (inputs, outputs)
    let packed = GuardedScalars([Scalar](repeating: .nan, count: unsafe kernels.filter_size(&gemm)), guarded: .behind)
    var view = unsafe ConvolutionFilterView(
      weights: weights.start + first, outputStep: steps.output, inputStep: steps.input, rowStep: steps.row,
      columnStep: steps.column, pairStep: 0)
    for panel in 0..<SizeArithmetic.dividingUp(outputs, by: kernels.panel_channels(gemm.source)) {
      unsafe kernels.pack_filters(&gemm, &view, panel, packed.start)
    }
    extendLifetime(weights)
    return packed.scalars
  }

  /// [panel][terms][channels of the panel]: panels of pixels' rows and of staged rows are filled up with zeros, the others are
  /// about equal.
  fileprivate func expectedFilters(
    _ inputs: Int, _ outputs: Int, from first: Int, _ steps: GemmPackingTests.Steps
  ) -> [Scalar] {
    let isStaged = gemm.source.hasStagedRows
    let most = kernels.panel_channels(gemm.source)
    let panels = SizeArithmetic.dividingUp(outputs, by: most)
    var (packed, channel) = ([Scalar](), 0)
    for panel in 0..<panels {
      let isFilled = isStaged || gemm.source == ConvolutionSourcePackedRows
      let isNarrow = gemm.source != ConvolutionSourceStagedRows && outputs - channel <= most / 2
      let width = isFilled ? (isNarrow ? most / 2 : most) : outputs / panels + (panel < outputs % panels ? 1 : 0)
      for term in 0..<inputs * taps {
        let (input, tap) = isStaged ? (term / taps, term % taps) : (term % inputs, term / inputs)
        let place = first + input * steps.input + tap / columns.kernel * steps.row + tap % columns.kernel * steps.column
        packed += (channel..<channel + width).map { $0 < outputs ? weight[place + $0 * steps.output] : 0 }
      }
      channel += width
    }
    return packed
  }
}
