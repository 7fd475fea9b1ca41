import CConvolutionKernels
import ReferenceConvolution
import TestSupport

@testable import Convolution

/// The kernels of pooling and resampling, of one level, on planes beside protected pages. Results hold NaN before.
struct WindowCall<Scalar: ConvolutionScalar> {
  let input, outputGradient, output, inputGradient: GuardedScalars<Scalar>
  let plane: ConvolutionPlane
  let rows, columns: [ConvolutionWindow]
  let rowSamples, columnSamples: [ConvolutionSample]
  private let workspace: GuardedScalars<Scalar>
  private let level: ConvolutionInstructionSet
  private let bytes = MemoryLayout<Scalar>.size

  /// Square windows of `kernel` taps `step` apart, at every `stride`-th scalar of the plane and its padding, which is `step`
  /// unless it is given, with taps outside the plane left out; and
  /// samples of a plane of the output's size; or, with `isTwice`, of one twice as large as the input, and no windows. With
  /// `isLarge` the output may be stored around the caches.
  init(
    height: Int, width: Int, kernel: Int, stride: Int, step: Int, padding: Int? = nil, isTwice: Bool = false,
    planes: Int = 1, isLarge: Bool = false, guarded edge: GuardedScalars<Scalar>.Edge,
    _ level: ConvolutionInstructionSet
  ) throws {
    func windows(_ input: Int) -> [ConvolutionWindow] {
      if isTwice { return [ConvolutionWindow](repeating: ConvolutionWindow(), count: 2 * input) }
      return (0..<(input + stride - 1) / stride).map { output in
        let start = output * stride - (padding ?? step)
        let taps = (0..<kernel).map { start + $0 * step }.filter { 0..<input ~= $0 }
        return ConvolutionWindow(first: taps.first ?? 0, count: taps.count, step: step, extent: 4)
      }
    }
    func samples(_ input: Int, _ output: Int) -> [ConvolutionSample] {
      (0..<output).map { index in
        if isTwice {
          let first = index / 2
          return ConvolutionSample(first: first, second: min(first + 1, input - 1), weight: Double(index % 2) / 2)
        }
        // In quarters, so that sums of products are exact.
        let place = (Double(index * (input - 1)) / Double(max(1, output - 1)) * 4).rounded(.down) / 4
        return ConvolutionSample(
          first: Int(place), second: min(Int(place) + 1, input - 1), weight: place - place.rounded(.down))
      }
    }
    (rows, columns) = (windows(height), windows(width))
    (rowSamples, columnSamples) = (samples(height, rows.count), samples(width, columns.count))
    plane = ConvolutionPlane(
      inputHeight: height, inputWidth: width, outputHeight: rows.count, outputWidth: columns.count,
      count: planes, isLarge: isLarge)
    let (inputs, outputs) = (planes * height * width, planes * rows.count * columns.count)
    input = GuardedScalars(try Tensor.random([inputs], seed: 1, holding: .smallIntegers).scalars, guarded: edge)
    outputGradient = GuardedScalars(
      try Tensor.random([outputs], seed: 2, holding: .smallIntegers).scalars, guarded: edge)
    func poisoned(_ count: Int) -> GuardedScalars<Scalar> {
      GuardedScalars([Scalar](repeating: .nan, count: count), guarded: edge)
    }
    (output, inputGradient) = (poisoned(outputs), poisoned(inputs))
    workspace = poisoned(convolution_plane_workspace(width))
    self.level = level
  }

  func pool(isMean: Bool) {
    var plane = plane
    unsafe convolution_pool(
      level, bytes, &plane, rows, columns, isMean, input.start, output.start, workspace.start)
  }

  func poolGradient(isMean: Bool) {
    var plane = plane
    unsafe convolution_pool_gradient(
      level, bytes, &plane, rows, columns, isMean, input.start, outputGradient.start, inputGradient.start,
      workspace.start)
  }

  func resample(isNearest: Bool) {
    var plane = plane
    unsafe convolution_resample(
      level, bytes, &plane, rowSamples, columnSamples, isNearest, input.start, output.start)
  }

  func resampleGradient(isNearest: Bool) {
    var plane = plane
    unsafe convolution_resample_gradient(
      level, bytes, &plane, rowSamples, columnSamples, isNearest, outputGradient.start, inputGradient.start,
      workspace.start)
  }
}
