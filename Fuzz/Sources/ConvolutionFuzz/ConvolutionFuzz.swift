import Convolution
import Glibc
import ReferenceConvolution

/// Checks random layers against the reference, in Float and Double, through every algorithm that serves them.
///
/// Every case comes from one number: the seed of the run plus the number of the case. A failure prints it, and
/// `--seed NUMBER --cases 1` runs that case alone.
@main
enum ConvolutionFuzz {
  static func main() {
    guard let options = Options(arguments: CommandLine.arguments.dropFirst()) else {
      print(Options.usage)
      exit(2)
    }
    print("\(options.cases) cases from seed \(options.seed); OpenBLAS \(OpenBLAS.version), \(OpenBLAS.core)")
    var float = Summary(scalar: "Float")
    var double = Summary(scalar: "Double")
    var failedCases = 0
    for number in 0..<options.cases {
      let seed = options.seed &+ UInt64(number)
      var generator = SplitMix64(seed: seed)
      let configuration = ConvolutionCase(using: &generator)
      if options.isVerbose { print("\(seed): \(configuration)") }
      var failures: [String] = []
      do {
        failures += float.add(try CaseCheck<Float>(configuration, using: &generator))
        failures += double.add(try CaseCheck<Double>(configuration, using: &generator))
      } catch {
        failures.append("threw \(error)")
      }
      if !failures.isEmpty {
        failedCases += 1
        print("FAILED --seed \(seed) --cases 1: \(configuration)")
        for failure in failures { print("  \(failure)") }
      }
    }
    print(float)
    print(double)
    print(failedCases == 0 ? "all \(options.cases) cases passed" : "\(failedCases) of \(options.cases) cases failed")
    exit(failedCases == 0 ? 0 : 1)
  }
}
