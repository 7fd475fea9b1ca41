import CConvolutionKernels
import Convolution

/// A module that applies one function to every scalar, of any shape: the forward and the backward pass of all activations
/// without parameters.
protocol Elementwise: Module {
  var function: ElementwiseFunction { get }
  var device: Device { get }
}

/// One of the functions that the C target computes, with its derivative.
struct ElementwiseFunction {
  let kind: ConvolutionFunction
  var parameter = 0.0

  /// The function of each scalar.
  func values<Scalar>(of input: Tensor<Scalar>, device: Device) throws(ConvolutionError) -> Tensor<Scalar> {
    try Tensor.computed(shape: input.shape, from: input, input, parts: input.count, device: device) { range, operands in
      let start = range.lowerBound
      unsafe convolution_activate(
        Processor.instructionSet, operands.scalarBytes, kind, parameter, operands.first + start,
        operands.result + start, range.count)
    }
  }

  /// The derivative at each scalar times the output's gradient.
  func gradient<Scalar>(
    of outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, device: Device
  ) throws(ConvolutionError) -> Tensor<Scalar> {
    try outputGradient.expectShape(input.shape)
    return try Tensor.computed(
      shape: input.shape, from: input, outputGradient, parts: input.count, device: device
    ) { range, operands in
      let start = range.lowerBound
      unsafe convolution_activation_gradient(
        Processor.instructionSet, operands.scalarBytes, kind, parameter, operands.first + start,
        operands.second + start, operands.result + start, range.count)
    }
  }
}

extension Elementwise {
  /// The function of every scalar.
  public func forward(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    try function.values(of: input, device: device)
  }

  /// The derivative at every scalar of `input` times the output's gradient.
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws(ConvolutionError) -> Tensor<Scalar>? {
    guard targets.contains(.input) else {
      try outputGradient.expectShape(input.shape)
      return nil
    }
    return try function.gradient(of: outputGradient, at: input, device: device)
  }
}
