import CConvolutionKernels
public import Convolution

/// The rectifier, as PyTorch's
/// [`nn.ReLU`](https://pytorch.org/docs/stable/generated/torch.nn.ReLU.html).
///
///     y = max(x, 0)
///
/// The gradient passes where `x > 0`.
///
/// The output has the input's shape; any shape is allowed.
///
/// ```swift
/// print(try ReLU<Float>()(Tensor(shape: [3], scalars: [-1, 0, 7])).scalars)     // [0.0, 0.0, 7.0]
/// ```
public struct ReLU<Scalar: ConvolutionScalar>: Module, Elementwise {
  /// Whether PyTorch's layer works in place. Tensors are values here: it changes nothing but the printed text.
  public let inplace: Bool
  /// Where the layer computes, and on how many threads.
  public var device: Device

  /// Creates the layer.
  public init(inplace: Bool = false, device: Device = .cpu) {
    self.inplace = inplace
    self.device = device
  }

  var function: ElementwiseFunction { ElementwiseFunction(kind: ConvolutionFunctionReLU) }

  /// PyTorch's words for the layer.
  public var extraRepresentation: String { inplace ? "inplace=True" : "" }
}

/// The rectifier with a ceiling, as PyTorch's
/// [`nn.ReLU6`](https://pytorch.org/docs/stable/generated/torch.nn.ReLU6.html).
///
///     y = min(max(x, 0), 6)
///
/// The gradient passes where `0 < x < 6`.
///
/// The output has the input's shape; any shape is allowed.
///
/// ```swift
/// print(try ReLU6<Float>()(Tensor(shape: [3], scalars: [-1, 0, 7])).scalars)     // [0.0, 0.0, 6.0]
/// ```
public struct ReLU6<Scalar: ConvolutionScalar>: Module, Elementwise {
  /// Whether PyTorch's layer works in place. Tensors are values here: it changes nothing but the printed text.
  public let inplace: Bool
  /// Where the layer computes, and on how many threads.
  public var device: Device

  /// Creates the layer.
  public init(inplace: Bool = false, device: Device = .cpu) {
    self.inplace = inplace
    self.device = device
  }

  var function: ElementwiseFunction { ElementwiseFunction(kind: ConvolutionFunctionReLU6) }

  /// PyTorch's words for the layer.
  public var extraRepresentation: String { inplace ? "inplace=True" : "" }
}

/// The rectifier with a slope for negative numbers, as PyTorch's
/// [`nn.LeakyReLU`](https://pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html).
///
///     y = x > 0 ? x : negativeSlope · x
///
/// The output has the input's shape; any shape is allowed.
///
/// ```swift
/// let layer = LeakyReLU<Float>(negativeSlope: 0.5)
/// print(try layer(Tensor(shape: [2], scalars: [-1, 1])).scalars)     // [-0.5, 1.0]
/// ```
public struct LeakyReLU<Scalar: ConvolutionScalar>: Module, Elementwise {
  /// The slope where `x < 0`.
  public let negativeSlope: Double
  /// Whether PyTorch's layer works in place. Tensors are values here: it changes nothing but the printed text.
  public let inplace: Bool
  /// Where the layer computes, and on how many threads.
  public var device: Device

  /// Creates the layer.
  public init(negativeSlope: Double = 0.01, inplace: Bool = false, device: Device = .cpu) {
    self.negativeSlope = negativeSlope
    self.inplace = inplace
    self.device = device
  }

  var function: ElementwiseFunction {
    ElementwiseFunction(kind: ConvolutionFunctionLeakyReLU, parameter: negativeSlope)
  }

  /// PyTorch's words for the layer.
  public var extraRepresentation: String { "negative_slope=\(negativeSlope)\(inplace ? ", inplace=True" : "")" }
}

/// An approximation of SiLU without exponentials, as PyTorch's
/// [`nn.Hardswish`](https://pytorch.org/docs/stable/generated/torch.nn.Hardswish.html).
///
///     y = x · min(max(x + 3, 0), 6) / 6
///
/// The output has the input's shape; any shape is allowed.
///
/// ```swift
/// print(try Hardswish<Float>()(Tensor(shape: [3], scalars: [-3, 0, 3])).scalars)     // [-0.0, 0.0, 3.0]
/// ```
public struct Hardswish<Scalar: ConvolutionScalar>: Module, Elementwise {
  /// Where the layer computes, and on how many threads.
  public var device: Device

  /// Creates the layer.
  public init(device: Device = .cpu) {
    self.device = device
  }

  var function: ElementwiseFunction { ElementwiseFunction(kind: ConvolutionFunctionHardswish) }
}
