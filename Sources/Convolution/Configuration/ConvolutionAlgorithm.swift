/// The way in which a layer computes its output.
///
/// `automatic` looks at the sizes of one image, at the scalar type and at ``Precision``, never at the batch size or the
/// number of threads, so an image gets the same result alone and in a batch. Forcing an algorithm that cannot serve a
/// layer throws ``ConvolutionError/algorithmUnavailable(_:reason:)``.
///
/// ```swift
/// var layer = try Conv2d<Float>(inputChannels: 16, outputChannels: 16, kernelSize: 3)
/// layer.algorithm = .im2col     // by OpenBLAS, from the next call on
/// ```
public enum ConvolutionAlgorithm: String, Sendable, Hashable, CaseIterable {
  /// The one expected to be fastest.
  case automatic
  /// Columns of input patches times the weight, by OpenBLAS. Serves every configuration.
  case im2col
  /// Kernels that need no columns: those for depthwise layers, and implicit GEMM. Serves every layer whose sizes, strides,
  /// dilated kernels and padding are at most 2⁵⁰.
  case direct
  /// Winograd's minimal filtering, F(2×2, 3×3): Lavin and Gray, [arXiv:1509.09308](https://arxiv.org/abs/1509.09308).
  ///
  /// Serves layers of Float with a 3×3 kernel, 4 or more input and output channels in a group, and stride 1 with dilations
  /// smaller than the output, or stride 2 along both axes without any. Inputs and outputs have at most 2²¹ rows and columns,
  /// and the workspace must hold a tile for each phase of the dilations: `(I / groups + 112) · dilation.height ·
  /// dilation.width` up to 233,000 fits for certain (with stride 2, 103,000).
  case winograd2x2
  /// Winograd's minimal filtering, F(4×4, 3×3); faster, and less exact than direct summation. Serves the same layers, unless
  /// their precision is ``Precision/strict``; and, by F(4×4, 5×5), those with a 5×5 kernel and stride 1, where the product above
  /// up to 131,000 fits for certain.
  case winograd4x4
}

/// How much accuracy `automatic` may trade for speed.
///
/// ```swift
/// let layer = try Conv2d<Float>(inputChannels: 16, outputChannels: 16, kernelSize: 3, precision: .strict)
/// ```
public enum Precision: String, Sendable, Hashable, CaseIterable {
  /// Every algorithm may be chosen.
  case standard
  /// Sums by the definition that err by at most 16 units of their own products, or the root of their number: no Winograd, and
  /// short pieces whose rounding is kept.
  case strict
}
