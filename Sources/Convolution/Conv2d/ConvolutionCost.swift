/// What one forward pass of a layer costs: ``ConvolutionLayer/cost(for:)``.
///
/// ```swift
/// let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 64, kernelSize: 7, stride: 2, padding: 3)
/// let cost = try layer.cost(for: [1, 3, 224, 224])
/// print(cost.operations)     // 236027904
/// ```
public struct ConvolutionCost: Sendable, Hashable {
  /// Additions and multiplications of the formula: two for each product of a scalar with a weight, those with padding and
  /// those that padding crops counted too. An algorithm may take fewer.
  public var operations: Int
  /// The most workspace that the call holds at a time, on the threads that the layer's device gives it now. It covers the
  /// algorithm that takes over where a weight is not finite or Winograd does not suit the filters. Beside it stand
  /// the output, what is kept with the weight, and OpenBLAS's own buffers.
  public var workspaceBytes: Int
  /// What the weight's ``Parameter`` keeps after the call: packed or transformed filters. The first call with a weight may keep
  /// nothing yet, and then takes no more besides its workspace. Memory that is used again may be up to a quarter larger.
  public var derivedWeightBytes: Int
  /// The output's scalars.
  public var outputBytes: Int
  /// The algorithm's name: `im2col`, `implicit GEMM`, `depthwise`, `Winograd F(2×2)`, `F(3×3)` or `F(4×4)`.
  public var algorithm: String

  /// Creates a cost from its parts.
  public init(
    operations: Int, workspaceBytes: Int, derivedWeightBytes: Int, outputBytes: Int, algorithm: String
  ) {
    self.operations = operations
    self.workspaceBytes = workspaceBytes
    self.derivedWeightBytes = derivedWeightBytes
    self.outputBytes = outputBytes
    self.algorithm = algorithm
  }
}
