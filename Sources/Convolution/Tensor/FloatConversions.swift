/// Conversions between formats of numbers on their bits: a thread that rounds upward, or takes subnormal numbers for zero,
/// reads and writes the same numbers as any other. The only operation on floating-point numbers is making one of a small
/// integer, which is exact.

extension UInt16 {
  /// The bits of the nearest `Float16`, the even one of two; infinity from half a unit beyond the largest on.
  @inlinable package init(float16 value: Double) {
    self = UInt16(truncatingIfNeeded: value.bits(exponent: 5, fraction: 10))
  }

  /// The upper half of a `Float`, rounded to nearest, to the even one of two; infinity from half a unit beyond the largest on.
  @inlinable package init(bfloat16 value: Double) {
    self = UInt16(truncatingIfNeeded: value.bits(exponent: 8, fraction: 7))
  }
}

extension Float {
  /// The same number.
  @inlinable package var widened: Double {
    let magnitude = bitPattern & 0x7FFF_FFFF
    let rebias: UInt64 = (1023 - 127) << 52
    let normal = (UInt64(magnitude) << 29) &+ rebias &+ (magnitude >= 0x7F80_0000 ? rebias : 0)
    // A subnormal number is its fraction times 2⁻¹⁴⁹; zero has no exponent to lower.
    let fraction = Double(Int32(bitPattern: magnitude)).bitPattern
    let subnormal = fraction &- min(fraction, 149 << 52)
    let sign = UInt64(bitPattern & 0x8000_0000) << 32
    return Double(bitPattern: (magnitude < 0x0080_0000 ? subnormal : normal) | sign)
  }
}

extension Double {
  /// The nearest number, the even one of two; infinity from half a unit beyond the largest on.
  @inlinable package var narrowed: Float {
    Float(bitPattern: UInt32(truncatingIfNeeded: bits(exponent: 8, fraction: 23)))
  }

  /// The number in a format of fewer bits: rounded to nearest, of two as near to the even one, to infinity from half a unit
  /// beyond the largest on. NaN stays NaN, made quiet, with the upper bits of its fraction.
  @inlinable @inline(__always)
  package func bits(exponent exponentBits: UInt64, fraction fractionBits: UInt64) -> UInt64 {
    let sign = (bitPattern >> 63) << (exponentBits + fractionBits)
    let magnitude = bitPattern & ~(1 << 63)
    let infinity: UInt64 = ((1 << exponentBits) - 1) << fractionBits
    let ownFraction: UInt64 = (1 << 52) - 1
    if magnitude > 0x7FF << 52 {
      return sign | infinity | 1 << (fractionBits - 1) | (magnitude & ownFraction) >> (52 - fractionBits)
    }
    // The exponent in the target's bias; below 1 the number is subnormal there, and has fewer bits.
    let bias: Int64 = (1 << (exponentBits - 1)) - 1
    let exponent = Int64(magnitude >> 52) - 1023 + bias
    // At 54 and more nothing is left: the number is below half of the smallest.
    let dropped = min(UInt64(52) - fractionBits + UInt64(max(0, 1 - exponent)), 54)
    let significand = magnitude & ownFraction | 1 << 52
    let isOdd = significand >> dropped & 1
    let rounded = (significand + (1 << (dropped - 1)) - 1 + isOdd) >> dropped
    // The significand's leading bit, and a carry out of it, raise the exponent by one each.
    let whole = exponent > 0 ? UInt64(exponent - 1) << fractionBits + rounded : rounded
    return sign | min(whole, infinity)
  }
}
