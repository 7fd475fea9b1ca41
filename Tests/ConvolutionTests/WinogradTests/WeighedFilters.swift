import CConvolutionKernels
import Testing

@testable import Convolution

/// What the kernels find out about the filters of a group, in tasks: the output channels that are summed by the definition, and
/// what each input channel counts.
struct WeighedFilters {
  let direct: [Int]
  let scales: [Float]

  /// - Parameters:
  ///   - inputsOutside: Whether the weights lie `[input][output]`, in place of `[output][input]`.
  ///   - taps: Weights of a pair of channels.
  init(
    _ scheme: ConvolutionWinogradScheme, _ level: ConvolutionInstructionSet, inputs: Int, outputs: Int,
    inputsOutside: Bool, taps: Int, _ weight: (_ output: Int, _ input: Int, _ tap: Int) -> Float
  ) {
    var weights = [Float](repeating: .nan, count: outputs * inputs * taps)
    let (outputStride, inputStride) = inputsOutside ? (taps, taps * outputs) : (taps * inputs, taps)
    var sums = [Double](repeating: 0, count: inputs)
    for output in 0..<outputs {
      for input in 0..<inputs {
        for tap in 0..<taps {
          let value = weight(output, input, tap)
          weights[output * outputStride + input * inputStride + tap] = value
          sums[input] += Double(abs(value))
        }
      }
    }
    var scales = [Float](repeating: .nan, count: inputs)
    var means = [Double](repeating: .nan, count: inputs)
    var isDirect = [Bool](repeating: false, count: outputs)
    let scratch = UnsafeMutableRawPointer.allocate(
      byteCount: convolution_winograd_balance_size(scheme, inputs, outputs), alignment: 8)
    defer { unsafe scratch.deallocate() }
    unsafe weights.withUnsafeBufferPointer { weights in
      var filters = unsafe ConvolutionWinogradFilters(
        weights: weights.baseAddress, outputChannelStride: outputStride, inputChannelStride: inputStride,
        rotated: inputsOutside, packed: nil, format: ConvolutionFilterFormatScalar)
      for part in [0..<3, 3..<inputs] {
        unsafe convolution_winograd_weigh_inputs(
          level, scheme, &filters, outputs, part.lowerBound, part.upperBound, &means, scratch)
      }
      unsafe convolution_winograd_scale_inputs(inputs, means, &scales)
      for part in [0..<outputs - 17, outputs - 17..<outputs] {
        unsafe convolution_winograd_find_direct(
          level, scheme, &filters, inputs, part.lowerBound, part.upperBound, means, scales, &isDirect, scratch)
      }
    }
    for (mean, sum) in zip(means, sums) { #expect(abs(mean - sum / Double(taps * outputs)) <= 1e-12 * sum) }
    direct = isDirect.indices.filter { isDirect[$0] }
    self.scales = scales
  }
}
