/// Conversions between formats of numbers on their bits: a thread that rounds upward, or takes subnormal numbers for zero,
/// reads and writes the same numbers as any other. The only operation on floating-point numbers is making one of a small
/// integer, which is exact.

extension Float {
  /// The value of 16 bits in IEEE 754's format for that size.
  ///
  /// Where the processor's baseline has no instruction for it, `Float(Float16(bitPattern:))` is a call for each number. This
  /// is a few operations on many at once.
  init(float16 bits: UInt16) {
    let magnitude = UInt32(bits & 0x7FFF)
    let rebias: UInt32 = (127 - 15) << 23
    // The largest exponent stands for infinity and NaN in both formats.
    let normal = (magnitude << 13) &+ rebias &+ (magnitude >= 0x7C00 ? rebias : 0)
    // A subnormal number is its fraction times 2⁻²⁴; zero has no exponent to lower.
    let fraction = Float(Int32(bitPattern: magnitude)).bitPattern
    let subnormal = fraction &- min(fraction, 24 << 23)
    self = Float(bitPattern: (magnitude < 0x400 ? subnormal : normal) | UInt32(bits & 0x8000) << 16)
  }

  /// The value of the upper half of a `Float`.
  init(bfloat16 bits: UInt16) {
    self = Float(bitPattern: UInt32(bits) << 16)
  }

  /// The nearest number, the even one of two; infinity from half a unit beyond the largest on.
  init(narrowing value: Double) {
    self = Float(bitPattern: UInt32(truncatingIfNeeded: value.bits(exponent: 8, fraction: 23)))
  }
}

extension UInt16 {
  /// The bits of the nearest `Float16`, the even one of two; infinity from half a unit beyond the largest on.
  init(float16 value: Double) {
    self = UInt16(truncatingIfNeeded: value.bits(exponent: 5, fraction: 10))
  }

  /// The upper half of a `Float`, rounded to nearest, to the even one of two; infinity from half a unit beyond the largest on.
  init(bfloat16 value: Double) {
    self = UInt16(truncatingIfNeeded: value.bits(exponent: 8, fraction: 7))
  }
}

extension Double {
  /// The same number.
  init(widening value: Float) {
    let magnitude = value.bitPattern & 0x7FFF_FFFF
    let rebias: UInt64 = (1023 - 127) << 52
    let normal = (UInt64(magnitude) << 29) &+ rebias &+ (magnitude >= 0x7F80_0000 ? rebias : 0)
    // As above: a subnormal number is its fraction times 2⁻¹⁴⁹.
    let fraction = Double(Int32(bitPattern: magnitude)).bitPattern
    let subnormal = fraction &- min(fraction, 149 << 52)
    let sign = UInt64(value.bitPattern & 0x8000_0000) << 32
    self = Double(bitPattern: (magnitude < 0x0080_0000 ? subnormal : normal) | sign)
  }

  /// The number in a format of fewer bits: rounded to nearest, of two as near to the even one, to infinity from half a unit
  /// beyond the largest on. NaN stays NaN, made quiet, with the upper bits of its fraction.
  @inline(__always)
  fileprivate func bits(exponent exponentBits: UInt64, fraction fractionBits: UInt64) -> UInt64 {
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
