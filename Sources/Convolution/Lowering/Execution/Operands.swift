/// Where one forward call reads and writes. Everything here has been checked against the geometry.
@safe struct ForwardOperands<Scalar: ConvolutionScalar> {
  /// `batch` images of `[C, H, W]`.
  var input: UnsafePointer<Scalar>
  /// `[O, I / groups, kH, kW]`.
  var weight: UnsafePointer<Scalar>
  /// `[O]`.
  var bias: UnsafePointer<Scalar>?
  /// `batch` images of `[O, Hout, Wout]`; every scalar is written.
  var output: UnsafeMutablePointer<Scalar>
  var batch: Int
  /// How many threads may work at a time.
  var threads: Int
  /// What has been derived from the weight, and room for more.
  var derivedWeights: DerivedWeights
}

/// Where the computation of one gradient reads and writes. Everything here has been checked against the geometry.
@safe struct BackwardOperands<Scalar: ConvolutionScalar> {
  /// `batch` images of `[O, Hout, Wout]`.
  var outputGradient: UnsafePointer<Scalar>
  /// What was convolved: `batch` images of `[C, H, W]`.
  var input: UnsafePointer<Scalar>
  /// `[O, I / groups, kH, kW]`.
  var weight: UnsafePointer<Scalar>
  /// The gradient asked for; every scalar is written.
  var result: UnsafeMutablePointer<Scalar>
  var batch: Int
  /// How many threads may work at a time.
  var threads: Int
  /// What has been derived from the weight, and room for more.
  var derivedWeights: DerivedWeights
}
