extension UnsafeBufferPointer where Element: ConvolutionScalar {
  /// Whether every scalar is finite.
  var isFinite: Bool {
    // An infinity or NaN times zero is NaN, and stays so in the sum. Sixteen sums, which need not wait for one another.
    var sums: InlineArray<16, Element> = .init(repeating: 0)
    let whole = count & ~15
    for start in stride(from: 0, to: whole, by: 16) {
      for lane in 0..<16 { unsafe sums[lane] += self[start + lane] * 0 }
    }
    for index in whole..<count { unsafe sums[0] += self[index] * 0 }
    var total: Element = 0
    for lane in 0..<16 { total += sums[lane] }
    return total == 0
  }
}
