import CConvolutionKernels
import Convolution

extension Upsample {
  func writePlanes(_ taps: inout PlaneTaps<ConvolutionSample>, _ operands: PlaneOperands<Scalar>) {
    unsafe convolution_resample(
      Processor.instructionSet, operands.scalarBytes, &taps.plane, taps.rows, taps.columns, mode == .nearest,
      operands.input, operands.result)
  }

  /// Each output's gradient goes to the pixels it was made of, by their weights.
  func writeGradientPlanes(_ taps: inout PlaneTaps<ConvolutionSample>, _ operands: PlaneOperands<Scalar>) {
    unsafe convolution_resample_gradient(
      Processor.instructionSet, operands.scalarBytes, &taps.plane, taps.rows, taps.columns, mode == .nearest,
      operands.outputGradient!, operands.result, operands.workspace)
  }

  func axis(_ axis: KeyPath<Size2d, Int>, input: Int) throws(ConvolutionError) -> SampleAxis {
    let name = axis == \.height ? "height" : "width"
    guard input > 0 else { throw .valueOutOfRange(name: name, expected: "1 or more", actual: [input]) }
    let output: Int
    var step: Double?
    switch target {
    case .size(let size): output = size[keyPath: axis]
    case .factors(let height, let width):
      let factor = axis == \.height ? height : width
      step = 1 / factor
      let extent = Double(input) * factor
      guard extent < 0x1p62 else {
        throw .invalidSetting(name: "scaleFactor", expected: "a \(name) that fits 64 bits", actual: "\(factor)")
      }
      output = Int(extent)
      guard output > 0 else {
        throw .invalidSetting(name: "scaleFactor", expected: "a \(name) of 1 or more", actual: "\(factor)")
      }
    }
    return SampleAxis(input: input, output: output, step: step, mode: mode, alignsCorners: alignCorners == true)
  }
}
