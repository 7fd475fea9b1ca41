/// Which images are computed without im2col, straight from the input: by the depthwise kernel or by the direct one.
enum DirectRoom {
  /// The kernel that serves an image best, from its geometry alone; `nil` where another algorithm does better.
  static func automatic<Scalar>(for image: ImageGeometry, scalar: Scalar.Type) -> Plan.Room? {
    let scalarSize = MemoryLayout<Scalar>.stride
    if DepthwiseShape.obstacle(in: image, scalarSize: scalarSize) == nil { return .depthwise }
    guard hasFewChannels(image), DirectShape.obstacle(in: image, scalarSize: scalarSize) == nil else { return nil }
    return .direct
  }

  /// - Throws: ``ConvolutionError/algorithmUnavailable(_:reason:)`` when neither kernel can compute the image.
  static func forced<Scalar>(for image: ImageGeometry, scalar: Scalar.Type) throws(ConvolutionError) -> Plan.Room {
    let scalarSize = MemoryLayout<Scalar>.stride
    if DepthwiseShape.obstacle(in: image, scalarSize: scalarSize) == nil { return .depthwise }
    if let obstacle = DirectShape.obstacle(in: image, scalarSize: scalarSize) {
      throw .algorithmUnavailable(.direct, reason: obstacle)
    }
    return .direct
  }

  /// Whether a group has too few channels for a matrix product to pay for im2col.
  private static func hasFewChannels(_ image: ImageGeometry) -> Bool {
    image.taps > 1 && image.inputChannelsPerGroup <= (image.groups > 1 ? 16 : 4)
  }
}
