import CConvolutionKernels
import Convolution

/// A pooling of images, `[N, C, H, W]` or `[C, H, W]`: the forward and the backward pass of the three pooling layers, which
/// differ in the windows alone and in what is made of them.
protocol Pooling: Module {
  /// Whether an output is the mean of its window; else it is the largest.
  static var isMean: Bool { get }
  var device: Device { get }
  /// The windows along one axis of an input; the axes are "height" and "width".
  func axis(_ axis: KeyPath<Size2d, Int>, input: Int) throws(ConvolutionError) -> PoolingAxis
}

extension Pooling {
  /// The output, `[N, C, Hout, Wout]` or `[C, Hout, Wout]`.
  public func forward(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    try PlaneGeometry(input.shape, axis: axis).outputs(of: input, device: device) { taps, operands in
      unsafe convolution_pool(
        Processor.instructionSet, operands.scalarBytes, &taps.plane, taps.rows, taps.columns, Self.isMean,
        operands.input, operands.result, operands.workspace)
    }
  }

  /// The gradient of the input, when it is asked for.
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws(ConvolutionError) -> Tensor<Scalar>? {
    let geometry = try PlaneGeometry(input.shape, axis: axis)
    return try geometry.inputGradient(of: outputGradient, at: input, for: targets, device: device) { taps, operands in
      unsafe convolution_pool_gradient(
        Processor.instructionSet, operands.scalarBytes, &taps.plane, taps.rows, taps.columns, Self.isMean,
        operands.input, operands.outputGradient!, operands.result, operands.workspace)
    }
  }
}
