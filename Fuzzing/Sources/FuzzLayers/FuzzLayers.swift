import Convolution
import Glibc
import ReferenceConvolution

/// Checks random layers against the reference, in Float and Double, through every algorithm that serves them. Three generators
/// take part in each case: random shapes, odd shapes, and magnitudes, which stand side by side in layers that suit tiles; and
/// a transposed layer.
///
/// Every case comes from one number: the seed of the run plus the number of the case. A failure prints it, and
/// `--seed NUMBER --cases 1` runs that case alone.
@main
enum FuzzLayers {
  static func main() {
    guard let options = Options(arguments: CommandLine.arguments.dropFirst()) else {
      print(Options.usage)
      exit(2)
    }
    print("\(options.cases) cases from seed \(options.seed); OpenBLAS \(OpenBLAS.version), \(OpenBLAS.core)")
    var run = Run(options)
    run.once()
    let grew = options.soakMinutes.map { Soak(minutes: $0).repeating { run.once() } }
    print(run)
    let unserved = options.cases >= 2000 ? run.unserved : []
    if !unserved.isEmpty { print("FAILED: no case was served by \(unserved.map(\.rawValue).sorted())") }
    if let grew { print("after the first minute memory grew by \(grew >> 10) KiB") }
    exit(run.failedCases == 0 && unserved.isEmpty && (grew ?? 0) < 1 << 20 ? 0 : 1)
  }
}

/// All cases of a run, as often as they are asked for.
struct Run: CustomStringConvertible {
  let options: Options
  private var float = Summary(name: "Random shapes, Float")
  private var double = Summary(name: "Random shapes, Double")
  private var oddFloat = Summary(name: "Odd shapes, Float")
  private var oddDouble = Summary(name: "Odd shapes, Double")
  private var magnitudeSummary = Summary(name: "Magnitudes, Float")
  private(set) var failedCases = 0
  private var passedCases = 0

  /// Algorithms that refused every case in Float.
  var unserved: Set<ConvolutionAlgorithm> { Set(ConvolutionAlgorithm.allCases).subtracting(float.served.keys) }

  init(_ options: Options) {
    self.options = options
  }

  mutating func once() {
    for number in 0..<options.cases { check(seed: options.seed &+ UInt64(number)) }
  }

  private mutating func check(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let configuration = ConvolutionCase(using: &generator)
    if options.isVerbose {
      // At once: where a kernel stops the process, the last line names the case.
      print("\(seed): \(configuration)")
      fflush(nil)
    }
    var failures: [String] = []
    do {
      failures += float.add(try CaseCheck<Float>(configuration, using: &generator))
      failures += double.add(try CaseCheck<Double>(configuration, using: &generator))
      let odd = ConvolutionCase(oddUsing: &generator)
      if options.isVerbose {
        print("\(seed), odd: \(odd)")
        fflush(nil)
      }
      failures += oddFloat.add(try CaseCheck<Float>(odd, using: &generator)).map { "\($0), of \(odd)" }
      failures += oddDouble.add(try CaseCheck<Double>(odd, using: &generator)).map { "\($0), of \(odd)" }
      let suiting = ConvolutionCase(suitingTilesUsing: &generator)
      let magnitudes = try MagnitudeCheck<Float>(suiting, using: &generator)
      magnitudeSummary.add(magnitudes)
      failures += magnitudes.failures.map { "\($0), of \(suiting)" }
      let transposed = TransposedCase(using: &generator)
      failures += try
        (TransposedCheck<Float>(transposed, using: &generator).failures
        + TransposedCheck<Double>(transposed, using: &generator).failures).map { "\($0), of \(transposed)" }
      failures += try PreparedCheck(
        of: configuration.layer(using: &generator), at: configuration.input(using: &generator), using: &generator
      ).failures
      failures += try PreparedCheck(
        of: suiting.layer(using: &generator), at: suiting.input(using: &generator), using: &generator
      ).failures.map { "\($0), of \(suiting)" }
      failures += try PreparedCheck(
        of: transposed.layer(using: &generator),
        at: RandomScalars.uniform.tensor(transposed.inputShape, using: &generator),
        using: &generator
      ).failures.map { "\($0), of \(transposed)" }
    } catch {
      failures.append("threw \(error)")
    }
    guard !failures.isEmpty else {
      passedCases += 1
      return
    }
    failedCases += 1
    print("FAILED --seed \(seed) --cases 1: \(configuration)")
    for failure in failures { print("  \(failure)") }
  }

  var description: String {
    let summaries = [float, double, oddFloat, oddDouble, magnitudeSummary].map(\.description)
    return (summaries + ["\(passedCases) cases passed, \(failedCases) failed"]).joined(separator: "\n")
  }
}
