public import Convolution

/// How ``Upsample`` fills in pixels. Raw values are PyTorch's.
///
/// ```swift
/// let layer = try Upsample<Float>(scaleFactor: 2, mode: .bilinear)
/// ```
public enum UpsampleMode: String, Sendable, Hashable, CaseIterable {
  case nearest, bilinear

  /// Creates the mode that PyTorch calls by this name.
  ///
  /// - Throws: `ConvolutionError.unknownName` for any other name than `"nearest"` and `"bilinear"`.
  public init(_ name: String) throws(ConvolutionError) {
    try self.init(named: name, parameter: "mode")
  }
}

/// Enlarges images, or makes them smaller without looking at every pixel, as PyTorch's
/// [`nn.Upsample`](https://pytorch.org/docs/stable/generated/torch.nn.Upsample.html).
///
/// Output `i` of an axis lies in the input at, with `s` = 1 / the scale factor, or `in / out` where a size was given:
///
///     nearest:                  ⌊i · s⌋
///     bilinear:                 max(0, (i + 1/2) · s − 1/2)
///     bilinear, alignCorners:   i · (in − 1) / (out − 1)
///
/// Bilinear interpolates between the neighbours on both axes. The output's size is ⌊in · factor⌋.
///
/// `[N, C, H, W]` becomes `[N, C, Hout, Wout]`, `[C, H, W]` becomes `[C, Hout, Wout]`. An input of another rank is refused
/// with `ConvolutionError.shapeMismatch`, one where input or output would have no pixels with
/// `ConvolutionError.valueOutOfRange` or `ConvolutionError.invalidSetting`.
///
/// ```swift
/// let layer = try Upsample<Float>(scaleFactor: 2)
/// let image = try Tensor<Float>(shape: [1, 1, 2], scalars: [1, 2])
/// print(try layer(image).scalars)     // [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]
/// ```
public struct Upsample<Scalar: ConvolutionScalar>: Module, PlaneLayer {
  enum Target: Sendable {
    case size(Size2d)
    case factors(height: Double, width: Double)
  }

  let target: Target
  /// How pixels are filled in.
  public let mode: UpsampleMode
  /// Whether the outermost pixels of input and output are aligned; `nil` is false. For bilinear alone.
  public let alignCorners: Bool?
  /// Where the layer computes, and on how many threads.
  public var device: Device

  /// Creates a layer whose output has a size of its own.
  ///
  /// - Parameters:
  ///   - size: Height and width of the output, at least 1 each.
  ///   - mode: How pixels are filled in.
  ///   - alignCorners: Whether the outermost pixels of input and output are aligned; for bilinear alone.
  ///   - device: Where the layer computes.
  /// - Throws: `ConvolutionError.valueOutOfRange` for a smaller size, `ConvolutionError.invalidSetting` for `alignCorners`
  ///   with `nearest`.
  public init(
    size: any Size2dConvertible, mode: UpsampleMode = .nearest, alignCorners: Bool? = nil, device: Device = .cpu
  ) throws(ConvolutionError) {
    let size = size.size2d
    guard size.height >= 1, size.width >= 1 else {
      throw .valueOutOfRange(name: "size", expected: "1 or more", actual: [size.height, size.width])
    }
    try self.init(.size(size), mode, alignCorners, device)
  }

  /// Creates a layer that multiplies height and width by one factor.
  ///
  /// - Parameters:
  ///   - scaleFactor: A finite number above 0.
  ///   - mode: How pixels are filled in.
  ///   - alignCorners: Whether the outermost pixels of input and output are aligned; for bilinear alone.
  ///   - device: Where the layer computes.
  /// - Throws: `ConvolutionError.invalidSetting` for another factor, and for `alignCorners` with `nearest`.
  public init(
    scaleFactor: Double, mode: UpsampleMode = .nearest, alignCorners: Bool? = nil, device: Device = .cpu
  ) throws(ConvolutionError) {
    try self.init(
      heightFactor: scaleFactor, widthFactor: scaleFactor, mode: mode, alignCorners: alignCorners, device: device)
  }

  /// Creates a layer that multiplies height and width by a factor each.
  ///
  /// - Parameters:
  ///   - heightFactor: A finite number above 0.
  ///   - widthFactor: A finite number above 0.
  ///   - mode: How pixels are filled in.
  ///   - alignCorners: Whether the outermost pixels of input and output are aligned; for bilinear alone.
  ///   - device: Where the layer computes.
  /// - Throws: `ConvolutionError.invalidSetting` for other factors, and for `alignCorners` with `nearest`.
  public init(
    heightFactor: Double, widthFactor: Double, mode: UpsampleMode = .nearest, alignCorners: Bool? = nil,
    device: Device = .cpu
  ) throws(ConvolutionError) {
    for factor in [heightFactor, widthFactor] where !(factor > 0 && factor.isFinite) {
      throw .invalidSetting(name: "scaleFactor", expected: "a finite number above 0", actual: "\(factor)")
    }
    try self.init(.factors(height: heightFactor, width: widthFactor), mode, alignCorners, device)
  }

  private init(
    _ target: Target, _ mode: UpsampleMode, _ alignCorners: Bool?, _ device: Device
  ) throws(ConvolutionError) {
    if let alignCorners, mode == .nearest {
      throw .invalidSetting(name: "alignCorners", expected: "nil in mode nearest", actual: "\(alignCorners)")
    }
    self.target = target
    self.mode = mode
    self.alignCorners = alignCorners
    self.device = device
  }

  /// PyTorch's words for the layer. Equal sides are printed as one number.
  public var extraRepresentation: String {
    let words =
      switch target {
      case .size(let size): "size=\(size.shortText)"
      case .factors(let height, let width) where height == width: "scale_factor=\(height)"
      case .factors(let height, let width): "scale_factor=(\(height), \(width))"
      }
    return "\(words), mode='\(mode.rawValue)'"
  }
}
