import CConvolutionKernels

/// What a layer computes by a plan: a convolution, or a transposed one. That is the gradient of a convolution's input,
/// finished; so the forward pass and the gradient of the input change places, and so do input and output's gradient where the
/// gradient of the weight is summed.
struct LayerPlan: Sendable {
  private let plan: Plan
  private let isTransposed: Bool

  /// - Throws: ``ConvolutionError/algorithmUnavailable(_:reason:)`` when a forced algorithm cannot serve the layer.
  init<Scalar: ConvolutionScalar>(
    _ geometry: Geometry, scalar: Scalar.Type, algorithm: ConvolutionAlgorithm, precision: Precision,
    level: ConvolutionInstructionSet = Processor.instructionSet
  ) throws(ConvolutionError) {
    plan = try Plan(geometry.image, scalar: scalar, algorithm: algorithm, precision: precision, level: level)
    isTransposed = geometry.isTransposed
    if isTransposed, algorithm == .winograd2x2 || algorithm == .winograd4x4 {
      if case .winograd = plan.inputGradient { return }
      throw .algorithmUnavailable(
        algorithm,
        reason: max(geometry.image.rows.stride, geometry.image.columns.stride) > 1
          ? "it expects stride 1 of a transposed convolution"
          : "it expects a dilation smaller than the output, and tiles that fit the workspace")
    }
  }

  var level: ConvolutionInstructionSet { plan.level }

  /// What serves where filters do not suit tiles.
  var implicitGemm: ImplicitGemm { plan.implicitGemm }
  var implicitGemmInputGradient: ImplicitGemmInputGradient { plan.implicitGemmInputGradient }

  /// What computes the output.
  enum Prepared {
    case forward(Plan.Pass<ImplicitGemm>)
    case inputGradient(Plan.Pass<ImplicitGemmInputGradient>)
  }

  var prepared: Prepared { isTransposed ? .inputGradient(plan.inputGradient) : .forward(plan.forward) }

  /// Computes every image of the operands.
  ///
  /// - Parameter prepared: ``prepared``, made before.
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func forward<Scalar: ConvolutionScalar>(
    _ operands: ForwardOperands<Scalar>, by prepared: Prepared
  ) throws(ConvolutionError) {
    switch prepared {
    case .forward(let pass): try plan.forward(operands, by: pass)
    case .inputGradient(let pass):
      try plan.inputGradient(
        unsafe BackwardOperands(
          outputGradient: operands.input, input: UnsafePointer(operands.output), weight: operands.weight,
          epilogue: operands.epilogue, result: operands.output, batch: operands.batch, threads: operands.threads,
          derivedWeights: operands.derivedWeights), by: pass)
    }
  }

  /// Writes the gradient of the input.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  func inputGradient<Scalar: ConvolutionScalar>(_ operands: BackwardOperands<Scalar>) throws(ConvolutionError) {
    guard isTransposed else { return try plan.inputGradient(operands, by: plan.inputGradient) }
    try plan.forward(
      unsafe ForwardOperands(
        input: operands.outputGradient, weight: operands.weight, epilogue: operands.epilogue, output: operands.result,
        batch: operands.batch, threads: operands.threads, derivedWeights: operands.derivedWeights), by: plan.forward)
  }

  /// Writes the gradient of the weight, summed over the batch.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  func weightGradient<Scalar: ConvolutionScalar>(_ operands: BackwardOperands<Scalar>) throws(ConvolutionError) {
    var operands = operands
    if isTransposed {
      unsafe (operands.input, operands.outputGradient) = (operands.outputGradient, operands.input)
    }
    try plan.weightGradient(operands)
  }

  /// Writes the gradient of the bias, summed over the batch and the output's pixels.
  func biasGradient<Scalar: ConvolutionScalar>(_ operands: BackwardOperands<Scalar>) {
    let image = plan.image
    unsafe BiasGradient(
      channels: isTransposed ? image.inputChannels : image.outputChannels,
      pixels: isTransposed ? image.inputPixels : image.outputPixels, outputGradient: operands.outputGradient,
      batch: operands.batch, level: level
    ).sum(into: operands.result, threads: operands.threads)
  }
}

extension LayerPlan {
  /// What a forward pass of a batch costs, without the output.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``, or
  ///   ``ConvolutionError/sizeOverflow(name:operands:)`` where filters cannot be counted in 64 bits.
  func cost<Scalar: ConvolutionScalar>(
    batch: Int, threads: Int, of scalar: Scalar.Type
  ) throws(ConvolutionError) -> PlanCost {
    try isTransposed
      ? plan.inputGradientCost(batch: batch, threads: threads, of: scalar)
      : plan.forwardCost(batch: batch, threads: threads, of: scalar)
  }
}
