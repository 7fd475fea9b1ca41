import Convolution
import ReferenceConvolution

/// How often each algorithm served, and its largest errors over all cases.
struct Summary: CustomStringConvertible {
  /// The generator and the scalar.
  let name: String
  private(set) var served: [ConvolutionAlgorithm: Int] = [:]
  private var errors: [ConvolutionAlgorithm: Double] = [:]
  private var gradientShares: [ConvolutionAlgorithm: Double] = [:]
  private var ownShares: [Precision: [String: Double]] = [:]

  init(name: String) {
    self.name = name
  }

  /// - Returns: What was found wrong.
  mutating func add<Scalar>(_ check: CaseCheck<Scalar>) -> [String] {
    for (algorithm, error) in check.errors {
      served[algorithm, default: 0] += 1
      errors[algorithm] = max(errors[algorithm] ?? 0, error)
    }
    gradientShares.merge(check.gradientShares) { max($0, $1) }
    return check.failures
  }

  mutating func add<Scalar>(_ check: MagnitudeCheck<Scalar>) {
    ownShares.merge(check.shares) { $0.merging($1) { max($0, $1) } }
  }

  var description: String {
    let lines = ConvolutionAlgorithm.allCases.compactMap { algorithm -> String? in
      guard let served = served[algorithm], let error = errors[algorithm] else { return nil }
      let share = gradientShares[algorithm] ?? 0
      return "  \(algorithm): \(served) cases, largest error \(rounded(error)), "
        + "largest gradient error \(rounded(100 * share)) % of its bound"
    }
    let ownLines = [Precision.standard, .strict].compactMap { precision in
      ownShares[precision].map { shares in
        "  automatic, \(precision), beside own products: "
          + shares.sorted { $0.key < $1.key }.map { "\($0.key) \(rounded(100 * $0.value)) %" }.joined(separator: ", ")
      }
    }
    return ([name] + lines + ownLines).joined(separator: "\n")
  }

  /// With one decimal.
  private func rounded(_ value: Double) -> String {
    value.isFinite && value < 1e15 ? "\(Double(Int(value * 10 + 0.5)) / 10)" : "\(value)"
  }
}
