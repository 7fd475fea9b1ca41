/// The bias's gradient: the sum of the output's gradient over images and pixels, for each output channel.
@safe struct BiasGradient<Scalar: ConvolutionScalar> {
  /// Output channels, and pixels of each.
  let channels, pixels: Int
  /// `batch` images of `[O, Hout, Wout]`.
  let outputGradient: UnsafePointer<Scalar>
  let batch: Int

  /// Scalars summed in one go, so that none passes through more than 13 roundings on its way to the total.
  private static var run: Int { 256 }

  /// Writes the sum of each output channel.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func sum(into result: UnsafeMutablePointer<Scalar>, threads: Int) {
    Parallel.forEach(channels, threads: threads) { channel, _ in
      // What the rounding of the total leaves over is added in the end, for sums in Double.
      var (total, rest) = (0.0, 0.0)
      for index in 0..<batch {
        let plane = unsafe outputGradient + (index * channels + channel) * pixels
        for start in stride(from: 0, to: pixels, by: Self.run) {
          let value = unsafe Double(sum(plane + start, count: min(Self.run, pixels - start)))
          let sum = total + value
          let part = sum - total
          rest += (total - (sum - part)) + (value - part)
          total = sum
        }
      }
      // The rest of an infinity is no number.
      unsafe result[channel] = Scalar(rest.isFinite ? total + rest : total)
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
    for index in whole..<count { unsafe partial[index - whole] += values[index] }
    for half in [16, 8, 4, 2, 1] {
      for lane in 0..<half { partial[lane] += partial[lane + half] }
    }
    return partial[0]
  }
}
