import CConvolutionKernels
import Convolution
import Foundation
import ReferenceConvolution
import TestSupport
import Testing

/// exp and tanh within two units in the last place, at every level of instructions that this processor has, and what they
/// make of numbers that are not ordinary.
@Suite struct FunctionTests {
  /// Half a million bit patterns of all 2³², a fixed distance apart; the C library's functions in double as the truth.
  @Test(arguments: supportedLevels) func inFloat(level: ConvolutionInstructionSet) {
    let inputs = (0..<500_000).map { Float(bitPattern: UInt32($0) &* 8589) }
    for (activation, exact) in [
      (ConvolutionFunctionExponential, { exp($0) }), (ConvolutionFunctionTanh, { tanh($0) }),
    ] as [(ConvolutionFunction, (Double) -> Double)] {
      let outputs = values(of: activation, at: inputs, level)
      var worst = 0.0
      for (input, output) in zip(inputs, outputs) {
        let expected = exact(Double(input))
        if !expected.isFinite || Float(expected).isInfinite || !output.isFinite {
          if output != Float(expected), !(output.isNaN && expected.isNaN) { worst = .infinity }
        } else {
          let unit = Double(Float(expected).magnitude.ulp)
          worst = max(worst, abs(Double(output) - expected) / unit)
        }
      }
      #expect(worst <= 2, "\(activation)")
    }
  }

  /// Numbers of every magnitude up to 2¹⁰ and as small as 2⁻¹⁰⁷⁴; the C library's functions in extended precision, where
  /// there is one, as the truth.
  @Test(arguments: supportedLevels) func inDouble(level: ConvolutionInstructionSet) {
    #if arch(x86_64)
      typealias Extended = Float80
    #else
      typealias Extended = Double
    #endif
    var generator = SplitMix64(seed: 1)
    let inputs =
      (0..<400_000).map { index in
        let exponent = Double(index % 4 == 0 ? Int.random(in: -1074...0, using: &generator) : index % 40 - 30)
        return Double.random(in: -1..<1, using: &generator) * exp2(exponent + 1)
      } + (0..<100_000).map { _ in Double.random(in: -760..<760, using: &generator) }
    for (activation, exact) in [
      (ConvolutionFunctionExponential, { exp($0) }), (ConvolutionFunctionTanh, { tanh($0) }),
    ] as [(ConvolutionFunction, (Extended) -> Extended)] {
      let outputs = values(of: activation, at: inputs, level)
      var worst = 0.0
      for (input, output) in zip(inputs, outputs) {
        let expected = exact(Extended(input))
        let rounded = Double(expected)
        if rounded.isInfinite || output.isInfinite {
          if output != rounded { worst = .infinity }
        } else {
          worst = max(worst, Double(abs(Extended(output) - expected) / Extended(rounded.magnitude.ulp)))
        }
      }
      #expect(worst <= 2, "\(activation)")
    }
  }

  @Test(arguments: supportedLevels) func notOrdinary(level: ConvolutionInstructionSet) {
    func check<Scalar: ConvolutionScalar>(_: Scalar.Type) {
      let tiny = Scalar.leastNonzeroMagnitude
      let inputs: [Scalar] = [0, -0.0, .infinity, -.infinity, .nan, tiny, -tiny, .greatestFiniteMagnitude]
      let powers = values(of: ConvolutionFunctionExponential, at: inputs, level)
      #expect(powers[0] == 1 && powers[1] == 1 && powers[2] == .infinity && powers[3] == 0 && powers[4].isNaN)
      #expect(powers[5] == 1 && powers[6] == 1 && powers[7] == .infinity)
      let tangents = values(of: ConvolutionFunctionTanh, at: inputs, level)
      #expect(tangents[0].sign == .plus && tangents[1].sign == .minus && tangents[0] == 0 && tangents[1] == 0)
      #expect(tangents[2] == 1 && tangents[3] == -1 && tangents[4].isNaN)
      #expect(tangents[5] == tiny && tangents[6] == -tiny && tangents[7] == 1)
    }
    check(Float.self)
    check(Double.self)
  }

  /// x Φ(x) keeps its digits from one end to the other, in units in the last place: until the square of x was taken exactly,
  /// 247 of them were lost below −13.
  @Test(arguments: supportedLevels) func normalDistributionInFloat(level: ConvolutionInstructionSet) {
    let inputs = (-150_000...150_000).map { Float($0) / 10_000 }
    let outputs = values(of: ConvolutionFunctionGELU, at: inputs, level)
    var worst = 0.0
    for (input, output) in zip(inputs, outputs) {
      let expected = Double(input) * 0.5 * erfc(-Double(input) / 2.0.squareRoot())
      worst = max(worst, abs(Double(output) - expected) / Double(Float(expected).magnitude.ulp))
    }
    #expect(worst <= 7)
  }

  /// Infinities, zeros and NaN as PyTorch has them.
  @Test(arguments: supportedLevels) func geluOfWhatIsNotOrdinary(level: ConvolutionInstructionSet) {
    func check<Scalar: ConvolutionScalar>(_: Scalar.Type) {
      let tiny = Scalar.leastNormalMagnitude
      let outputs = values(
        of: ConvolutionFunctionGELU, at: [0, -0.0, .infinity, -.infinity, .nan, tiny, -tiny] as [Scalar], level)
      #expect(outputs[0] == 0 && outputs[0].sign == .plus && outputs[1] == 0 && outputs[1].sign == .minus)
      #expect(outputs[2] == .infinity && outputs[3].isNaN && outputs[4].isNaN)
      #expect(outputs[5] == tiny / 2 && outputs[6] == -tiny / 2)
    }
    check(Float.self)
    check(Double.self)
  }

  /// The normal distribution keeps its digits in both tails, where PyTorch's has none left below −6 or so.
  @Test(arguments: supportedLevels) func normalDistribution(level: ConvolutionInstructionSet) {
    let inputs = (-3000...3000).map { Double($0) / 100 }
    let outputs = values(of: ConvolutionFunctionGELU, at: inputs, level)
    for (input, output) in zip(inputs, outputs) {
      let expected = input * 0.5 * erfc(-input / 2.0.squareRoot())
      // The C library's erfc rounds its argument, which exp(−x² / 2) multiplies.
      let tolerance = (8 + 2 * input * input) * 0x1p-52
      #expect(abs(output - expected) <= tolerance * abs(expected), "\(input)")
    }
  }

  private func values<Scalar: ConvolutionScalar>(
    of activation: ConvolutionFunction, at inputs: [Scalar], _ level: ConvolutionInstructionSet
  ) -> [Scalar] {
    var outputs = [Scalar](repeating: .nan, count: inputs.count)
    unsafe outputs.withUnsafeMutableBufferPointer { outputs in
      unsafe inputs.withUnsafeBufferPointer { inputs in
        unsafe convolution_activate(
          level, MemoryLayout<Scalar>.size, activation, 0, inputs.baseAddress!, outputs.baseAddress!, inputs.count)
      }
    }
    return outputs
  }
}
