import CConvolutionKernels

/// The entry point to Winograd: which images it computes, and how a ``Plan`` hands over its operands.
enum WinogradRoom {
  /// The tile that serves an image best, from its geometry and the precision alone; `nil` where another algorithm does
  /// better, or where the precision is strict: no bound is proved of any tile.
  static func automaticTile<Scalar>(
    for image: ImageGeometry, scalar: Scalar.Type, precision: Precision
  ) -> WinogradTile? {
    guard scalar == Float.self, precision == .standard else { return nil }
    guard min(image.inputChannelsPerGroup, image.outputChannelsPerGroup) >= fewestChannels else { return nil }
    let tiles = [WinogradTile.two, .three, .four].filter {
      WinogradConvolution.unsupportedReason(for: image, tile: $0) == nil
    }
    let costs = tiles.map { WinogradCost.products(image, tile: $0) }
    guard let least = costs.min(), 10 * least < 9 * WinogradCost.products(image) else { return nil }
    return tiles[costs.firstIndex(of: least)!]
  }

  /// The input gradient of an image whose outputs have phases, where that is the best; as ``automaticTile(for:scalar:precision:)``.
  static func automaticPhases(
    for image: ImageGeometry, scalarSize: Int, precision: Precision
  ) -> WinogradConvolution? {
    guard scalarSize == MemoryLayout<Float>.stride, precision == .standard,
      image.inputChannelsPerGroup >= fewestChannels, image.outputChannelsPerGroup >= fewestChannelsOfPhases,
      let convolution = WinogradConvolution(phasesOf: image)
    else { return nil }
    let isLess = 10 * WinogradCost.products(ofPhases: convolution) < 9 * WinogradCost.productsOfInputGradient(image)
    return isLess ? convolution : nil
  }

  /// The tile of a forced algorithm.
  ///
  /// - Throws: ``ConvolutionError/algorithmUnavailable(_:reason:)``.
  static func forcedTile<Scalar>(
    _ algorithm: ConvolutionAlgorithm, for image: ImageGeometry, scalar: Scalar.Type, precision: Precision
  ) throws(ConvolutionError) -> WinogradTile {
    if scalar != Float.self { throw .algorithmUnavailable(algorithm, reason: "it expects Float") }
    let tile: WinogradTile = algorithm == .winograd2x2 ? .two : .four
    if let reason = WinogradConvolution.unsupportedReason(for: image, tile: tile) {
      throw .algorithmUnavailable(algorithm, reason: reason)
    }
    if min(image.inputChannelsPerGroup, image.outputChannelsPerGroup) < fewestForcedChannels {
      throw .algorithmUnavailable(algorithm, reason: "it expects \(fewestForcedChannels) channels or more in a group")
    }
    if tile == .four, precision == .strict {
      throw .algorithmUnavailable(algorithm, reason: "it expects precision standard")
    }
    return tile
  }

  /// Fewer channels do not fill the vectors, and the transforms would take longer than the products they save.
  private static let fewestChannels = 16

  /// Of the input of two by two taps: outputs at the edge of a map read half as many values, and would all be summed by the
  /// definition.
  private static let fewestChannelsOfPhases = 32

  /// A sum over fewer channels can be driven past the error that is promised: one channel and F(2×2) to 22 units.
  private static let fewestForcedChannels = 4
}

extension WinogradRoom {
  /// Computes the output, or returns false where most of the filters do not suit tiles; the weight must be
  /// finite, since infinities would spread.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  static func forward<Scalar: ConvolutionScalar>(
    _ convolution: WinogradConvolution, _ operands: ForwardOperands<Scalar>, level: ConvolutionInstructionSet
  ) throws(ConvolutionError) -> Bool {
    unsafe try run(
      convolution, weight: operands.weight, input: operands.input, epilogue: operands.epilogue, output: operands.output,
      batch: operands.batch, threads: operands.threads, derivedWeights: operands.derivedWeights, level: level)
  }

  /// Computes the gradient of the input, by the convolution that it is, or returns false where most of the filters do not suit
  /// tiles; the weight is finite.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  static func inputGradient<Scalar: ConvolutionScalar>(
    _ convolution: WinogradConvolution, _ operands: BackwardOperands<Scalar>, level: ConvolutionInstructionSet
  ) throws(ConvolutionError) -> Bool {
    unsafe try run(
      convolution, weight: operands.weight, input: operands.outputGradient, epilogue: operands.epilogue,
      output: operands.result, batch: operands.batch, threads: operands.threads,
      derivedWeights: operands.derivedWeights, level: level)
  }

  /// Computes the gradient of the weight, or returns false where some sums would be lost in rounding, or one is not finite: by
  /// the definition others next to it may be.
  ///
  /// - Parameter isForced: Whether tiles are taken where they are not worthwhile as well.
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  static func weightGradient<Scalar: ConvolutionScalar>(
    _ convolution: WinogradConvolution, _ operands: BackwardOperands<Scalar>, isForced: Bool,
    level: ConvolutionInstructionSet
  ) throws(ConvolutionError) -> Bool {
    let result = unsafe floats(operands.result)
    let gradient = unsafe WinogradWeightGradient(
      convolution: convolution, input: floats(operands.input), outputGradient: floats(operands.outputGradient),
      result: result, batch: operands.batch, threads: operands.threads, level: level)
    let isExact =
      gradient.isSparse ? try gradient.runSparse() : isForced || gradient.isWorthwhile ? try gradient.run() : false
    let count = convolution.groups * convolution.outputChannels * convolution.inputChannels * convolution.weights
    return unsafe isExact && UnsafeBufferPointer(start: result, count: count).isFinite
  }

  private static func run<Scalar: ConvolutionScalar>(
    _ convolution: WinogradConvolution, weight: UnsafePointer<Scalar>, input: UnsafePointer<Scalar>,
    epilogue: Epilogue<Scalar>, output: UnsafeMutablePointer<Scalar>, batch: Int, threads: Int,
    derivedWeights: DerivedWeights, level: ConvolutionInstructionSet
  ) throws(ConvolutionError) -> Bool {
    unsafe try Winograd(
      convolution: convolution,
      filters: filters(convolution, weight, level: level), input: floats(input),
      epilogue: floats(epilogue), output: floats(output), batch: batch, threads: threads
    ).run(derivedWeights: derivedWeights)
  }

  @safe static func filters<Scalar>(
    _ convolution: WinogradConvolution, _ weight: UnsafePointer<Scalar>, level: ConvolutionInstructionSet
  ) -> WinogradFilters {
    unsafe WinogradFilters(convolution: convolution, weight: floats(weight), level: level)
  }

  /// A plan chooses Winograd for no other scalars.
  static func floats<Scalar>(_ pointer: UnsafePointer<Scalar>) -> UnsafePointer<Float> {
    unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: Float.self)
  }

  static func floats<Scalar>(_ pointer: UnsafeMutablePointer<Scalar>) -> UnsafeMutablePointer<Float> {
    unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Float.self)
  }

  static func floats<Scalar>(_ epilogue: Epilogue<Scalar>) -> Epilogue<Float> {
    unsafe Epilogue(
      bias: epilogue.bias.map { unsafe floats($0) }, residual: epilogue.residual.map { unsafe floats($0) },
      slopes: epilogue.slopes.map { unsafe floats($0) }, activation: epilogue.activation)
  }
}
