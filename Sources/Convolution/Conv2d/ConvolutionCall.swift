/// One convolution, or transposed convolution, with its weights at hand: what layers and functional forms call in the end.
/// Checks everything, then hands pointers to a ``LayerPlan``.
package struct ConvolutionCall<Scalar: ConvolutionScalar>: Sendable {
  let configuration: ConvolutionConfiguration
  package internal(set) var weight: Tensor<Scalar>
  package private(set) var bias: Tensor<Scalar>?
  var derivedWeights: DerivedWeights
  package let device: Device
  let algorithm: ConvolutionAlgorithm
  let precision: Precision

  /// The output for an input `[N, C, H, W]` or `[C, H, W]`.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func forward(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    let plan = try plan(for: input.shape)
    var output = try Tensor<Scalar>(uninitialized: plan.geometry.outputShape)
    try run(plan, input, into: &output)
    return output
  }

  /// Writes the output into a tensor of its shape.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func forward(_ input: Tensor<Scalar>, into output: inout Tensor<Scalar>) throws(ConvolutionError) {
    let plan = try plan(for: input.shape)
    let expected = plan.geometry.outputShape
    guard output.shape == expected else {
      throw .shapeMismatch(name: "output", expected: "\(expected)", actual: output.shape)
    }
    if output.isUnique {
      try run(plan, input, into: &output)
    } else {
      // Its scalars will all be overwritten: memory of its own is enough, a copy is not needed.
      var fresh = try Tensor<Scalar>(uninitialized: expected)
      try run(plan, input, into: &fresh)
      output = fresh
    }
  }

  /// The gradients that `targets` names; zeros for an empty batch.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func gradients(
    of outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws(ConvolutionError) -> Conv2dGradients<Scalar> {
    let call = try plan(for: input.shape)
    let (geometry, plan) = (call.geometry, call.plan)
    guard outputGradient.shape == geometry.outputShape else {
      throw .shapeMismatch(name: "outputGradient", expected: "\(geometry.outputShape)", actual: outputGradient.shape)
    }
    func gradient(
      _ shape: [Int], _ compute: (BackwardOperands<Scalar>) throws(ConvolutionError) -> Void
    ) throws(ConvolutionError) -> Tensor<Scalar> {
      guard geometry.batch > 0 else { return try Tensor(zeros: shape) }
      var result = try Tensor<Scalar>(uninitialized: shape)
      try result.withUnsafeMutableBufferPointer { result throws(ConvolutionError) in
        try outputGradient.withUnsafeBufferPointer { outputGradient throws(ConvolutionError) in
          try input.withUnsafeBufferPointer { input throws(ConvolutionError) in
            try weight.withUnsafeBufferPointer { weight throws(ConvolutionError) in
              unsafe try compute(
                BackwardOperands(
                  outputGradient: outputGradient.baseAddress!, input: input.baseAddress!, weight: weight.baseAddress!,
                  result: result.baseAddress!, batch: geometry.batch, threads: device.threads,
                  derivedWeights: derivedWeights)
              )
            }
          }
        }
      }
      return result
    }
    var gradients = Conv2dGradients<Scalar>()
    if targets.contains(.input) {
      gradients.input = try gradient(input.shape) { operands throws(ConvolutionError) in
        try plan.inputGradient(operands)
      }
    }
    if targets.contains(.weight) {
      gradients.weight = try gradient(weight.shape) { operands throws(ConvolutionError) in
        try plan.weightGradient(operands)
      }
    }
    if targets.contains(.bias), let bias {
      gradients.bias = try gradient(bias.shape) { plan.biasGradient($0) }
    }
    return gradients
  }

  /// What a forward pass costs.
  func cost(for inputShape: [Int]) throws(ConvolutionError) -> ConvolutionCost {
    let geometry = try Geometry(configuration, inputShape: inputShape, of: Scalar.self)
    let image = geometry.image
    let plan = try LayerPlan(geometry, scalar: Scalar.self, algorithm: algorithm, precision: precision)
    let cost = try plan.cost(batch: max(1, geometry.batch), threads: device.threads, of: Scalar.self)
    return ConvolutionCost(
      operations: try SizeArithmetic.product(
        [2, geometry.batch, image.outputSize, image.reduction], name: "operations"),
      workspaceBytes: geometry.batch == 0 ? 0 : cost.workspaceBytes,
      derivedWeightBytes: cost.derivedWeightBytes,
      outputBytes: try SizeArithmetic.byteCount(of: geometry.outputShape, Scalar.self, name: "output"),
      algorithm: cost.algorithm)
  }

  func plan(for inputShape: [Int]) throws(ConvolutionError) -> CallPlan {
    let key = CallPlan.Key(
      configuration: configuration, algorithm: algorithm, precision: precision, inputShape: inputShape,
      weightShape: weight.shape, biasShape: bias?.shape)
    return try derivedWeights.plan(for: key) { () throws(ConvolutionError) in try CallPlan(key, of: Scalar.self) }
  }

  private func run(
    _ call: CallPlan, _ input: Tensor<Scalar>, into output: inout Tensor<Scalar>
  ) throws(ConvolutionError) {
    let batch = call.geometry.batch
    guard batch > 0 else { return }
    try output.withUnsafeMutableBufferPointer { output throws(ConvolutionError) in
      try input.withUnsafeBufferPointer { input throws(ConvolutionError) in
        try weight.withUnsafeBufferPointer { weight throws(ConvolutionError) in
          func forward(bias: UnsafePointer<Scalar>?) throws(ConvolutionError) {
            unsafe try call.plan.forward(
              ForwardOperands(
                input: input.baseAddress!, weight: weight.baseAddress!, epilogue: Epilogue(bias: bias),
                output: output.baseAddress!, batch: batch, threads: device.threads, derivedWeights: derivedWeights),
              by: call.forward)
          }
          if let bias {
            try bias.withUnsafeBufferPointer { bias throws(ConvolutionError) in
              unsafe try forward(bias: bias.baseAddress)
            }
          } else {
            try forward(bias: nil)
          }
        }
      }
    }
  }
}

extension ConvolutionCall {
  /// The layer as PyTorch prints it.
  package var text: String {
    "\(configuration.outputPadding == nil ? "Conv2d" : "ConvTranspose2d")(\(configuration.words(hasBias: bias != nil)))"
  }

  /// Channels of the output.
  package var outputChannels: Int { configuration.outputChannels }

  /// The layer whose output is `scale · (output − mean) + offset` of this one's, channel by channel: the normalisation of a
  /// batch with statistics that are known, folded into weight and bias. Each is computed in Double and rounded once.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  package func folding(
    scales: [Double], means: [Double], offsets: [Double]
  ) throws(ConvolutionError) -> ConvolutionCall {
    try configuration.check(weightShape: weight.shape, biasShape: bias?.shape)
    var folded = self
    let filters = weight.shape[1]
    let taps = weight.shape[2] * weight.shape[3]
    let inputsPerGroup = configuration.inputChannels / configuration.groups
    try folded.weight.makeUnique()
    folded.weight.withUnsafeMutableBufferPointer { scalars in
      for filter in 0..<weight.shape[0] * filters {
        let (row, column) = filter.quotientAndRemainder(dividingBy: filters)
        // A transposed convolution's weight has its input channels first, and of the others those of a group.
        let channel = configuration.outputPadding == nil ? row : row / inputsPerGroup * filters + column
        for index in filter * taps..<(filter + 1) * taps {
          unsafe scalars[index] = Scalar(Double(scalars[index]) * scales[channel])
        }
      }
    }
    let biases = bias?.scalars.map { Double($0) } ?? [Double](repeating: 0, count: outputChannels)
    folded.bias = try Tensor(
      shape: [outputChannels],
      scalars: biases.indices.map { Scalar((biases[$0] - means[$0]) * scales[$0] + offsets[$0]) })
    folded.derivedWeights = DerivedWeights()
    return folded
  }
}
