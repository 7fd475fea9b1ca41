import CConvolutionKernels

/// What happens to a finished sum, whatever the algorithm: plus the channel's bias, plus a residual, then an activation. The
/// bits are those of the steps one after the other.
@safe package struct Epilogue<Scalar: ConvolutionScalar> {
  /// `[O]`.
  package var bias: UnsafePointer<Scalar>?
  /// As the output; the two do not overlap.
  package var residual: UnsafePointer<Scalar>?
  /// `[O]`, for the activation of that name.
  package var slopes: UnsafePointer<Scalar>?
  package var activation = EpilogueActivation.none

  package init(
    bias: UnsafePointer<Scalar>? = nil, residual: UnsafePointer<Scalar>? = nil, slopes: UnsafePointer<Scalar>? = nil,
    activation: EpilogueActivation = .none
  ) {
    unsafe (self.bias, self.residual, self.slopes) = (bias, residual, slopes)
    self.activation = activation
  }

  /// Whether outputs are the sums themselves.
  var isEmpty: Bool { unsafe bias == nil && residual == nil && activation == .none }

  /// For outputs that begin at this channel and this scalar of the output.
  @unsafe func kernels(channel: Int = 0, output: Int = 0) -> ConvolutionEpilogue {
    var epilogue = unsafe ConvolutionEpilogue(
      bias: bias.map { unsafe UnsafeRawPointer($0 + channel) },
      residual: residual.map { unsafe UnsafeRawPointer($0 + output) },
      slopes: activation == .slopes ? slopes.map { unsafe UnsafeRawPointer($0 + channel) } : nil,
      activation: ConvolutionEpilogueActivationNone, low: 0, high: 0)
    switch activation {
    case .none: break
    case .clamp(let low, let high):
      unsafe (epilogue.activation, epilogue.low, epilogue.high) = (ConvolutionEpilogueActivationClamp, low, high)
    case .leaky(let slope):
      unsafe (epilogue.activation, epilogue.low) = (ConvolutionEpilogueActivationLeaky, slope)
    case .slopes: unsafe epilogue.activation = ConvolutionEpilogueActivationLeaky
    case .hardswish: unsafe epilogue.activation = ConvolutionEpilogueActivationHardswish
    }
    return unsafe epilogue
  }

  /// Takes finished sums of one channel to outputs where they lie.
  @safe package func finish(_ output: UnsafeMutablePointer<Scalar>, count: Int) {
    var epilogue = unsafe kernels()
    unsafe Scalar.kernels(Processor.instructionSet).pointee.gemm.pointee.finish(&epilogue, 1, 0, count, output)
  }

  /// The same for an output that begins so many scalars later.
  func advanced(by scalars: Int) -> Epilogue {
    var epilogue = self
    unsafe epilogue.residual = residual.map { unsafe $0 + scalars }
    return epilogue
  }
}

/// What follows bias and residual.
package enum EpilogueActivation: Sendable, Hashable {
  case none
  /// Limits; ReLU's are 0 and infinity.
  case clamp(low: Double, high: Double)
  /// Multiplies what is not positive.
  case leaky(slope: Double)
  /// The same with a slope of each channel, of ``Epilogue/slopes``.
  case slopes
  case hardswish
}
