/// Sizes computed from a caller's numbers: every product and sum is checked, none wraps.
package enum SizeArithmetic {
  /// - Throws: ``ConvolutionError/sizeOverflow(name:operands:)`` when the product of non-negative factors passes 64 bits.
  ///   A zero anywhere makes the product zero.
  package static func product(
    _ factors: some Collection<Int>, name: @autoclosure () -> String
  ) throws(ConvolutionError) -> Int {
    if factors.contains(0) { return 0 }
    var product = 1
    for factor in factors {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      if overflow { throw .sizeOverflow(name: name(), operands: Array(factors)) }
      product = next
    }
    return product
  }

  /// The bytes of a tensor's scalars.
  ///
  /// - Throws: ``ConvolutionError/sizeOverflow(name:operands:)`` when they pass 64 bits.
  @discardableResult
  static func byteCount<Scalar>(
    of shape: some Collection<Int>, _ type: Scalar.Type, name: @autoclosure () -> String
  ) throws(ConvolutionError) -> Int {
    let size = MemoryLayout<Scalar>.stride
    let (bytes, overflow) = try product(shape, name: "bytes of \(name())").multipliedReportingOverflow(by: size)
    if overflow { throw .sizeOverflow(name: "bytes of \(name())", operands: shape + [size]) }
    return bytes
  }

  /// - Throws: ``ConvolutionError/sizeOverflow(name:operands:)`` when the sum of non-negative terms passes 64 bits.
  package static func sum(
    _ terms: some Collection<Int>, name: @autoclosure () -> String
  ) throws(ConvolutionError) -> Int {
    var sum = 0
    for term in terms {
      let (next, overflow) = sum.addingReportingOverflow(term)
      if overflow { throw .sizeOverflow(name: name(), operands: Array(terms)) }
      sum = next
    }
    return sum
  }

  /// `⌈a / b⌉` for a non-negative `a` and a positive `b`.
  package static func dividingUp(_ a: Int, by b: Int) -> Int {
    a / b + (a % b == 0 ? 0 : 1)
  }

  /// Part `index` of `0..<count` cut into `parts` ranges whose lengths differ by one at most; the first is one of the longest,
  /// and any neighbours together are as long as as many others, give or take one.
  package static func part(_ index: Int, of parts: Int, in count: Int) -> Range<Int> {
    let (quotient, remainder) = count.quotientAndRemainder(dividingBy: parts)
    func start(_ index: Int) -> Int { index * quotient + dividingUp(index * remainder, by: parts) }
    return start(index)..<start(index + 1)
  }
}
