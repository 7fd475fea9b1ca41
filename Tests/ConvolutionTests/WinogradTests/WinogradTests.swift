import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// Winograd, called behind the plan with every tile and at every level that this processor has, against the plain loops in
/// Double.
@Suite struct WinogradTests {
  @Test(arguments: WinogradSample.sizes, PaddingMode.allCases)
  func agreesWithTheDefinition(_ sizes: WinogradSample.Sizes, mode: PaddingMode) throws {
    for steps in WinogradSample.Steps.all where steps.kernel == 3 || mode == .zeros || mode == .circular {
      let sample = try WinogradSample(sizes, steps, mode: mode) { Float.random(in: -1...1, using: &$0) }
      let expected = try sample.expected()
      let magnitude = try sample.magnitude()
      for tile in steps.tiles {
        for level in supportedLevels {
          let output = try sample.output(tile, level, threads: 1)
          let error = NormalizedError(of: output, reference: expected, magnitude: magnitude).value
          let terms = sample.terms
          let bound =
            tile == .two ? NormalizedError.bound(terms: terms) : NormalizedError.winogradBound(terms: terms)
          #expect(error <= bound, "\(tile), \(steps), level \(level.rawValue)")
        }
      }
    }
  }

  /// A fault of the transforms would not show where outputs are computed again by the definition.
  @Test(arguments: WinogradSample.sizes, WinogradSample.Steps.all)
  func transformsAloneAgreeWithTheDefinition(_ sizes: WinogradSample.Sizes, steps: WinogradSample.Steps) throws {
    let sample = try WinogradSample(sizes, steps, mode: .zeros) { Float.random(in: -1...1, using: &$0) }
    let expected = try sample.expected()
    let magnitude = try sample.magnitude()
    for tile in steps.tiles {
      for level in supportedLevels {
        let output = try sample.outputWithoutRepair(tile, level)
        let error = NormalizedError(of: output, reference: expected, magnitude: magnitude).value
        #expect(error <= NormalizedError.winogradBound(terms: sample.terms), "\(tile), level \(level.rawValue)")
      }
    }
  }

  @Test(arguments: WinogradSample.sizes, WinogradSample.Steps.usual)
  func smallTilesAreExactOnIntegers(_ sizes: WinogradSample.Sizes, steps: WinogradSample.Steps) throws {
    // Weights without zeros: filters of many would not be left to tiles.
    let sample = try WinogradSample(sizes, steps, mode: .zeros) {
      Float(Int.random(in: 1...8, using: &$0) * (Bool.random(using: &$0) ? 1 : -1))
    }
    let expected = try sample.expected()
    for level in supportedLevels {
      #expect(try sample.output(.two, level, threads: 1).inDouble() == expected, "level \(level.rawValue)")
    }
  }

  @Test(arguments: WinogradSample.sizes, WinogradSample.Steps.all)
  func threadsAndBatchChangeNothing(_ sizes: WinogradSample.Sizes, steps: WinogradSample.Steps) throws {
    let sample = try WinogradSample(sizes, steps, mode: .reflect) { Float.random(in: -1...1, using: &$0) }
    var second = sample
    second.input = try Tensor(
      shape: [1] + sample.input.shape[1...], scalars: sample.input.scalars[(sample.input.scalars.count / 2)...])
    for tile in steps.tiles {
      for level in supportedLevels {
        let output = try sample.output(tile, level, threads: 1)
        #expect(try sample.output(tile, level, threads: 2) == output)
        #expect(try sample.output(tile, level, threads: 7) == output)
        let alone = try second.output(tile, level, threads: 3)
        #expect(alone.scalars == Array(output.scalars[(output.scalars.count / 2)...]))
      }
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude], WinogradSample.Steps.all)
  func valuesThatAreNotFiniteReachOnlyTheirOutputs(_ value: Float, steps: WinogradSample.Steps) throws {
    let sizes = WinogradSample.Sizes(height: 13, width: 19, inputChannels: 3, outputChannels: 5, groups: 1)
    var sample = try WinogradSample(sizes, steps, mode: .circular) {
      Float.random(in: 0.1...0.2, using: &$0)
    }
    // Beside others, and beside zeros, where there are no tiles.
    for keepsOthers in [true, false] {
      sample.input.withUnsafeMutableBufferPointer { input in
        for index in input.indices where !keepsOthers && index % 23 != 0 { unsafe input[index] = 0 }
        unsafe input[200] = value
      }
      let expected = try sample.expected()
      for tile in steps.tiles {
        for level in supportedLevels {
          for (actual, expected) in zip(try sample.output(tile, level, threads: 2).scalars, expected.scalars) {
            #expect(actual.isFinite == expected.isFinite && actual.isNaN == expected.isNaN)
            #expect(expected.isFinite || expected.isNaN || Double(actual) == expected)
          }
        }
      }
    }
  }

  /// Three values among zeros, whose sum is finite, though that of the first two is not.
  @Test func sumOfFewValuesThatOverflowsOnItsWay() throws {
    let layer = try Conv2d<Float>(weight: Tensor(repeating: 1, shape: [16, 16, 3, 3]), padding: 1)
    var input = try Tensor<Float>(zeros: [1, 16, 20, 40])
    for (channel, sign) in [1, 1, -1].enumerated() {
      input[0, channel, 10, 20] = Float(sign) * .greatestFiniteMagnitude
    }
    let output = try layer(input)
    for row in 0..<20 {
      for column in 0..<40 {
        let isReached = abs(row - 10) <= 1 && abs(column - 20) <= 1
        #expect(output[0, 15, row, column] == (isReached ? .greatestFiniteMagnitude : 0))
      }
    }
  }
}
