/// How the numbers of one tensor are written, so that their points stand below each other: NumPy's rules.
struct NumberColumn<Scalar: ConvolutionScalar> {
  /// Digits after the point, at most.
  private static var places: Int { 8 }

  private let isScientific: Bool
  /// The longest parts before the point, with the sign, and after it.
  private var whole = 0
  private var fraction = 0
  /// The digits of the longest exponent.
  private var exponent = 2

  init(_ numbers: [Scalar]) {
    let finite = numbers.filter(\.isFinite)
    let magnitudes = finite.filter { $0 != 0 }.map(\.magnitude)
    if let largest = magnitudes.max(), let smallest = magnitudes.min() {
      // As many digits as the type tells apart, eight at most.
      let limit: Scalar = Scalar.significandBitCount < 24 ? 1e6 : 1e8
      isScientific = largest >= limit || smallest < 1e-4 || largest / smallest > 1000
    } else {
      isScientific = false
    }
    for number in finite {
      let digits = fewestDigits(of: number)
      let parts = parts(of: number, digits)
      whole = max(whole, parts.whole.count)
      fraction = max(fraction, parts.fraction.count)
      exponent = max(exponent, "\(digits.exponent.magnitude)".count)
    }
    let longest = numbers.filter { !$0.isFinite }.map { name(of: $0).count }.max() ?? 0
    whole = max(whole, longest - (width - whole))
  }

  /// The number, filled up with spaces to the width of the column.
  func text(of number: Scalar) -> String {
    guard number.isFinite else { return padding(to: width, name(of: number)) + name(of: number) }
    // With an exponent, all digits that the column has room for, not only those that tell a number from its neighbours.
    let digits =
      isScientific ? DecimalDigits(Double(number.magnitude), significant: fraction + 1) : fewestDigits(of: number)
    let parts = parts(of: number, digits)
    let mantissa = "\(padding(to: whole, parts.whole))\(parts.whole).\(parts.fraction)"
    guard isScientific else { return mantissa + padding(to: fraction, parts.fraction) }
    let exponentDigits = "\(digits.exponent.magnitude)"
    return mantissa + (digits.exponent < 0 ? "e-" : "e+")
      + String(repeating: "0", count: exponent - exponentDigits.count) + exponentDigits
  }

  private var width: Int { whole + 1 + fraction + (isScientific ? 2 + exponent : 0) }

  /// The digits that tell the number from its neighbours, or fewer where there are too many.
  private func fewestDigits(of number: Scalar) -> DecimalDigits {
    let digits = DecimalDigits(number.magnitude)
    let significant = Self.places + 1 + (isScientific ? 0 : digits.exponent)
    return digits.digits.count > significant
      ? DecimalDigits(Double(number.magnitude), significant: significant).trimmed : digits
  }

  private func parts(of number: Scalar, _ digits: DecimalDigits) -> (whole: Substring, fraction: Substring) {
    let (whole, fraction) = digits.split(at: isScientific ? 0 : digits.exponent)
    return (number.sign == .minus ? "-" + whole : whole, fraction)
  }

  private func name(of number: Scalar) -> String { number.isNaN ? "nan" : "\(number)" }

  private func padding(to width: Int, _ text: some StringProtocol) -> String {
    String(repeating: " ", count: max(0, width - text.count))
  }
}
