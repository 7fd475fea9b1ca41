/// What a convolution is, but for its weights and its input: the arguments of ``Conv2d``, checked.
struct ConvolutionConfiguration: Sendable, Hashable {
  let inputChannels, outputChannels: Int
  let kernelSize, stride: Size2d
  let padding: Padding
  let dilation: Size2d
  let groups: Int
  let paddingMode: PaddingMode

  /// Refuses every combination that no input could make legal.
  init(
    inputChannels: Int, outputChannels: Int, kernelSize: Size2d, stride: Size2d, padding: Padding, dilation: Size2d,
    groups: Int, paddingMode: PaddingMode
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
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernelSize = kernelSize
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.paddingMode = paddingMode
    _ = try SizeArithmetic.product(weightShape, name: "scalars of weight")
  }

  /// `[O, I / groups, kH, kW]`.
  var weightShape: [Int] { [outputChannels, inputChannels / groups, kernelSize.height, kernelSize.width] }

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
  /// The configuration of a weight `[O, I / groups, kH, kW]`.
  init(
    weightShape: [Int], stride: Size2d, padding: Padding, dilation: Size2d, groups: Int, paddingMode: PaddingMode
  ) throws(ConvolutionError) {
    guard weightShape.count == 4, weightShape.allSatisfy({ $0 >= 1 }) else {
      throw .shapeMismatch(name: "weight", expected: "[O, I / groups, kH, kW]", actual: weightShape)
    }
    try Self.requirePositive("groups", [groups])
    let inputChannels = try SizeArithmetic.product([weightShape[1], groups], name: "input channels")
    try self.init(
      inputChannels: inputChannels, outputChannels: weightShape[0], kernelSize: Size2d(weightShape[2], weightShape[3]),
      stride: stride, padding: padding, dilation: dilation, groups: groups, paddingMode: paddingMode)
  }
}
