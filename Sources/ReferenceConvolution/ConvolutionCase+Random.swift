internal import Convolution

extension ConvolutionCase {
  /// A random legal case, small enough to be checked in a moment: all parameters, sizes at which kernels change their
  /// step, degenerate ones, kernels larger than the image that padding makes legal, strides larger than the kernel.
  public init(using generator: inout some RandomNumberGenerator) {
    self.init()
    func any(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    func oneIn(_ count: Int) -> Bool { any(1...count) == 1 }
    func channels() -> Int { oneIn(4) ? any(1...40) : any(1...6) }

    batch = oneIn(6) ? nil : oneIn(12) ? 0 : any(1...3)
    groups = oneIn(2) ? 1 : any(1...6)
    let isDepthwise = groups > 1 && oneIn(2)
    inputChannels = groups * (isDepthwise ? 1 : channels())
    outputChannels = groups * (isDepthwise ? any(1...3) : channels())
    // Half of the kernels are those that have algorithms of their own.
    let isCommon = oneIn(2)
    let side = [1, 3, 3, 3, 5, 7][any(0...5)]
    kernelSize = isCommon ? Size2d(side) : Size2d(any(1...5), any(1...5))
    stride = oneIn(2) ? 1 : isCommon ? Size2d(any(1...3)) : Size2d(any(1...6), any(1...6))
    dilation = oneIn(2) ? 1 : Size2d(any(1...4), any(1...4))
    hasBias = !oneIn(3)
    paddingMode = oneIn(2) ? .zeros : PaddingMode.allCases[any(0...3)]
    height = any(1...20)
    width = oneIn(8) ? any(20...70) : any(1...20)
    padding =
      oneIn(3)
      ? .symmetric(any(0...3)) : .explicit(top: any(0...4), bottom: any(0...4), left: any(0...4), right: any(0...4))
    if oneIn(5) { padding = .valid }
    if oneIn(5) {
      padding = .same
      stride = 1
    }
    makeLegal()
    keepAffordable()
  }

  /// A random legal case that `automatic` is likely to compute by tiles: 3x3 filters, enough channels, either stride,
  /// dilations, all padding modes; or 5x5 filters; or 4x4 filters with stride 2, whose input gradient has tiles.
  public init(suitingTilesUsing generator: inout some RandomNumberGenerator) {
    self.init(using: &generator)
    func any(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    kernelSize = 3
    stride = padding == .same ? 1 : Size2d(any(1...2))
    dilation = stride == 1 && any(1...3) == 1 ? Size2d(any(1...3), any(1...3)) : 1
    groups = any(1...5) == 1 ? 2 : 1
    inputChannels = groups * any(16...40)
    outputChannels = groups * any(16...24)
    batch = [nil, 1, 2].randomElement(using: &generator)!
    (height, width) = (any(1...22), any(1...22))
    if any(1...4) == 1 { (kernelSize, stride) = (5, 1) }
    if any(1...4) == 1 {
      (kernelSize, stride, dilation, paddingMode) = (4, 2, 1, .zeros)
      padding =
        any(1...2) == 1
        ? .symmetric(1) : .explicit(top: any(0...4), bottom: any(0...4), left: any(0...4), right: any(0...4))
      (height, width) = (any(10...36), any(10...36))
      outputChannels = groups * any(30...50)
    }
    makeLegal()
  }

  /// A random legal case of an unusual shape: what has a path, or a limit, of its own.
  public init(oddUsing generator: inout some RandomNumberGenerator) {
    self.init(using: &generator)
    func any(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    func one(_ values: [Int]) -> Int { values.randomElement(using: &generator)! }
    let primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37]
    // Scalars of vectors, rows of tiles and terms of pieces, and their neighbours.
    let limits = [4, 6, 8, 14, 16, 28, 32, 64].flatMap { [$0 - 1, $0, $0 + 1] }
    switch any(1...8) {
    case 1:  // a map one or two wide, or high
      (height, width) = (any(20...300), any(1...2))
      kernelSize = Size2d(any(1...9), any(1...2))
      if any(1...2) == 1 {
        (height, width) = (width, height)
        kernelSize = Size2d(kernelSize.width, kernelSize.height)
      }
    case 2:  // many tiny images
      batch = any(20...150)
      (height, width) = (any(1...5), any(1...5))
    case 3:  // a kernel larger than the map
      (height, width) = (any(1...4), any(1...4))
      kernelSize = Size2d(any(4...9), any(4...9))
      (paddingMode, padding) = (.zeros, .symmetric(any(2...6)))
    case 4:  // one channel
      (groups, inputChannels, outputChannels) = (1, 1, one([1, 2, 16, 33]))
      kernelSize = Size2d(any(1...8), any(1...8))
      stride = Size2d(any(1...8), any(1...8))
    case 5:  // at the limits of vectors, tiles and blocks
      (height, width, groups) = (any(1...12), one(limits), 1)
      (inputChannels, outputChannels) = (one(limits), one(limits))
    case 6:  // prime numbers of channels
      groups = any(1...3)
      (inputChannels, outputChannels) = (groups * one(primes), groups * one(primes))
    case 7:  // a long line
      (height, width) = (1, any(200...1500))
      kernelSize = Size2d(1, any(1...70))
    default:  // steps beyond the kernel
      stride = Size2d(any(1...12), any(1...12))
      dilation = Size2d(any(1...9), any(1...9))
    }
    if padding == .same { stride = 1 }
    makeLegal()
    keepAffordable()
  }

  /// Shrinks padding that the mode cannot fill, then enlarges an image that is too small for the kernel.
  private mutating func makeLegal() {
    let span = Size2d(dilation.height * (kernelSize.height - 1), dilation.width * (kernelSize.width - 1))
    // `same` and modes that fold need an image as large as their padding.
    if padding == .same, paddingMode == .reflect || paddingMode == .circular {
      height = max(height, span.height - span.height / 2 + 1)
      width = max(width, span.width - span.width / 2 + 1)
    }
    guard padding != .same else { return }
    var edges = [0, 0, 0, 0]
    if case .explicit(let top, let bottom, let left, let right) = padding {
      let limits = paddingLimits
      edges = [min(top, limits.height), min(bottom, limits.height), min(left, limits.width), min(right, limits.width)]
      padding = .explicit(top: edges[0], bottom: edges[1], left: edges[2], right: edges[3])
    }
    height = max(height, span.height + 1 - edges[0] - edges[1])
    width = max(width, span.width + 1 - edges[2] - edges[3])
  }

  /// The most that the mode can fill at each edge.
  private var paddingLimits: Size2d {
    switch paddingMode {
    case .zeros, .replicate: Size2d(.max, .max)
    case .reflect: Size2d(height - 1, width - 1)
    case .circular: Size2d(height, width)
    }
  }

  /// Takes channels away from a case whose products would take the reference long.
  private mutating func keepAffordable() {
    let taps = kernelSize.height * kernelSize.width
    while outputChannels / groups > 1
      && (batch ?? 1) * height * width * taps * inputChannels / groups * outputChannels > 1_000_000
    {
      outputChannels -= groups
    }
  }
}
