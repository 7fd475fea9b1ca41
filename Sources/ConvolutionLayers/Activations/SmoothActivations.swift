import CConvolutionKernels
public import Convolution

/// The logistic function, as PyTorch's
/// [`nn.Sigmoid`](https://pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html).
///
///     y = 1 / (1 + exp(−x))
///
/// The output has the input's shape; any shape is allowed.
///
/// ```swift
/// print(try Sigmoid<Float>()(Tensor(shape: [1], scalars: [0])).scalars)     // [0.5]
/// ```
public struct Sigmoid<Scalar: ConvolutionScalar>: Module, Elementwise {
  /// Where the layer computes, and on how many threads.
  public var device: Device

  /// Creates the layer.
  public init(device: Device = .cpu) {
    self.device = device
  }

  var function: ElementwiseFunction { ElementwiseFunction(kind: ConvolutionFunctionSigmoid) }
}

/// The hyperbolic tangent, within two units in the last place, as PyTorch's
/// [`nn.Tanh`](https://pytorch.org/docs/stable/generated/torch.nn.Tanh.html).
///
///     y = tanh(x)
///
/// The output has the input's shape; any shape is allowed.
///
/// ```swift
/// print(try Tanh<Float>()(Tensor(shape: [1], scalars: [0])).scalars)     // [0.0]
/// ```
public struct Tanh<Scalar: ConvolutionScalar>: Module, Elementwise {
  /// Where the layer computes, and on how many threads.
  public var device: Device

  /// Creates the layer.
  public init(device: Device = .cpu) {
    self.device = device
  }

  var function: ElementwiseFunction { ElementwiseFunction(kind: ConvolutionFunctionTanh) }
}

/// The sigmoid-weighted linear unit, also called swish, as PyTorch's
/// [`nn.SiLU`](https://pytorch.org/docs/stable/generated/torch.nn.SiLU.html).
///
///     y = x / (1 + exp(−x))
///
/// The output has the input's shape; any shape is allowed.
///
/// ```swift
/// print(try SiLU<Float>()(Tensor(shape: [2], scalars: [0, 1])).scalars)     // [0.0, 0.73…]
/// ```
public struct SiLU<Scalar: ConvolutionScalar>: Module, Elementwise {
  /// Whether PyTorch's layer works in place. Tensors are values here: it changes nothing but the printed text.
  public let inplace: Bool
  /// Where the layer computes, and on how many threads.
  public var device: Device

  /// Creates the layer.
  public init(inplace: Bool = false, device: Device = .cpu) {
    self.inplace = inplace
    self.device = device
  }

  var function: ElementwiseFunction { ElementwiseFunction(kind: ConvolutionFunctionSiLU) }

  /// PyTorch's words for the layer.
  public var extraRepresentation: String { inplace ? "inplace=True" : "" }
}

/// The Gaussian error linear unit, as PyTorch's [`nn.GELU`](https://pytorch.org/docs/stable/generated/torch.nn.GELU.html).
///
///     none:  y = x · Φ(x), with Φ the normal distribution
///     tanh:  y = x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))
///
/// The output has the input's shape; any shape is allowed.
///
/// ```swift
/// print(try GELU<Float>()(Tensor(shape: [2], scalars: [0, 1])).scalars)     // [0.0, 0.84…]
/// ```
public struct GELU<Scalar: ConvolutionScalar>: Module, Elementwise {
  /// How the normal distribution is computed. Raw values are PyTorch's.
  public enum Approximation: String, Sendable, Hashable, CaseIterable {
    case none, tanh

    /// Creates the approximation that PyTorch calls by this name.
    ///
    /// - Throws: `ConvolutionError.unknownName` for any other name than `"none"` and `"tanh"`.
    public init(_ name: String) throws(ConvolutionError) {
      try self.init(named: name, parameter: "approximate")
    }
  }

  /// How the normal distribution is computed.
  public let approximate: Approximation
  /// Where the layer computes, and on how many threads.
  public var device: Device

  /// Creates the layer.
  public init(approximate: Approximation = .none, device: Device = .cpu) {
    self.approximate = approximate
    self.device = device
  }

  var function: ElementwiseFunction {
    ElementwiseFunction(kind: approximate == .none ? ConvolutionFunctionGELU : ConvolutionFunctionTanhGELU)
  }

  /// PyTorch's words for the layer.
  public var extraRepresentation: String { "approximate='\(approximate.rawValue)'" }
}
