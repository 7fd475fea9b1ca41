import CConvolutionKernels
public import Convolution

extension Upsample {
  /// The output, `[N, C, Hout, Wout]` or `[C, Hout, Wout]`.
  ///
  /// - Throws: `ConvolutionError.shapeMismatch` for an input of another rank, `ConvolutionError.valueOutOfRange` where input
  ///   or output would have no pixels, `ConvolutionError.sizeOverflow`, `ConvolutionError.outOfMemory`.
  public func forward(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    try PlaneGeometry(input.shape, axis: axis).outputs(of: input, device: device) { taps, operands in
      unsafe convolution_resample(
        Processor.instructionSet, operands.scalarBytes, &taps.plane, taps.rows, taps.columns, mode == .nearest,
        operands.input, operands.result, operands.workspace)
    }
  }

  /// The gradient of the input, when it is asked for: each output's goes to the pixels it was made of, by their weights.
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws(ConvolutionError) -> Tensor<Scalar>? {
    let geometry = try PlaneGeometry(input.shape, axis: axis)
    return try geometry.inputGradient(of: outputGradient, at: input, for: targets, device: device) { taps, operands in
      unsafe convolution_resample_gradient(
        Processor.instructionSet, operands.scalarBytes, &taps.plane, taps.rows, taps.columns, mode == .nearest,
        operands.outputGradient!, operands.result, operands.workspace)
    }
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
