/// How a long sum of products is cut up, so that its rounding error does not grow with its length.
///
/// A running sum of n products errs by n units at most: one for each rounding. The sums of pieces are added up; where their
/// rests are kept as well, what the rounding of each addition left over, that adds no error but the last rounding.
struct Summation: Sendable, Hashable {
  /// Products that one running sum takes.
  let pieceTerms: Int
  let keepsRests: Bool

  /// Enough for the additions of pieces to take little of the time.
  private static let mostPieceTerms = 64
  /// Of more equal products, pieces of 64 alone could err by more than 64 units.
  private static let mostTermsWithoutRests = 6144

  /// - Parameter terms: Of a sum, without its bias. With `strict` it errs by 16 units or the root of the terms at most, its
  ///   last rounding and the addition of the bias included.
  init(terms: Int, precision: Precision) {
    guard precision == .strict else {
      pieceTerms = Self.mostPieceTerms
      keepsRests = terms > Self.mostTermsWithoutRests
      return
    }
    let limit = max(16, Int(Double(terms).squareRoot()))
    // Fewer terms than that err by less, however they are added.
    keepsRests = terms >= limit
    pieceTerms = min(limit - 2, Self.mostPieceTerms)
  }

  /// The sum over the pixels of a weight's gradient, which has totals of its own with rests where the precision is standard.
  init(pixels: Int, precision: Precision) {
    self.init(terms: precision == .strict ? pixels : 0, precision: precision)
  }
}
