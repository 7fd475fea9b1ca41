internal import Convolution

/// What filters look like that weigh their taps or channels very differently.
public enum WeightPattern: Sendable, Hashable, CaseIterable {
  /// Nothing of the kind.
  case plain
  /// The same taps are zero, or very small, in all channels, as in the masks of autoregressive models.
  case mask
  /// The same for one output channel alone.
  case oneMask
  /// Most weights are zero.
  case pruned
  /// An output channel reads few input channels: a depthwise or grouped layer written as a dense one.
  case blocks
  /// Every input channel has a magnitude of its own, as after normalisation was folded into the weight.
  case scales
  /// Only the tap in the middle, of one input channel each.
  case identity
  /// The input channels of one half are not read at all.
  case dead

  /// Gives a weight `[O, I / groups, kH, kW]` the pattern.
  func apply<Scalar: ConvolutionScalar>(
    to weight: inout Tensor<Scalar>, using generator: inout some RandomNumberGenerator
  ) {
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    let taps = weight.shape[2] * weight.shape[3]
    func any(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    let small = [0, 1e-4, 1e-8, 1e-20][any(0...3)]
    let (first, last, special) = (any(0...taps - 1), any(0...taps - 1), any(0...outputs - 1))
    let (percent, block) = (any(30...95), any(1...4))
    let decades = (0..<inputs).map { _ in any(-8...8) }
    func factor(_ output: Int, _ input: Int, _ tap: Int) -> Double {
      let isMasked = tap >= min(first, last) && tap <= max(first, last)
      switch self {
      case .plain: return 1
      case .mask: return isMasked ? small : 1
      case .oneMask: return isMasked && output == special ? small : 1
      case .pruned: return any(1...100) <= percent ? 0 : 1
      case .blocks:
        return input * block / max(1, inputs) == output * block / outputs || block == 1 && input == output ? 1 : small
      case .scales: return (0..<abs(decades[input])).reduce(1) { scale, _ in scale * (decades[input] < 0 ? 0.1 : 10) }
      case .identity: return input == output % inputs && tap == taps / 2 ? 1 : small
      case .dead: return 2 * input < inputs ? small : 1
      }
    }
    weight.withUnsafeMutableBufferPointer { scalars in
      for index in scalars.indices {
        let (filter, tap) = index.quotientAndRemainder(dividingBy: taps)
        let (output, input) = filter.quotientAndRemainder(dividingBy: inputs)
        unsafe scalars[index] *= Scalar(factor(output, input, tap))
      }
    }
  }
}
