import CConvolutionKernels

/// The door to Winograd: which images it computes, and how a ``Plan`` hands over its operands.
enum WinogradRoom {
  /// The tile that serves an image best, from its geometry and the precision alone; `nil` where another algorithm does
  /// better.
  static func automaticTile<Scalar>(
    for image: ImageGeometry, scalar: Scalar.Type, precision: Precision
  ) -> WinogradTile? {
    guard scalar == Float.self else { return nil }
    guard min(image.inputChannelsPerGroup, image.outputChannelsPerGroup) >= fewestChannels else { return nil }
    let tiles = (precision == .strict ? [.two] : [.two, .three, .four]).filter {
      WinogradConvolution.obstacle(in: image, tile: $0) == nil
    }
    let costs = tiles.map { WinogradCost.products(image, tile: $0) }
    guard let least = costs.min(), 10 * least < 9 * WinogradCost.products(image) else { return nil }
    return tiles[costs.firstIndex(of: least)!]
  }

  /// The tile of a forced algorithm.
  ///
  /// - Throws: ``ConvolutionError/algorithmUnavailable(_:reason:)``.
  static func forcedTile<Scalar>(
    _ algorithm: ConvolutionAlgorithm, for image: ImageGeometry, scalar: Scalar.Type, precision: Precision
  ) throws(ConvolutionError) -> WinogradTile {
    if scalar != Float.self { throw .algorithmUnavailable(algorithm, reason: "it expects Float") }
    let tile: WinogradTile = algorithm == .winograd2x2 ? .two : .four
    if let obstacle = WinogradConvolution.obstacle(in: image, tile: tile) {
      throw .algorithmUnavailable(algorithm, reason: obstacle)
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

  /// A sum over fewer channels can be driven past the error that is promised: one channel and F(2×2) to 22 units.
  private static let fewestForcedChannels = 4
}

extension WinogradRoom {
  /// Computes the output, or returns false where the weight is not finite, since its infinities would spread, or where most of its
  /// filters do not suit tiles.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  static func forward<Scalar: ConvolutionScalar>(
    _ image: ImageGeometry, _ operands: ForwardOperands<Scalar>, tile: WinogradTile,
    instructionSet: ConvolutionInstructionSet = Processor.instructionSet
  ) throws(ConvolutionError) -> Bool {
    unsafe try run(
      WinogradConvolution(image, tile: tile), weight: operands.weight, input: operands.input, bias: operands.bias,
      output: operands.output, batch: operands.batch, threads: operands.threads, keptFilters: operands.keptFilters,
      instructionSet: instructionSet)
  }

  /// Computes the gradient of the input, or returns false where that is no such convolution or the weight does not suit it.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  static func inputGradient<Scalar: ConvolutionScalar>(
    _ image: ImageGeometry, _ operands: BackwardOperands<Scalar>, tile: WinogradTile,
    instructionSet: ConvolutionInstructionSet = Processor.instructionSet
  ) throws(ConvolutionError) -> Bool {
    guard let convolution = WinogradConvolution(inputGradientOf: image, tile: tile) else { return false }
    return unsafe try run(
      convolution, weight: operands.weight, input: operands.outputGradient, bias: nil, output: operands.result,
      batch: operands.batch, threads: operands.threads, keptFilters: operands.keptFilters,
      instructionSet: instructionSet)
  }

  /// Computes the gradient of the weight, or returns false where the sums do not fit the workspace, some would be lost
  /// in rounding, or one is not finite: by the definition others next to it may be.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  static func weightGradient<Scalar: ConvolutionScalar>(
    _ image: ImageGeometry, _ operands: BackwardOperands<Scalar>, tile: WinogradTile,
    instructionSet: ConvolutionInstructionSet = Processor.instructionSet
  ) throws(ConvolutionError) -> Bool {
    let result = unsafe UnsafeMutableRawPointer(operands.result).assumingMemoryBound(to: Float.self)
    let gradient = unsafe WinogradWeightGradient(
      convolution: WinogradConvolution(image, tile: tile), input: floats(operands.input),
      outputGradient: floats(operands.outputGradient), result: result, batch: operands.batch,
      threads: operands.threads, instructionSet: instructionSet)
    guard gradient.tapsReadInput, gradient.fitsWorkspace, try gradient.run() else { return false }
    return unsafe UnsafeBufferPointer(start: result, count: image.outputChannels * image.reduction).isFinite
  }

  private static func run<Scalar: ConvolutionScalar>(
    _ convolution: WinogradConvolution, weight: UnsafePointer<Scalar>, input: UnsafePointer<Scalar>,
    bias: UnsafePointer<Scalar>?, output: UnsafeMutablePointer<Scalar>, batch: Int, threads: Int,
    keptFilters: KeptFilters, instructionSet: ConvolutionInstructionSet
  ) throws(ConvolutionError) -> Bool {
    let filters = unsafe WinogradFilters(
      convolution: convolution, weight: floats(weight), instructionSet: instructionSet)
    let count = convolution.groups * convolution.outputChannels * convolution.inputChannels * 9
    let scalars = unsafe UnsafeBufferPointer(start: weight, count: count)
    guard keptFilters.isFinite(examine: { unsafe scalars.isFinite }) else { return false }
    return unsafe try Winograd(
      convolution: convolution, filters: filters, input: floats(input), bias: bias.map { unsafe floats($0) },
      output: UnsafeMutableRawPointer(output).assumingMemoryBound(to: Float.self), batch: batch, threads: threads
    ).run(keptFilters: keptFilters)
  }

  /// A plan chooses Winograd for no other scalars.
  private static func floats<Scalar>(_ pointer: UnsafePointer<Scalar>) -> UnsafePointer<Float> {
    unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: Float.self)
  }
}
