import CConvolutionKernels

/// Where one forward call reads and writes. Everything here has been checked against the geometry.
@safe struct ForwardOperands<Scalar: ConvolutionScalar> {
  /// `batch` images of `[C, H, W]`.
  var input: UnsafePointer<Scalar>
  /// `[O, I / groups, kH, kW]`.
  var weight: UnsafePointer<Scalar>
  var epilogue: Epilogue<Scalar>
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
  /// Of the input's gradient, whose channels are its own: this is then the output of a transposed convolution.
  var epilogue = unsafe Epilogue<Scalar>()
  /// The gradient asked for; every scalar is written.
  var result: UnsafeMutablePointer<Scalar>
  var batch: Int
  /// How many threads may work at a time.
  var threads: Int
  /// What has been derived from the weight, and room for more.
  var derivedWeights: DerivedWeights
}

extension BackwardOperands {
  /// Takes sums to the input's gradient where an algorithm that has no epilogue of its own has written them.
  func finish(_ image: ImageGeometry, level: ConvolutionInstructionSet) {
    guard !epilogue.isEmpty else { return }
    forEachInputPlane(of: image) { index in
      let start = index * image.inputPixels
      var epilogue = unsafe epilogue.kernels(channel: index % image.inputChannels, output: start)
      unsafe Scalar.kernels(level).pointee.gemm.pointee.finish(&epilogue, 1, 0, image.inputPixels, result + start)
    }
  }

  /// Writes what the input's gradient is where no output reads it.
  func fillUnread(_ image: ImageGeometry, level: ConvolutionInstructionSet) {
    forEachInputPlane(of: image) { index in
      unsafe (result + index * image.inputPixels).update(repeating: 0, count: image.inputPixels)
    }
    finish(image, level: level)
  }

  private func forEachInputPlane(of image: ImageGeometry, _ body: (_ index: Int) -> Void) {
    Parallel.forEachPart(of: batch * image.inputChannels, threads: threads) { planes, _ in
      for index in planes { body(index) }
    }
  }
}
