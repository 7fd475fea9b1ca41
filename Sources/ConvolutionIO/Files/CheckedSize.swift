enum CheckedSize {
  /// The product of non-negative extents; nil where it passes 64 bits. A zero anywhere makes it zero.
  static func product(_ extents: [Int]) -> Int? {
    if extents.contains(0) { return 0 }
    var product = 1
    for extent in extents {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      product = next
    }
    return product
  }
}
