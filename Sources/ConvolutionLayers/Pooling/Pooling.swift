import CConvolutionKernels
import Convolution

/// A pooling of images: what the three pooling layers share, which differ in the windows alone and in what is made of them.
protocol Pooling: PlaneLayer where Axis == PoolingAxis {
  /// Whether an output is the mean of its window; else it is the largest.
  static var isMean: Bool { get }
}

extension Pooling {
  func writePlanes(_ taps: inout PlaneTaps<ConvolutionWindow>, _ operands: PlaneOperands<Scalar>) {
    unsafe convolution_pool(
      Processor.instructionSet, operands.scalarBytes, &taps.plane, taps.rows, taps.columns, Self.isMean,
      operands.input, operands.result, operands.workspace)
  }

  func writeGradientPlanes(_ taps: inout PlaneTaps<ConvolutionWindow>, _ operands: PlaneOperands<Scalar>) {
    unsafe convolution_pool_gradient(
      Processor.instructionSet, operands.scalarBytes, &taps.plane, taps.rows, taps.columns, Self.isMean,
      operands.input, operands.outputGradient!, operands.result, operands.workspace)
  }
}
