internal import Convolution

/// How large values stand beside small ones or zeros: what real tensors hold, and what breaks algorithms that add and cancel
/// more than an output reads.
public enum MagnitudePattern: Sendable, Hashable, CaseIterable {
  /// One pixel of every channel holds a fill value.
  case fillValue
  /// A few single values are very large.
  case hotPixels
  /// A part of the map, up to some column or row, is zero.
  case halfEmpty
  /// Magnitudes rise by decades from one side of the map to the other.
  case decades
  /// Every value has a magnitude of its own.
  case anyMagnitude
  /// Most values are zero, as after a ReLU.
  case sparse
  /// A few single values are all that is not zero.
  case impulses
  /// Every channel has a magnitude of its own.
  case channels
  /// Every channel is zero but in a rectangle of its own.
  case patches
  /// Every channel is zero but in every second or third row or column, as what is unpooled or strided.
  case comb

  /// Gives planes `[…, height, width]` the pattern.
  func apply<Scalar: ConvolutionScalar>(
    to tensor: inout Tensor<Scalar>, channels: Int, using generator: inout some RandomNumberGenerator
  ) {
    let (height, width) = (tensor.shape[tensor.shape.count - 2], tensor.shape[tensor.shape.count - 1])
    let planes = tensor.shape.dropLast(2).reduce(1, *)
    guard planes * height * width > 0 else { return }
    func any(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    func scale(_ decades: ClosedRange<Int>) -> Scalar {
      var scale: Scalar = 1
      let exponent = any(decades)
      for _ in 0..<abs(exponent) { scale *= exponent < 0 ? 0.1 : 10 }
      return scale
    }
    var factors = [Scalar](repeating: 1, count: planes * height * width)
    func place(_ plane: Int, _ row: Int, _ column: Int) -> Int { (plane * height + row) * width + column }
    func set(_ factor: (_ plane: Int, _ row: Int, _ column: Int) -> Scalar) {
      for plane in 0..<planes {
        for row in 0..<height {
          for column in 0..<width { factors[place(plane, row, column)] = factor(plane, row, column) }
        }
      }
    }
    switch self {
    case .fillValue:
      let (row, column, fill) = (any(0...height - 1), any(0...width - 1), scale(3...30))
      for plane in 0..<planes { factors[place(plane, row, column)] = fill }
    case .hotPixels:
      let large = scale(1...20)
      for _ in 0..<any(1...4) { factors[any(0...factors.count - 1)] = large }
    case .halfEmpty:
      let (edge, isColumn, isBefore) = (any(0...(max(height, width))), any(0...1) == 0, any(0...1) == 0)
      set { _, row, column in ((isColumn ? column : row) < edge) == isBefore ? 0 : 1 }
    case .decades:
      let (step, isColumn) = (scale(-2...2), any(0...1) == 0)
      var powers: [Scalar] = [1]
      for _ in 0..<max(height, width) { powers.append(max(1e-15, min(1e15, powers.last! * step))) }
      set { _, row, column in powers[isColumn ? column : row] }
    case .anyMagnitude: for index in factors.indices { factors[index] = scale(-8...8) }
    case .sparse:
      let percent = any(50...97)
      for index in factors.indices where any(1...100) <= percent { factors[index] = 0 }
    case .impulses:
      factors = [Scalar](repeating: 0, count: factors.count)
      for _ in 0..<any(1...8) { factors[any(0...factors.count - 1)] = 1 }
    case .channels:
      let scales = (0..<channels).map { _ in scale(-6...6) }
      set { plane, _, _ in scales[plane % channels] }
    case .comb:
      let (step, isColumn) = (any(2...3), any(0...1) == 0)
      let phases = (0..<planes).map { _ in any(0...step - 1) }
      set { plane, row, column in (isColumn ? column : row) % step == phases[plane] ? 1 : 0 }
    case .patches:
      let rectangles = (0..<planes).map { _ in (any(0...height), any(0...height), any(0...width), any(0...width)) }
      set { plane, row, column in
        let (a, b, c, d) = rectangles[plane]
        return row >= min(a, b) && row <= max(a, b) && column >= min(c, d) && column <= max(c, d) ? 1 : 0
      }
    }
    tensor.withUnsafeMutableBufferPointer { scalars in
      for index in factors.indices { unsafe scalars[index] *= factors[index] }
    }
  }
}
