/// Which algorithm computes an image, chosen by the image's geometry, the scalar type and the precision alone: never by
/// the batch, the threads or what is cached, so that one layer has one algorithm.
struct Plan: Sendable, Hashable {
  /// The algorithms, each a room of its own with the same door: an image's geometry and ``ForwardOperands``.
  enum Room: Sendable, Hashable {
    case im2col
    case winograd(WinogradTile)
    case depthwise
    case direct
    case dense
    case product
  }

  let image: ImageGeometry
  let room: Room

  /// - Throws: ``ConvolutionError/algorithmUnavailable(_:reason:)`` when a forced algorithm cannot serve this image.
  init<Scalar: ConvolutionScalar>(
    _ image: ImageGeometry, scalar: Scalar.Type, algorithm: ConvolutionAlgorithm, precision: Precision
  ) throws(ConvolutionError) {
    self.image = image
    switch algorithm {
    case .automatic:
      let tile = WinogradRoom.automaticTile(for: image, scalar: scalar, precision: precision)
      room = tile.map(Room.winograd) ?? DirectRoom.automatic(for: image, scalar: scalar) ?? .im2col
    case .im2col: room = .im2col
    case .winograd2x2, .winograd4x4:
      room = .winograd(
        try WinogradRoom.forcedTile(algorithm, for: image, scalar: scalar, precision: precision))
    case .direct: room = try DirectRoom.forced(for: image, scalar: scalar)
    }
  }

  /// Computes every image of the operands.
  ///
  /// Specialised here, at the one door between generic callers and the kernels.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func forward<Scalar: ConvolutionScalar>(_ operands: ForwardOperands<Scalar>) throws(ConvolutionError) {
    switch room {
    case .im2col: try Im2colForward(image, operands).run()
    case .winograd(let tile):
      if try !WinogradRoom.forward(image, operands, tile: tile) { try Im2colForward(image, operands).run() }
    case .depthwise: try DepthwiseForward(image, operands).run()
    case .direct: try DirectForward(image: image, operands: operands).run()
    case .dense: try DenseForward(image: image, operands: operands).run()
    case .product: try ProductForward(image: image, operands: operands).run()
    }
  }
}

extension Plan {
  /// Writes the gradient of the input, `batch` images of `[C, H, W]`.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func inputGradient<Scalar: ConvolutionScalar>(_ operands: BackwardOperands<Scalar>) throws(ConvolutionError) {
    switch room {
    case .depthwise where DepthwiseGradients<Scalar>.serves(image):
      try DepthwiseGradients(image: image, operands: operands).inputGradient()
    case .im2col, .depthwise, .direct, .dense, .product: try Im2colInputGradient(image, operands).run()
    case .winograd(let tile):
      if try !WinogradRoom.inputGradient(image, operands, tile: tile) { try Im2colInputGradient(image, operands).run() }
    }
  }

  /// Writes the gradient of the weight, `[O, I / groups, kH, kW]`, summed over the batch.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func weightGradient<Scalar: ConvolutionScalar>(_ operands: BackwardOperands<Scalar>) throws(ConvolutionError) {
    switch room {
    case .depthwise where DepthwiseGradients<Scalar>.serves(image):
      if try !DepthwiseGradients(image: image, operands: operands).weightGradient() {
        try Im2colWeightGradient(image, operands).run()
      }
    case .im2col, .depthwise, .direct, .dense, .product: try Im2colWeightGradient(image, operands).run()
    case .winograd(let tile):
      if try !WinogradRoom.weightGradient(image, operands, tile: tile) {
        try Im2colWeightGradient(image, operands).run()
      }
    }
  }

  /// Writes the gradient of the bias, `[O]`, summed over the batch and the output's pixels.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func biasGradient<Scalar: ConvolutionScalar>(_ operands: BackwardOperands<Scalar>) {
    unsafe BiasGradient(image: image, outputGradient: operands.outputGradient, batch: operands.batch)
      .sum(into: operands.result, threads: operands.threads)
  }
}
