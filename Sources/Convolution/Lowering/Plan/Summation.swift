import CConvolutionKernels

/// How a long sum of products is cut up, so that its rounding error does not grow with its length.
///
/// A running sum of n products errs by n units at most: one for each rounding. A sum has parts, and these have pieces, each a
/// running sum. The pieces of a part are added up in pairs, and the pairs in pairs again, which adds a rounding for every
/// doubling, or, as the parts are, one after the other, which is a little quicker. Where rests are kept as well, what the
/// rounding of each such addition left over, these add no error but the last rounding.
struct Summation: Sendable, Hashable {
  /// Products that one running sum takes.
  let pieceTerms: Int
  /// Pieces that are added up in pairs; 1 where none are.
  let pairwisePieces: Int
  let keepsRests: Bool

  /// Enough for the additions of pieces to take little of the time.
  private static let mostPieceTerms = 64
  /// Of more equal products, pieces of 64 alone could err by more than 64 units.
  private static let mostTermsWithoutRests = 6144
  private static let mostPairwisePieces = 1 << ConvolutionPairwiseLevels

  /// - Parameters:
  ///   - terms: Of a sum, without its bias. With `strict` it errs by 16 units or the root of the terms at most, its last
  ///     rounding and the addition of the bias included.
  ///   - parts: That it has at most.
  init(terms: Int, parts: Int, termsPerPart: Int, precision: Precision) {
    guard precision == .strict else {
      pieceTerms = Self.mostPieceTerms
      keepsRests = terms > Self.mostTermsWithoutRests
      pairwisePieces = keepsRests ? Self.mostPairwisePieces : 1
      return
    }
    pairwisePieces = Self.mostPairwisePieces
    let alone = Self.longestPiece(terms: terms, parts: parts, termsPerPart: termsPerPart)
    let withRests = Self.longestPiece(terms: terms, parts: nil, termsPerPart: termsPerPart)
    keepsRests = 2 * alone < withRests
    pieceTerms = keepsRests ? withRests : alone
  }

  /// The sum of an output whose terms come from such a source.
  init(terms: Int, from choice: SourceChoice, precision: Precision) {
    self.init(terms: terms, parts: choice.mostParts, termsPerPart: choice.termsPerPart, precision: precision)
  }

  /// The sum over the pixels of a weight's gradient, which has totals of its own with rests where the precision is standard.
  init(pixels: Int, precision: Precision) {
    keepsRests = precision == .strict
    pairwisePieces = keepsRests ? Self.mostPairwisePieces : 1
    pieceTerms =
      keepsRests ? Self.longestPiece(terms: pixels, parts: nil, termsPerPart: pixels) : Self.mostPieceTerms
  }

  /// The longest piece with which a sum errs by 16 units or the root of its terms at most; none has 0 terms.
  ///
  /// - Parameter parts: `nil` where rests are kept.
  private static func longestPiece(terms: Int, parts: Int?, termsPerPart: Int) -> Int {
    let limit = max(16, Int(Double(terms).squareRoot()))
    return (1...mostPieceTerms).last { pieceTerms in
      let pieces = SizeArithmetic.dividingUp(termsPerPart, by: pieceTerms)
      let doublings = Int.bitWidth - (min(pieces, mostPairwisePieces) - 1).leadingZeroBitCount
      // The first sum is added to nothing, and the bias to the last.
      let additions = parts.map { $0 * SizeArithmetic.dividingUp(pieces, by: mostPairwisePieces) } ?? 2
      return pieceTerms + doublings + additions <= limit
    } ?? 0
  }
}
