/// Which images are computed without im2col, straight from the input, and by which kernel.
enum DirectRoom {
  /// The kernel that serves an image best, from its geometry alone; `nil` where another algorithm does better.
  static func automatic<Scalar: ConvolutionScalar>(for image: ImageGeometry, scalar: Scalar.Type) -> Plan.Room? {
    try? forced(for: image, scalar: scalar)
  }

  /// - Throws: ``ConvolutionError/algorithmUnavailable(_:reason:)`` when no kernel can compute the image.
  static func forced<Scalar: ConvolutionScalar>(for image: ImageGeometry, scalar: Scalar.Type) throws(ConvolutionError)
    -> Plan.Room
  {
    if let obstacle = image.obstacleToKernels { throw .algorithmUnavailable(.direct, reason: obstacle) }
    let scalarSize = MemoryLayout<Scalar>.stride
    if DepthwiseShape.obstacle(in: image, scalarSize: scalarSize) == nil { return .depthwise }
    if prefersProduct(image), ProductShape.obstacle(in: image, scalarSize: scalarSize) == nil { return .product }
    if prefersDense(image), DenseShape.obstacle(in: image, scalarSize: scalarSize) == nil { return .dense }
    if let obstacle = DirectShape.obstacle(in: image, scalarSize: scalarSize) {
      throw .algorithmUnavailable(.direct, reason: obstacle)
    }
    return .direct
  }

  /// Whether to bring what the taps read side by side for a product: no scalar is read by several taps, or taps on padding
  /// are so many that leaving them out pays for it.
  private static func prefersProduct(_ image: ImageGeometry) -> Bool {
    if image.taps == 1 { return true }
    guard image.outputChannelsPerGroup >= 64, image.inputChannelsPerGroup >= 16 else { return false }
    let sharesNothing = image.rows.kernel <= image.rows.stride && image.columns.kernel <= image.columns.stride
    return sharesNothing || DenseSegments(image).share < 0.75
  }

  /// Whether output channels fill the lanes better than output pixels: there must be enough of them for a panel, and of
  /// input channels to pay for bringing them side by side. Pixels of wide maps make that dearer.
  private static func prefersDense(_ image: ImageGeometry) -> Bool {
    let isWide = image.columns.output >= 24 && image.columns.dilation == 1
    return image.outputChannelsPerGroup >= 16 && image.inputChannelsPerGroup > (isWide ? 32 : 16)
  }
}
