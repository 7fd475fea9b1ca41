/// Random numbers of the generator xoshiro256**, which begins where the system's random numbers say: those alone would be most
/// of the time that a network of many weights takes to be made.
///
/// D. Blackman, S. Vigna: Scrambled Linear Pseudorandom Number Generators, [arXiv:1805.01407](https://arxiv.org/abs/1805.01407).
package struct SystemGenerator: RandomNumberGenerator {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  package init() {
    var system = SystemRandomNumberGenerator()
    // Of four zeros nothing but zeros would follow.
    state = (system.next() | 1, system.next(), system.next(), system.next())
  }

  package mutating func next() -> UInt64 {
    func rotated(_ value: UInt64, by count: UInt64) -> UInt64 { value << count | value >> (64 - count) }
    let result = rotated(state.1 &* 5, by: 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotated(state.3, by: 45)
    return result
  }
}
