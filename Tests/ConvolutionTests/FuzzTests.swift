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

  @Test(arguments: 0..<10)
  func oddShapes(part: Int) throws {
    for number in 0..<6 {
      let seed = UInt64(6 * part + number)
      var generator = SplitMix64(seed: seed)
      let configuration = ConvolutionCase(oddUsing: &generator)
      let float = try CaseCheck<Float>(configuration, using: &generator)
      let double = try CaseCheck<Double>(configuration, using: &generator)
      #expect(float.failures + double.failures == [], "seed \(seed): \(configuration)")
    }
  }

  @Test(arguments: 0..<10)
  func randomPreparedLayers(part: Int) throws {
    var served: Set<String> = []
    for number in 0..<6 {
      let seed = UInt64(6 * part + number)
      var generator = SplitMix64(seed: seed)
      let configuration = ConvolutionCase(using: &generator)
      let suiting = ConvolutionCase(suitingTilesUsing: &generator)
      let transposed = TransposedCase(using: &generator)
      for configuration in [configuration, suiting] {
        let check = try PreparedCheck(
          of: configuration.layer(using: &generator), at: configuration.input(using: &generator), using: &generator)
        #expect(check.failures == [], "seed \(seed): \(configuration)")
        served.formUnion(check.served)
      }
      let check = try PreparedCheck(
        of: transposed.layer(holding: .uniform, using: &generator),
        at: RandomScalars.uniform.tensor(transposed.inputShape, using: &generator), using: &generator)
      #expect(check.failures == [], "seed \(seed): \(transposed)")
    }
    #expect(served.count > 2)
  }

  /// Large values beside small ones, in layers that tiles suit.
  @Test(arguments: 0..<10)
  func randomMagnitudes(part: Int) throws {
    for number in 0..<12 {
      let seed = UInt64(12 * part + number)
      var generator = SplitMix64(seed: seed)
      let configuration = ConvolutionCase(suitingTilesUsing: &generator)
      let check = try MagnitudeCheck<Float>(configuration, using: &generator)
      #expect(check.failures == [], "seed \(seed): \(configuration)")
    }
  }
}
