import CConvolutionKernels

/// Which family of algorithms serves an image, chosen by the image's geometry, the scalar type, the precision and the level
/// alone: never by the batch, the threads or what is cached, so that an image has the same result alone and in a batch.
struct Plan: Sendable {
  enum Family: Sendable, Hashable {
    case im2col
    case winograd(WinogradTile)
    /// Depthwise kernels where they serve, implicit GEMM elsewhere.
    case direct
  }

  let image: ImageGeometry
  let family: Family
  let level: ConvolutionInstructionSet
  let scalarSize: Int
  private let precision: Precision
  private let isAutomatic: Bool

  /// - Throws: ``ConvolutionError/algorithmUnavailable(_:reason:)`` when a forced algorithm cannot serve this image.
  init<Scalar: ConvolutionScalar>(
    _ image: ImageGeometry, scalar: Scalar.Type, algorithm: ConvolutionAlgorithm, precision: Precision,
    level: ConvolutionInstructionSet = Processor.instructionSet
  ) throws(ConvolutionError) {
    self.image = image
    self.level = level
    scalarSize = MemoryLayout<Scalar>.stride
    self.precision = precision
    isAutomatic = algorithm == .automatic
    switch algorithm {
    case .automatic:
      let tile = WinogradRoom.automaticTile(for: image, scalar: scalar, precision: precision)
      family = tile.map(Family.winograd) ?? (image.unsupportedReason == nil ? .direct : .im2col)
    case .im2col: family = .im2col
    case .winograd2x2, .winograd4x4:
      family = .winograd(try WinogradRoom.forcedTile(algorithm, for: image, scalar: scalar, precision: precision))
    case .direct:
      if let reason = image.unsupportedReason { throw .algorithmUnavailable(algorithm, reason: reason) }
      family = .direct
    }
  }

  /// Scalars of the weight.
  private var weightCount: Int { image.outputChannels * image.reduction }
}

extension Plan {
  /// The algorithm of a pass, prepared.
  enum Pass<Gemm: Sendable>: Sendable {
    case im2col
    case winograd(WinogradConvolution)
    case depthwise357(Depthwise357)
    case implicitGemm(Gemm)
  }

  var forward: Pass<ImplicitGemm> {
    switch family {
    case .im2col: .im2col
    case .winograd(let tile): .winograd(WinogradConvolution(image, tile: tile))
    case .direct:
      if let depthwise {
        .depthwise357(depthwise)
      } else {
        .implicitGemm(implicitGemm)
      }
    }
  }

  /// The kernels of depthwise layers, where they serve.
  private var depthwise: Depthwise357? { Depthwise357(image, level: level, precision: precision) }

  /// What computes an output that no other algorithm does.
  var implicitGemm: ImplicitGemm {
    ImplicitGemm(image, scalarSize: scalarSize, level: level, precision: precision)
  }

  /// Computes every image of the operands by ``forward``.
  ///
  /// Specialised here, at the one entry between generic callers and the kernels. An infinite weight would spread over a
  /// transformed tile, and where taps on padding are left out there is no zero that it is multiplied by: im2col then. Masked
  /// filters do not suit tiles: implicit GEMM.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func forward<Scalar: ConvolutionScalar>(
    _ operands: ForwardOperands<Scalar>, by pass: Pass<ImplicitGemm>
  ) throws(ConvolutionError) {
    let isFinite = { unsafe operands.derivedWeights.isFinite(operands.weight, count: weightCount) }
    switch pass {
    case .winograd(let convolution) where isFinite():
      if try !WinogradRoom.forward(convolution, operands, level: level) {
        try implicitGemm.run(operands)
      }
    case .depthwise357(let depthwise): try depthwise.forward(operands)
    case .implicitGemm(let gemm) where !gemm.needsFiniteWeight || isFinite(): try gemm.run(operands)
    default: try Im2colForward(image, operands, level: level).run()
    }
  }
}

extension Plan {
  var inputGradient: Pass<ImplicitGemmInputGradient> {
    if family == .im2col { return .im2col }
    if case .winograd(let tile) = family, let adjoint = WinogradConvolution(inputGradientOf: image, tile: tile) {
      return .winograd(adjoint)
    }
    if isAutomatic,
      let phases = WinogradRoom.automaticPhases(for: image, scalarSize: scalarSize, precision: precision)
    {
      return .winograd(phases)
    }
    if let depthwise, depthwise.hasInputGradient { return .depthwise357(depthwise) }
    guard ImplicitGemmInputGradient.unsupportedReason(for: image, scalarSize: scalarSize) == nil else { return .im2col }
    return .implicitGemm(implicitGemmInputGradient)
  }

  var implicitGemmInputGradient: ImplicitGemmInputGradient {
    ImplicitGemmInputGradient(image, scalarSize: scalarSize, level: level, precision: precision)
  }

  /// Writes the gradient of the input, `batch` images of `[C, H, W]`, by ``inputGradient``, and finishes it. Beyond the output's edge the kernels
  /// multiply by zeros, and the definition has no such products: im2col where a weight is not finite.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func inputGradient<Scalar: ConvolutionScalar>(
    _ operands: BackwardOperands<Scalar>, by pass: Pass<ImplicitGemmInputGradient>
  ) throws(ConvolutionError) {
    let isFinite = { unsafe operands.derivedWeights.isFinite(operands.weight, count: weightCount) }
    switch pass {
    case .winograd(let convolution) where isFinite():
      if try !WinogradRoom.inputGradient(convolution, operands, level: level) {
        try implicitGemmInputGradient.run(operands)
      }
    case .depthwise357(let depthwise) where isFinite(): try depthwise.inputGradient(operands)
    case .implicitGemm(let gemm) where !gemm.needsFiniteWeight || isFinite(): try gemm.run(operands)
    default:
      try Im2colInputGradient(image, operands).run()
      operands.finish(image, level: level)
    }
  }
}

extension Plan {
  var weightGradient: Pass<ImplicitGemmWeightGradient> {
    if family == .im2col { return .im2col }
    if case .winograd(let tile) = family {
      let convolution = WinogradConvolution(image, tile: tile)
      if WinogradWeightGradient.tapsReadInput(convolution),
        WinogradWeightGradient.fitsWorkspace(convolution, level: level)
      {
        return .winograd(convolution)
      }
    }
    if let depthwise { return .depthwise357(depthwise) }
    let reason = ImplicitGemmWeightGradient.unsupportedReason(for: image, scalarSize: scalarSize, level: level)
    return reason == nil ? .implicitGemm(implicitGemmWeightGradient) : .im2col
  }

  private var implicitGemmWeightGradient: ImplicitGemmWeightGradient {
    ImplicitGemmWeightGradient(image, scalarSize: scalarSize, level: level, precision: precision)
  }

  /// Writes the gradient of the weight, `[O, I / groups, kH, kW]`, summed over the batch. A transform spreads what is not
  /// finite, or far larger than the rest, over a filter: implicit GEMM then.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func weightGradient<Scalar: ConvolutionScalar>(_ operands: BackwardOperands<Scalar>) throws(ConvolutionError) {
    switch weightGradient {
    case .winograd(let convolution):
      if try !WinogradRoom.weightGradient(convolution, operands, isForced: !isAutomatic, level: level) {
        try implicitGemmWeightGradient.run(operands)
      }
    case .depthwise357(let depthwise): try depthwise.weightGradient(operands)
    case .implicitGemm(let gemm): try gemm.run(operands)
    case .im2col: try Im2colWeightGradient(image, operands).run()
    }
  }
}
