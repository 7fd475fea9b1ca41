import Convolution
import ReferenceConvolution
import Testing

/// A few of the cases that `fuzz-layers` runs by the thousand.
struct FuzzTests {
  @Test(arguments: 0..<10)
  func randomCases(part: Int) throws {
    for number in 0..<6 {
      let seed = UInt64(6 * part + number)
      var generator = SplitMix64(seed: seed)
      let configuration = ConvolutionCase(using: &generator)
      let float = try CaseCheck<Float>(configuration, using: &generator)
      let double = try CaseCheck<Double>(configuration, using: &generator)
      #expect(float.failures + double.failures == [], "seed \(seed): \(configuration)")
    }
  }
}
