import CConvolutionKernels
public import Convolution

extension BatchNorm2d {
  /// The normalised channels, of the input's shape. Nothing of the layer changes.
  ///
  /// - Throws: `ConvolutionError.shapeMismatch` for an input that is not `[N, C, H, W]`, one of a single scalar for each
  ///   channel (or none) where the batch's own statistics are needed, and for a parameter that was replaced by one of
  ///   another shape; `ConvolutionError.outOfMemory`.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  public func forward(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    let sums = try ChannelSums<Scalar>(input.shape, channels: channels)
    let statistics = try statistics(of: input, sums)
    let scales = try scales(statistics)
    let offsets = bias?.value.scalars.map { Double($0) } ?? [Double](repeating: 0, count: channels)
    return try sums.mapPlanes(input, input, device: device) { channel, start, operands in
      let statistics = statistics[channel]
      unsafe convolution_normalize(
        Processor.instructionSet, operands.scalarBytes, operands.first + start, Double(statistics.rounded),
        scales[channel], offsets[channel] - statistics.remainder * scales[channel], operands.result + start, sums.plane)
    }
  }

  /// Adds to the gradients of ``weight`` and ``bias``, moves the running statistics while ``isTraining`` is true, and
  /// returns the gradient of the input when it is asked for. When this throws, nothing has changed.
  ///
  /// With x̂ the normalised input and n the scalars of a channel:
  ///
  ///     dweight[c] = Σ dy · x̂        dbias[c] = Σ dy
  ///     dx = weight[c] / √(variance[c] + eps) · (dy − dbias[c] / n − x̂ · dweight[c] / n)
  ///
  /// where the last two terms are there if the statistics are the batch's own.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  @discardableResult
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets = .all
  ) throws(ConvolutionError) -> Tensor<Scalar>? {
    let sums = try ChannelSums<Scalar>(input.shape, channels: channels)
    try outputGradient.expectShape(input.shape)
    let statistics = try statistics(of: input, sums)
    let scales = try scales(statistics)
    let gradients = try sums.sums(
      of: outputGradient, shift: [Scalar](repeating: 0, count: channels), times: input,
      mean: statistics.map(\.rounded), device: device)
    // Σ dy · (x − mean), with the whole mean.
    let products = zip(gradients, statistics).map { $0.products - $1.remainder * $0.terms }

    var updated = self
    if targets.contains(.weight), weight?.requiresGradient == true {
      let slopes = zip(products, statistics).map { Scalar($0 / ($1.variance + eps).squareRoot()) }
      try updated.weight?.accumulate(slopes, name: "weight.gradient")
    }
    if targets.contains(.bias), bias?.requiresGradient == true {
      try updated.bias?.accumulate(gradients.map { Scalar($0.terms) }, name: "bias.gradient")
    }
    if isTraining { try updated.moveRunningStatistics(statistics, count: sums.count) }

    var inputGradient: Tensor<Scalar>?
    if targets.contains(.input) {
      let count = Double(sums.count)
      inputGradient = try sums.mapPlanes(outputGradient, input, device: device) { channel, start, operands in
        let (statistics, scale) = (statistics[channel], scales[channel])
        if usesBatchStatistics {
          let slope = products[channel] / count / (statistics.variance + eps)
          let shift = gradients[channel].terms / count - statistics.remainder * slope
          unsafe convolution_normalize_gradient(
            Processor.instructionSet, operands.scalarBytes, operands.first + start, shift, scale,
            operands.second + start, Double(statistics.rounded), slope * scale, operands.result + start, sums.plane)
        } else {
          unsafe convolution_normalize(
            Processor.instructionSet, operands.scalarBytes, operands.first + start, 0, scale, 0,
            operands.result + start, sums.plane)
        }
      }
    }
    self = updated
    return inputGradient
  }
}

extension BatchNorm2d {
  /// A channel's mean, as a scalar and what that leaves of it, and its variance.
  private struct Statistics {
    let rounded: Scalar
    let remainder, variance: Double
  }

  private var usesBatchStatistics: Bool { isTraining || runningMean == nil || runningVariance == nil }

  /// What a layer in evaluation does to each channel, for a prepared network.
  func channelMap() throws(ConvolutionError) -> ChannelMap {
    try checkParameters()
    let statistics = runningStatistics
    return ChannelMap(
      means: statistics.map { Double($0.rounded) }, scales: try scales(statistics),
      offsets: bias?.value.scalars.map { Double($0) } ?? [Double](repeating: 0, count: channels), device: device)
  }

  private var runningStatistics: [Statistics] {
    zip(runningMean?.value.scalars ?? [], runningVariance?.value.scalars ?? []).map {
      Statistics(rounded: $0, remainder: 0, variance: Double($1))
    }
  }

  private func checkParameters() throws(ConvolutionError) {
    for (name, parameter) in [
      ("weight", weight), ("bias", bias), ("runningMean", runningMean), ("runningVariance", runningVariance),
    ] {
      if let shape = parameter?.value.shape, shape != [channels] {
        throw .shapeMismatch(name: name, expected: "\([channels])", actual: shape)
      }
    }
  }

  private func statistics(
    of input: Tensor<Scalar>, _ sums: ChannelSums<Scalar>
  ) throws(ConvolutionError) -> [Statistics] {
    try checkParameters()
    let count = sums.count
    guard usesBatchStatistics else { return runningStatistics }
    guard count > 1 else {
      throw .shapeMismatch(
        name: "input", expected: "[N, \(channels), H, W] with more than one scalar for each channel",
        actual: input.shape)
    }
    // Twice over the input: the mean, then the squared distances from it, which large numbers close together need.
    let zeros = [Scalar](repeating: 0, count: channels)
    let means = try sums.sums(of: input, shift: zeros, times: input, mean: zeros, device: device)
      .map { Scalar($0.terms / Double(count)) }
    let squares = try sums.sums(of: input, shift: means, times: input, mean: means, device: device)
    return zip(means, squares).map { mean, sums in
      let remainder = sums.terms / Double(count)
      let variance = sums.products / Double(count) - remainder * remainder
      // NaN stays.
      return Statistics(rounded: mean, remainder: remainder, variance: variance < 0 ? 0 : variance)
    }
  }

  /// weight / √(variance + eps).
  private func scales(_ statistics: [Statistics]) throws(ConvolutionError) -> [Double] {
    let weights = weight?.value.scalars.map { Double($0) } ?? [Double](repeating: 1, count: channels)
    return zip(weights, statistics).map { $0 / ($1.variance + eps).squareRoot() }
  }

  private mutating func moveRunningStatistics(
    _ statistics: [Statistics], count: Int
  ) throws(ConvolutionError) {
    guard var means = runningMean?.value.scalars, var variances = runningVariance?.value.scalars else { return }
    let batches = (batchCount?.value.scalars.first ?? 0) + 1
    let part = momentum ?? 1 / Double(batches)
    let unbiased = Double(count) / Double(count - 1)
    for channel in 0..<channels {
      let (mean, variance) = (Double(means[channel]), Double(variances[channel]))
      let batch = statistics[channel]
      means[channel] = Scalar((1 - part) * mean + part * (Double(batch.rounded) + batch.remainder))
      variances[channel] = Scalar((1 - part) * variance + part * batch.variance * unbiased)
    }
    runningMean?.value = try Tensor(shape: [channels], scalars: means)
    runningVariance?.value = try Tensor(shape: [channels], scalars: variances)
    batchCount?.value = try Tensor(repeating: batches, shape: [])
  }
}

extension Parameter {
  /// Adds to the gradient.
  fileprivate mutating func accumulate(_ scalars: [Scalar], name: String) throws(ConvolutionError) {
    var sum = try Tensor(shape: value.shape, scalars: scalars)
    try sum.add(gradient, name: name)
    gradient = sum
  }
}
