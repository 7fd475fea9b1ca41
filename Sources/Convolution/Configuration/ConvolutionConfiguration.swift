/// What a convolution is, but for its weights and its input: the arguments of ``Conv2d`` or ``ConvTranspose2d``, checked.
struct ConvolutionConfiguration: Sendable, Hashable {
  let inputChannels, outputChannels: Int
  let kernelSize, stride: Size2d
  let padding: Padding
  let dilation: Size2d
  let groups: Int
  let paddingMode: PaddingMode
  /// Rows and columns added to the output of a transposed convolution; `nil` for a convolution.
  let outputPadding: Size2d?

  /// Refuses every combination that no input could make legal.
  init(
    inputChannels: Int, outputChannels: Int, kernelSize: Size2d, stride: Size2d, padding: Padding, dilation: Size2d,
    groups: Int, paddingMode: PaddingMode, outputPadding: Size2d? = nil
  ) throws(ConvolutionError) {
    try Self.requirePositive("inputChannels", [inputChannels])
    try Self.requirePositive("outputChannels", [outputChannels])
    try Self.requirePositive("kernelSize", [kernelSize.height, kernelSize.width])
    try Self.requirePositive("stride", [stride.height, stride.width])
    try Self.requirePositive("dilation", [dilation.height, dilation.width])
    try Self.requirePositive("groups", [groups])
    guard inputChannels % groups == 0, outputChannels % groups == 0 else {
      throw .groupsDoNotDivide(groups: groups, inputChannels: inputChannels, outputChannels: outputChannels)
    }
    switch padding {
    case .valid: break
    case .same: if stride != 1 { throw .samePaddingWithStride(stride) }
    case .explicit(let top, let bottom, let left, let right):
      guard min(top, bottom, left, right) >= 0 else {
        throw .valueOutOfRange(
          name: "padding", expected: "0 or more at every edge", actual: [top, bottom, left, right])
      }
    }
    if let outputPadding {
      guard
        0..<max(stride.height, dilation.height) ~= outputPadding.height,
        0..<max(stride.width, dilation.width) ~= outputPadding.width
      else {
        throw .valueOutOfRange(
          name: "outputPadding", expected: "0 or more, and less than stride or dilation",
          actual: [outputPadding.height, outputPadding.width])
      }
    }
    (self.inputChannels, self.outputChannels, self.groups) = (inputChannels, outputChannels, groups)
    (self.kernelSize, self.stride, self.dilation) = (kernelSize, stride, dilation)
    (self.padding, self.paddingMode, self.outputPadding) = (padding, paddingMode, outputPadding)
    _ = try SizeArithmetic.product(weightShape, name: "scalars of weight")
  }

  /// `[O, I / groups, kH, kW]`, or `[I, O / groups, kH, kW]` of a transposed convolution.
  var weightShape: [Int] {
    let (first, second) =
      outputPadding == nil ? (outputChannels, inputChannels) : (inputChannels, outputChannels)
    return [first, second / groups, kernelSize.height, kernelSize.width]
  }

  /// Refuses a weight or a bias of another shape than this configuration's.
  func check(weightShape: [Int], biasShape: [Int]?) throws(ConvolutionError) {
    guard weightShape == self.weightShape else {
      throw .shapeMismatch(name: "weight", expected: "\(self.weightShape)", actual: weightShape)
    }
    if let biasShape, biasShape != [outputChannels] {
      throw .shapeMismatch(name: "bias", expected: "\([outputChannels])", actual: biasShape)
    }
  }

  private static func requirePositive(_ name: String, _ values: [Int]) throws(ConvolutionError) {
    guard values.allSatisfy({ $0 >= 1 }) else {
      throw .valueOutOfRange(name: name, expected: "1 or more", actual: values)
    }
  }
}

extension ConvolutionConfiguration {
  /// The configuration of a weight `[O, I / groups, kH, kW]`, or `[I, O / groups, kH, kW]` of a transposed convolution.
  init(
    weightShape: [Int], stride: Size2d, padding: Padding, dilation: Size2d, groups: Int, paddingMode: PaddingMode,
    outputPadding: Size2d? = nil
  ) throws(ConvolutionError) {
    let isTransposed = outputPadding != nil
    guard weightShape.count == 4, weightShape.allSatisfy({ $0 >= 1 }) else {
      throw .shapeMismatch(
        name: "weight", expected: isTransposed ? "[I, O / groups, kH, kW]" : "[O, I / groups, kH, kW]",
        actual: weightShape)
    }
    try Self.requirePositive("groups", [groups])
    let second = try SizeArithmetic.product(
      [weightShape[1], groups], name: isTransposed ? "output channels" : "input channels")
    try self.init(
      inputChannels: isTransposed ? weightShape[0] : second, outputChannels: isTransposed ? second : weightShape[0],
      kernelSize: Size2d(weightShape[2], weightShape[3]), stride: stride, padding: padding, dilation: dilation,
      groups: groups, paddingMode: paddingMode, outputPadding: outputPadding)
  }
}

extension ConvolutionConfiguration {
  /// PyTorch's words for a layer, only those that differ from the default after the stride.
  func words(hasBias: Bool) -> String {
    var words = ["\(inputChannels)", "\(outputChannels)", "kernel_size=\(kernelSize)", "stride=\(stride)"]
    switch padding {
    case .valid: words.append("padding=valid")
    case .same: words.append("padding=same")
    case .explicit(top: 0, bottom: 0, left: 0, right: 0): break
    case .explicit(let top, let bottom, let left, let right) where top == bottom && left == right:
      words.append("padding=\(Size2d(top, left))")
    case .explicit(let top, let bottom, let left, let right):
      words.append("padding=(top=\(top), bottom=\(bottom), left=\(left), right=\(right))")
    }
    if dilation != 1 { words.append("dilation=\(dilation)") }
    if let outputPadding, outputPadding != 0 { words.append("output_padding=\(outputPadding)") }
    if groups != 1 { words.append("groups=\(groups)") }
    if !hasBias { words.append("bias=False") }
    if paddingMode != .zeros { words.append("padding_mode=\(paddingMode.rawValue)") }
    return words.joined(separator: ", ")
  }
}
