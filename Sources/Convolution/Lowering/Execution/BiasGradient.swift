import CConvolutionKernels

/// The bias's gradient: the sum of the output's gradient over images and pixels, for each output channel.
@safe struct BiasGradient<Scalar: ConvolutionScalar> {
  /// Output channels, and pixels of each.
  let channels, pixels: Int
  /// `batch` images of `[O, Hout, Wout]`.
  let outputGradient: UnsafePointer<Scalar>
  let batch: Int
  let level: ConvolutionInstructionSet

  /// Writes the sum of each output channel.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func sum(into result: UnsafeMutablePointer<Scalar>, threads: Int) {
    Parallel.forEach(channels, threads: threads) { channel, _ in
      var sums = (total: 0.0, rest: 0.0)
      unsafe withUnsafeMutableBytes(of: &sums) { sums in
        for image in 0..<batch {
          unsafe convolution_add_sum(
            level, MemoryLayout<Scalar>.stride, outputGradient + (image * channels + channel) * pixels, pixels,
            sums.baseAddress!.assumingMemoryBound(to: Double.self))
        }
      }
      // The rest of an infinity is no number.
      unsafe result[channel] = Scalar(sums.rest.isFinite ? sums.total + sums.rest : sums.total)
    }
  }
}
