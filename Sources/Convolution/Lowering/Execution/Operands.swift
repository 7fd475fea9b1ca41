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
  /// What was convolved: `batch` images of `[C, H, W]`. The gradient of the input does not read it.
  var input: UnsafePointer<Scalar>
  /// `[O, I / groups, kH, kW]`.
  var weight: UnsafePointer<Scalar>
  /// Added to each channel of the input's gradient, `[C]`: it is then the output of a transposed convolution.
  var bias: UnsafePointer<Scalar>?
  /// The gradient asked for; every scalar is written.
  var result: UnsafeMutablePointer<Scalar>
  var batch: Int
  /// How many threads may work at a time.
  var threads: Int
  /// What has been derived from the weight, and room for more.
  var derivedWeights: DerivedWeights
}

extension BackwardOperands {
  /// Calls `body` with every plane of the input's gradient, and its bias: zero where there is none.
  func forEachInputPlane(
    of image: ImageGeometry, _ body: (_ plane: UnsafeMutableBufferPointer<Scalar>, _ bias: Scalar) -> Void
  ) {
    let count = image.inputPixels
    Parallel.forEachPart(of: batch * image.inputChannels, threads: threads) { planes, _ in
      for index in planes {
        unsafe body(
          UnsafeMutableBufferPointer(start: result + index * count, count: count),
          bias.map { unsafe $0[index % image.inputChannels] } ?? 0)
      }
    }
  }

  /// Adds the bias, where there is one, to what an algorithm without epilogue has written.
  func addBias(of image: ImageGeometry) {
    guard unsafe bias != nil else { return }
    unsafe forEachInputPlane(of: image) { plane, bias in
      for index in plane.indices { unsafe plane[index] += bias }
    }
  }
}
