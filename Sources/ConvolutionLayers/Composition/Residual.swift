public import Convolution

/// A skip connection: a module's output combined with the module's input, or with the output of a shortcut.
///
///     sum:            y = shortcut(x) + body(x)
///     concatenation:  y = shortcut(x) and body(x) one behind the other, along the channels
///
/// The first is the block of a ResNet, the second a level of a U-Net:
///
/// ```swift
/// let block = try Residual<Float>(
///   Sequential([
///     Conv2d<Float>(inputChannels: 64, outputChannels: 64, kernelSize: 3, padding: 1, bias: false),
///     BatchNorm2d<Float>(channels: 64), ReLU<Float>(),
///     Conv2d<Float>(inputChannels: 64, outputChannels: 64, kernelSize: 3, padding: 1, bias: false),
///     BatchNorm2d<Float>(channels: 64),
///   ]))
/// ```
///
/// The children are named `body` and, where there is one, `shortcut`.
public struct Residual<Scalar: ConvolutionScalar>: CompositeModule {
  /// How two tensors are joined.
  public enum Combination: String, Sendable, Hashable, CaseIterable {
    /// Scalar by scalar; the shapes are equal.
    case sum
    /// Along the channels of `[N, C, H, W]` or `[C, H, W]`, the shortcut's first.
    case concatenation
  }

  /// `body` and `shortcut`.
  public var children: Sequential<Scalar>
  /// How the two tensors are joined.
  public let combination: Combination

  /// Creates a skip connection over `body`.
  ///
  /// - Parameters:
  ///   - body: What is skipped.
  ///   - shortcut: The other branch; `nil` passes the input on as it is.
  ///   - combination: How the two tensors are joined.
  public init(
    _ body: any Module<Scalar>, shortcut: (any Module<Scalar>)? = nil, combining combination: Combination = .sum
  ) {
    // Two names that differ: nothing is thrown.
    children =
      if let shortcut {
        try! Sequential(named: ["body": body, "shortcut": shortcut])
      } else {
        try! Sequential(named: ["body": body])
      }
    self.combination = combination
  }

  /// The output of both branches, combined.
  ///
  /// - Throws: What the children throw; `ConvolutionError.shapeMismatch` for tensors that cannot be joined.
  public func forward(_ input: Activation<Scalar>) throws -> Activation<Scalar> {
    let body = try input.through("body")
    let shortcut = children.names.count > 1 ? try input.through("shortcut") : input
    switch combination {
    case .sum: return try shortcut + body
    case .concatenation: return try shortcut.concatenated(with: body)
    }
  }
}
