/// One convolution with its weights at hand: what the layer and the functional `conv2d`
/// both come down to. Checks everything, then hands pointers to a ``Plan``.
struct ConvolutionCall<Scalar: ConvolutionScalar> {
  let configuration: ConvolutionConfiguration
  let weight: Tensor<Scalar>
  let bias: Tensor<Scalar>?
  let derivedWeights: DerivedWeights
  let device: Device
  let algorithm: ConvolutionAlgorithm
  let precision: Precision

  /// The output for an input `[N, C, H, W]` or `[C, H, W]`.
  func forward(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    let geometry = try geometry(for: input)
    let plan = try plan(for: geometry)
    var output = try Tensor<Scalar>(uninitialized: geometry.outputShape)
    try run(plan, input, geometry, into: &output)
    return output
  }

  /// Writes the output into a tensor of its shape.
  func forward(_ input: Tensor<Scalar>, into output: inout Tensor<Scalar>) throws(ConvolutionError) {
    let geometry = try geometry(for: input)
    guard output.shape == geometry.outputShape else {
      throw .shapeMismatch(name: "output", expected: "\(geometry.outputShape)", actual: output.shape)
    }
    let plan = try plan(for: geometry)
    if output.isUnique {
      try run(plan, input, geometry, into: &output)
    } else {
      // Its scalars will all be overwritten: memory of its own is enough, a copy is not needed.
      var fresh = try Tensor<Scalar>(uninitialized: geometry.outputShape)
      try run(plan, input, geometry, into: &fresh)
      output = fresh
    }
  }

  /// The gradients that `targets` names; zeros for an empty batch.
  func gradients(
    of outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws(ConvolutionError) -> Conv2dGradients<Scalar> {
    let geometry = try geometry(for: input)
    guard outputGradient.shape == geometry.outputShape else {
      throw .shapeMismatch(name: "outputGradient", expected: "\(geometry.outputShape)", actual: outputGradient.shape)
    }
    let plan = try plan(for: geometry)
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

  private func geometry(for input: Tensor<Scalar>) throws(ConvolutionError) -> Geometry {
    try configuration.check(weightShape: weight.shape, biasShape: bias?.shape)
    return try Geometry(configuration, inputShape: input.shape, of: Scalar.self)
  }

  private func plan(for geometry: Geometry) throws(ConvolutionError) -> Plan {
    try Plan(geometry.image, scalar: Scalar.self, algorithm: algorithm, precision: precision)
  }

  private func run(
    _ plan: Plan, _ input: Tensor<Scalar>, _ geometry: Geometry, into output: inout Tensor<Scalar>
  ) throws(ConvolutionError) {
    guard geometry.batch > 0 else { return }
    try output.withUnsafeMutableBufferPointer { output throws(ConvolutionError) in
      try input.withUnsafeBufferPointer { input throws(ConvolutionError) in
        try weight.withUnsafeBufferPointer { weight throws(ConvolutionError) in
          func forward(bias: UnsafePointer<Scalar>?) throws(ConvolutionError) {
            unsafe try plan.forward(
              ForwardOperands(
                input: input.baseAddress!, weight: weight.baseAddress!, bias: bias, output: output.baseAddress!,
                batch: geometry.batch, threads: device.threads, derivedWeights: derivedWeights))
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
