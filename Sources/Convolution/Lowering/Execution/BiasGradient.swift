/// The bias's gradient: the sum of the output's gradient over images and pixels, for each output channel.
@safe struct BiasGradient<Scalar: ConvolutionScalar> {
  /// Output channels, and pixels of each.
  let channels, pixels: Int
  /// `batch` images of `[O, Hout, Wout]`.
  let outputGradient: UnsafePointer<Scalar>
  let batch: Int

  /// Scalars summed in one go: short enough that a running sum of each lane stays accurate.
  private static var run: Int { 512 }

  /// Writes the sum of each output channel.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func sum(into result: UnsafeMutablePointer<Scalar>, threads: Int) {
    Parallel.forEach(channels, threads: threads) { channel, _ in
      var total: Double = 0
      for index in 0..<batch {
        let plane = unsafe outputGradient + (index * channels + channel) * pixels
        for start in stride(from: 0, to: pixels, by: Self.run) {
          total += unsafe Double(sum(plane + start, count: min(Self.run, pixels - start)))
        }
      }
      unsafe result[channel] = Scalar(total)
    }
  }

  /// Partial sums, so that the additions of one need not wait for those of another.
  @inline(__always)
  private func sum(_ values: UnsafePointer<Scalar>, count: Int) -> Scalar {
    var partial: InlineArray<32, Scalar> = .init(repeating: 0)
    let whole = count & ~31
    for start in stride(from: 0, to: whole, by: 32) {
      for lane in 0..<32 { unsafe partial[lane] += values[start + lane] }
    }
    var sum: Scalar = 0
    for lane in 0..<32 { sum += partial[lane] }
    for index in whole..<count { unsafe sum += values[index] }
    return sum
  }
}
