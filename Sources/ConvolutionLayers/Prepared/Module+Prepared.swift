public import Convolution

extension Module {
  /// The network's inference form for inputs of one shape: a ``PreparedNetwork``.
  ///
  /// It computes as the network does in evaluation: batch normalisation by the running statistics, nothing dropped. The way
  /// of a tensor through a ``CompositeModule`` must depend on shapes alone; modules that are not this package's are run as they
  /// are. The network itself is not needed any more.
  ///
  /// - Parameters:
  ///   - inputShape: `[N, C, H, W]` with the largest batch, 1 or more; or any other shape, which is then the only one.
  ///   - folding: Whether a `BatchNorm2d` behind a convolution becomes part of its weight and bias, which changes rounding.
  ///     All else gives the bits of the network.
  ///   - weights: What packed filters are kept in. With a format of 16 bits, for networks of Float, each weight is rounded once,
  ///     after folding; the outputs have the bits of the network with weights that were rounded so.
  /// - Throws: What the modules throw for that shape; `ConvolutionError`, which names a layer with a weight beyond the range of
  ///   `weights`.
  public func prepared(
    for inputShape: [Int], folding: Bool = true, weights: WeightFormat = .full
  ) throws -> PreparedNetwork<Scalar> {
    guard inputShape.allSatisfy({ $0 > 0 }), !inputShape.isEmpty else {
      throw ConvolutionError.valueOutOfRange(name: "inputShape", expected: "1 or more each", actual: inputShape)
    }
    var module = self
    module.setTraining(false)
    let graph = NetworkGraph<Scalar>(inputShape: inputShape)
    let output = try graph.apply(module, to: 0, named: nil)
    let fusion = try NetworkFusion(graph, output: output, folding: folding)
    // Folded, rounded and packed weights have passed through memory that no call needs.
    defer { Workspace.releaseIdle() }
    return PreparedNetwork(plan: try NetworkPlan(graph, fusion, output: output, weights: weights))
  }
}
