import CConvolutionKernels
import CKernelParts
import Convolution
import TestSupport

/// The best of several turns of a call.
func bestNanoseconds(_ body: () -> Void) -> Double {
  let clock = ContinuousClock()
  body()
  var best = Duration.seconds(10)
  for _ in 0..<3 {
    let turn = clock.now
    while turn.duration(to: clock.now) < .milliseconds(20) { best = min(best, clock.measure(body)) }
  }
  return best / .nanoseconds(1)
}

/// The most that a level does: multiplications and additions from registers, and copies in the first-level cache.
struct Peak<Scalar: ConvolutionScalar> {
  let parts: KernelParts
  let source, target: GuardedScalars<Scalar>
  let operations, bytes: Double

  var lanes: Int { parts.lanes }

  init(_ level: ConvolutionInstructionSet) {
    unsafe parts = kernel_parts(level, Scalar.self == Double.self ? 1 : 0).pointee
    let count = (12 << 10) / MemoryLayout<Scalar>.stride
    source = GuardedScalars([Scalar](repeating: 0.5, count: count), guarded: .before)
    target = GuardedScalars([Scalar](repeating: 0.5, count: count), guarded: .before)
    let vectors = 24_000
    let (parts, from, to) = (parts, source, target)
    let time = bestNanoseconds { unsafe parts.multiply_and_add(vectors, to.start) }
    operations = Double(2 * vectors * parts.lanes) / time
    // Several copies in one call of the clock.
    let copies = bestNanoseconds { for _ in 0..<16 { unsafe parts.copy(from.start, to.start, count) } }
    bytes = Double(16 * 2 * count * MemoryLayout<Scalar>.stride) / copies
  }
}
