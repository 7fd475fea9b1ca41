import CConvolutionKernels
import Convolution

/// Where the outputs of an upsampling lie along one axis of the input.
struct SampleAxis: PlaneAxis {
  let inputExtent, outputExtent: Int
  let tap: (Int) -> ConvolutionSample

  /// - Parameters:
  ///   - step: How far apart two outputs lie in the input; `nil` for `input / output`.
  ///   - alignsCorners: Whether the outermost outputs are the outermost inputs; else pixels are squares whose outer edges
  ///     are.
  init(input: Int, output: Int, step: Double?, mode: UpsampleMode, alignsCorners: Bool) {
    inputExtent = input
    outputExtent = output
    switch mode {
    case .nearest:
      // In single precision, as PyTorch has it: which pixel is nearest can hang on the rounding.
      let step = step.map { Float($0) } ?? Float(input) / Float(output)
      tap = { index in
        let nearest =
          output == input ? index : output == 2 * input ? index / 2 : min(Int(Float(index) * step), input - 1)
        return ConvolutionSample(first: nearest, second: nearest, weight: 0)
      }
    case .bilinear:
      let step =
        alignsCorners
        ? (output > 1 ? Double(input - 1) / Double(output - 1) : 0) : step ?? Double(input) / Double(output)
      tap = { index in
        let place = alignsCorners ? Double(index) * step : max(0, (Double(index) + 0.5) * step - 0.5)
        let first = min(Int(place), input - 1)
        let second = min(first + 1, input - 1)
        return ConvolutionSample(first: first, second: second, weight: second == first ? 0 : place - Double(first))
      }
    }
  }
}
