import CConvolutionKernels
import Glibc
import TestSupport
import Testing

@testable import Convolution

/// The kernels between convolutions, one by one, at every level that this processor has, on integers, beside protected
/// pages; ``FunctionTests`` has the accuracy of the functions.
@Suite struct ElementwiseKernelTests {
  private typealias Function = (kind: ConvolutionFunction, parameter: Double)

  private static let functions: [Function] = [
    (ConvolutionFunctionExponential, 0), (ConvolutionFunctionReLU, 0), (ConvolutionFunctionReLU6, 0),
    (ConvolutionFunctionLeakyReLU, 0.25), (ConvolutionFunctionSigmoid, 0), (ConvolutionFunctionTanh, 0),
    (ConvolutionFunctionSiLU, 0), (ConvolutionFunctionHardswish, 0), (ConvolutionFunctionGELU, 0),
    (ConvolutionFunctionTanhGELU, 0),
  ]

  /// By the formula, in Double.
  private static func value(_ function: Function, _ x: Double) -> Double {
    switch function.kind {
    case ConvolutionFunctionExponential: exp(x)
    case ConvolutionFunctionReLU: max(x, 0)
    case ConvolutionFunctionReLU6: min(max(x, 0), 6)
    case ConvolutionFunctionLeakyReLU: x > 0 ? x : function.parameter * x
    case ConvolutionFunctionSigmoid: 1 / (1 + exp(-x))
    case ConvolutionFunctionTanh: tanh(x)
    case ConvolutionFunctionSiLU: x / (1 + exp(-x))
    case ConvolutionFunctionHardswish: x * min(max(x + 3, 0), 6) / 6
    case ConvolutionFunctionGELU: x / 2 * erfc(-x / 2.squareRoot())
    default: x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }
  }

  @Test(arguments: supportedLevels) func functions(level: ConvolutionInstructionSet) throws {
    func check<Scalar>(_ call: ElementwiseCall<Scalar>, tolerance: Double, name: String) throws {
      for function in Self.functions {
        call.activate(function.kind, function.parameter)
        for (x, y) in zip(call.x.scalars, call.result.scalars) {
          let expected = Self.value(function, Double(x))
          #expect(abs(Double(y) - expected) <= tolerance * max(1, abs(expected)), "\(function), \(x), \(name)")
        }
      }
    }
    try forEachCall(level, Float.self, check)
    try forEachCall(level, Double.self, check)
  }

  /// Against the slope of the value between two neighbours.
  @Test(arguments: supportedLevels) func derivatives(level: ConvolutionInstructionSet) throws {
    func check<Scalar>(_ call: ElementwiseCall<Scalar>, tolerance: Double, name: String) throws {
      // Between the integers at which some functions have a corner.
      for index in 0..<call.count { unsafe call.x.start[index] += 0.5 }
      for function in Self.functions {
        call.activationGradient(function.kind, function.parameter)
        for ((x, y), gradient) in zip(zip(call.x.scalars, call.y.scalars), call.result.scalars) {
          let (x, step) = (Double(x), 0x1p-16)
          let slope = (Self.value(function, x + step) - Self.value(function, x - step)) / (2 * step)
          let expected = Double(y) * slope
          #expect(
            abs(Double(gradient) - expected) <= max(tolerance, 1e-7) * max(1, abs(expected)),
            "\(function), \(x), \(name)")
        }
      }
    }
    try forEachCall(level, Float.self, check)
    try forEachCall(level, Double.self, check)
  }

  @Test(arguments: supportedLevels) func sums(level: ConvolutionInstructionSet) throws {
    func check<Scalar>(_ call: ElementwiseCall<Scalar>, tolerance: Double, name: String) throws {
      let pairs = zip(call.x.scalars, call.y.scalars).map { (Double($0), Double($1)) }
      #expect(call.slopeGradient() == pairs.reduce(0) { $0 + min($1.0, 0) * $1.1 }, "\(name)")
      let sums = [
        pairs.reduce(1) { $0 + $1.1 - 2 }, pairs.reduce(2) { $0 + ($1.1 - 2) * ($1.0 - 3) },
      ]
      #expect(call.moments() == sums, "\(name)")
      #expect(call.addSum() == [pairs.reduce(1) { $0 + $1.0 }, 2], "\(name)")
    }
    try forEachCall(level, Float.self, check)
    try forEachCall(level, Double.self, check)
  }

  /// Sums of numbers that are rounded have the same bits everywhere, and pass through 13 roundings at most.
  @Test func sumsAreAlikeAtEveryLevel() throws {
    for count in [5, 31, 255, 600, 4001] {
      let values = try Tensor<Float>.random([count], seed: UInt64(count)).scalars
      let sums = try supportedLevels.map { level in
        let call = try ElementwiseCall<Float>(count, guarded: .behind, level)
        for index in 0..<count { unsafe call.x.start[index] = values[index] }
        return call.addSum()
      }
      #expect(Set(sums).count == 1, "\(count)")
      let (exact, magnitude) = values.reduce(into: (1.0, 0.0)) { $0 = ($0.0 + Double($1), $0.1 + Double(abs($1))) }
      #expect(abs(sums[0][0] - exact) <= 13 * magnitude * Double(Float.ulpOfOne) / 2, "\(count)")
    }
  }

  @Test(arguments: supportedLevels) func normalizations(level: ConvolutionInstructionSet) throws {
    func check<Scalar>(_ call: ElementwiseCall<Scalar>, tolerance: Double, name: String) throws {
      call.normalize()
      #expect(call.result.scalars == call.x.scalars.map { ($0 - 3) * 0.5 + 4 }, "\(name)")
      call.normalizeGradient()
      let expected = zip(call.x.scalars, call.y.scalars).map { ($1 - 2) * 0.5 - ($0 - 3) * 0.25 }
      #expect(call.result.scalars == expected, "\(name)")
    }
    try forEachCall(level, Float.self, check)
    try forEachCall(level, Double.self, check)
  }

  @Test(arguments: supportedLevels) func crossEntropy(level: ConvolutionInstructionSet) throws {
    func check<Scalar>(_ call: ElementwiseCall<Scalar>, tolerance: Double, name: String) throws {
      let classes = 3
      guard call.count % classes == 0, call.count > 0 else { return }
      let positions = call.count / classes
      let labels = (0..<positions).map { $0 == 1 ? -1 : $0 % classes }
      let loss = call.crossEntropy(classes: classes, labels: labels)
      let (scores, gradient) = (call.x.scalars.map { Double($0) }, call.result.scalars)
      var expected = 0.0
      for (position, label) in labels.enumerated() {
        let powers = (0..<classes).map { exp(scores[$0 * positions + position]) }
        let sum = powers.reduce(0, +)
        if label >= 0 { expected -= log(powers[label] / sum) }
        for k in 0..<classes {
          let slope = label < 0 ? 0 : 0.5 * (powers[k] / sum - (k == label ? 1 : 0))
          #expect(abs(Double(gradient[k * positions + position]) - slope) <= tolerance, "\(name)")
        }
      }
      #expect(abs(loss - expected) <= tolerance * max(1, expected), "\(name)")
    }
    try forEachCall(level, Float.self, check)
    try forEachCall(level, Double.self, check)
  }

  /// The parts of an array are those of the whole.
  @Test func hashesAndDrops() throws {
    func check<Scalar>(_ call: ElementwiseCall<Scalar>, tolerance: Double, name: String) throws {
      let middle = call.count / 3
      #expect(call.hash(0..<call.count) == call.hash(0..<middle) &+ call.hash(middle..<call.count), "\(name)")
      call.drop(0..<middle)
      call.drop(middle..<call.count)
      let parts = call.result.scalars
      call.drop(0..<call.count)
      #expect(call.result.scalars == parts, "\(name)")
      #expect(zip(parts, call.x.scalars).allSatisfy { $0 == 0 || $0 == 2 * $1 }, "\(name)")
    }
    try forEachCall(supportedLevels[0], Float.self, check)
    try forEachCall(supportedLevels[0], Double.self, check)
    let long = try ElementwiseCall<Float>(30_000, guarded: .behind, supportedLevels[0])
    for index in 0..<long.count { unsafe long.x.start[index] = 1 }
    long.drop(0..<long.count)
    let kept = long.result.scalars.count { $0 != 0 }
    // Of 22,500 expected, with a deviation of 75.
    #expect(22_000...23_000 ~= kept)
    let hash = long.hash(0..<long.count)
    unsafe long.x.start[long.count - 1] = Float(1).nextUp
    #expect(long.hash(0..<long.count) != hash)
  }

  /// Every remainder of vectors, guarded before and behind; with a tolerance of some units.
  private func forEachCall<Scalar: ConvolutionScalar>(
    _ level: ConvolutionInstructionSet, _: Scalar.Type,
    _ body: (ElementwiseCall<Scalar>, _ tolerance: Double, _ name: String) throws -> Void
  ) throws {
    for count in Array(0...34) + [600] {
      for edge in GuardedScalars<Scalar>.Edge.allCases {
        let call = try ElementwiseCall<Scalar>(count, guarded: edge, level)
        try body(call, 16 * Double(Scalar.ulpOfOne), "\(Scalar.self), \(count), guarded \(edge)")
      }
    }
  }
}
