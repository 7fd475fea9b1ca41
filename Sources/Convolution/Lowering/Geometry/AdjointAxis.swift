/// A part of the gradient of an axis' input that is a convolution of the output's gradient with stride 1.
///
/// Position h of the padded input is read by output i with tap k where h = i · stride + k · dilation − padding. Positions a
/// stride apart are a phase: they are read with the same taps, every (stride ÷ gcd(stride, dilation))-th of the kernel, and
/// from one tap to the next the output moves by dilation ÷ gcd(stride, dilation).
struct AdjointAxis: Sendable, Hashable {
  /// The convolution, with the kernel's taps in reverse.
  let geometry: AxisGeometry
  /// The first position of the phase, counted from the first of the range that was asked for.
  let firstPosition: Int
  /// The tap of the forward kernel that comes first, and the distance to the next, which is negative.
  let firstTap, tapStep: Int

  /// The phases of a range of positions, but for those that no output reads. Positions in the padding are negative, or lie
  /// behind the input.
  static func phases(of axis: AxisGeometry, over positions: Range<Int>) -> [AdjointAxis] {
    let divisor = commonDivisor(axis.stride, axis.dilation)
    let period = axis.stride / divisor
    var phases: [AdjointAxis] = []
    // The taps of a phase are those of one class modulo the period, and every class has a phase.
    for tap in 0..<min(period, axis.kernel) {
      // The first position of the range that this tap reads for some output, real or beyond the edge.
      let distance = tap * axis.dilation - axis.paddingBefore - positions.lowerBound
      let offset = ((distance % axis.stride) + axis.stride) % axis.stride
      guard offset < positions.count else { continue }
      let taps = (axis.kernel - tap - 1) / period + 1
      let output = (offset - distance) / axis.stride
      let dilation = axis.dilation / divisor
      let count = (positions.count - offset - 1) / axis.stride + 1
      let padding = (taps - 1) * dilation - output
      phases.append(
        AdjointAxis(
          geometry: AxisGeometry(
            input: axis.output, output: count, kernel: taps, stride: 1, dilation: dilation, paddingBefore: padding,
            paddingAfter: count - 1 + (taps - 1) * dilation - padding - (axis.output - 1), mode: .zeros),
          firstPosition: offset, firstTap: tap + (taps - 1) * period, tapStep: -period))
    }
    return phases
  }

  /// Two phases that lie next to each other and read the same with other taps, where there are no others: with stride 2, those
  /// of a kernel as wide as its stride. None of an axis of a single position, which may change places with the other.
  static func pair(_ phases: [AdjointAxis]) -> (first: AdjointAxis, second: AdjointAxis)? {
    guard phases.count == 2, phases[0].geometry == phases[1].geometry, phases[0].tapStep == phases[1].tapStep,
      !phases[0].geometry.isOneColumn
    else { return nil }
    let (first, second) =
      phases[0].firstPosition < phases[1].firstPosition ? (phases[0], phases[1]) : (phases[1], phases[0])
    return second.firstPosition == first.firstPosition + 1 ? (first, second) : nil
  }

  /// The positions of an axis of four taps with stride 2 as a convolution of two taps: each of its outputs is two positions that lie
  /// side by side and read the same with other taps. The first position of all is the second of a pair where the padding is odd.
  /// `nil` for other axes.
  static func pairs(of axis: AxisGeometry) -> AxisGeometry? {
    guard axis.kernel == 4, axis.stride == 2, axis.dilation == 1, axis.mode == .zeros, axis.paddingBefore >= 0 else {
      return nil
    }
    // Pair j, counted from the padding's first position, reads outputs j - 1 and j.
    let first = axis.paddingBefore / 2
    let count = (axis.paddingBefore + axis.input - 1) / 2 - first + 1
    let padding = 1 - first
    return AxisGeometry(
      input: axis.output, output: count, kernel: 2, stride: 1, dilation: 1, paddingBefore: padding,
      paddingAfter: count - padding - (axis.output - 1), mode: .zeros)
  }

  private static func commonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : commonDivisor(b, a % b) }
}

extension AxisGeometry {
  /// The axis of the convolution that, with the kernel rotated, makes the input's gradient from the output's; `nil` for a
  /// stride, and where padding is a copy of the input.
  var adjoint: AxisGeometry? {
    guard stride == 1, mode == .zeros || isUnpadded else { return nil }
    return AdjointAxis.phases(of: self, over: 0..<input)[0].geometry
  }
}
