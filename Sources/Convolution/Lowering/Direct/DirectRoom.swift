/// Which images are computed without im2col, straight from the input, and by which kernel.
enum DirectRoom {
  /// The kernel that serves an image best, from its geometry alone; `nil` where another algorithm does better.
  static func automatic<Scalar>(for image: ImageGeometry, scalar: Scalar.Type) -> Plan.Room? {
    // A single tap needs no im2col to speak of, and OpenBLAS multiplies faster.
    if image.taps == 1 && image.inputChannelsPerGroup > 1 { return nil }
    return try? forced(for: image, scalar: scalar)
  }

  /// - Throws: ``ConvolutionError/algorithmUnavailable(_:reason:)`` when no kernel can compute the image.
  static func forced<Scalar>(for image: ImageGeometry, scalar: Scalar.Type) throws(ConvolutionError) -> Plan.Room {
    let scalarSize = MemoryLayout<Scalar>.stride
    if DepthwiseShape.obstacle(in: image, scalarSize: scalarSize) == nil { return .depthwise }
    if prefersDense(image), DenseShape.obstacle(in: image, scalarSize: scalarSize) == nil { return .dense }
    if let obstacle = DirectShape.obstacle(in: image, scalarSize: scalarSize) {
      throw .algorithmUnavailable(.direct, reason: obstacle)
    }
    return .direct
  }

  /// Whether output channels fill the lanes better than output pixels: there must be enough of them for a panel, and of
  /// input channels to pay for bringing them side by side. Pixels of wide maps make that dearer.
  private static func prefersDense(_ image: ImageGeometry) -> Bool {
    let isWide = image.columns.output >= 24 && image.columns.dilation == 1
    return image.outputChannelsPerGroup >= 16 && image.inputChannelsPerGroup > (isWide ? 32 : 16)
  }
}
