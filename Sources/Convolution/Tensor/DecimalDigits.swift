private import CConvolutionKernels

/// A number that is not negative, in decimal digits: `d₀.d₁d₂… · 10^exponent`.
struct DecimalDigits {
  let digits: String
  let exponent: Int

  /// The fewest digits that tell a finite number from its neighbours.
  init<Scalar: ConvolutionScalar>(_ number: Scalar) {
    // Swift's description holds just these, as in 12.5 or 1.25e-07.
    let halves = "\(number)".split(separator: "e")
    let mantissa = halves[0].split(separator: ".", omittingEmptySubsequences: false)
    let all = mantissa.joined()
    let significant = all.drop { $0 == "0" }
    let point = mantissa[0].count - 1 + (halves.count > 1 ? Int(halves[1]) ?? 0 : 0)
    let digits = DecimalDigits(
      digits: significant.isEmpty ? "0" : String(significant),
      exponent: significant.isEmpty ? 0 : point - (all.count - significant.count))
    self = digits.trimmed
  }

  /// The first digits of a finite number, correctly rounded.
  init(_ number: Double, significant count: Int) {
    var text = [CChar](repeating: 0, count: count + 16)
    unsafe convolution_print_number(number, Int32(max(1, count)), &text, text.count)
    // The point may be a comma: what separates is left out.
    let halves = text.prefix { $0 != 0 }.map { Character(UnicodeScalar(UInt8($0))) }.split(separator: "e")
    digits = String(halves[0].filter(\.isNumber))
    exponent = Int(String(halves[1])) ?? 0
  }

  private init(digits: String, exponent: Int) {
    (self.digits, self.exponent) = (digits, exponent)
  }

  /// Without the zeros at the end, which say nothing.
  var trimmed: DecimalDigits {
    let zeros = digits.dropFirst().reversed().prefix { $0 == "0" }.count
    return DecimalDigits(digits: String(digits.dropLast(zeros)), exponent: exponent)
  }

  /// The digits up to that of 10⁰ and those after it, for a number whose first digit counts 10^`exponent`.
  func split(at exponent: Int) -> (whole: Substring, fraction: Substring) {
    let zeros = String(repeating: "0", count: max(0, -exponent))
    let filled = zeros + digits + String(repeating: "0", count: max(0, exponent + 1 - digits.count))
    let whole = filled.prefix(max(1, exponent + 1))
    return (whole, filled.dropFirst(whole.count))
  }
}
