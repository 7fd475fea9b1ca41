import CConvolutionKernels
import TestSupport
import Testing

@testable import Convolution

/// The kernels of pooling and resampling, called without a layer, at every level that this processor has, on integers, whose
/// sums are exact, beside protected pages.
@Suite struct WindowKernelTests {
  @Test(arguments: supportedLevels, [false, true])
  func pooling(level: ConvolutionInstructionSet, isMean: Bool) throws {
    func check<Scalar>(_ call: WindowCall<Scalar>, name: String) {
      call.pool(isMean: isMean)
      var gradient = [Double](repeating: 0, count: call.input.count)
      let (input, outputGradient) = (call.input.scalars, call.outputGradient.scalars)
      let outputs = call.forEachWindow { output, places in
        let values = places.map { Double(input[$0]) }
        let slope = Double(outputGradient[output])
        if isMean {
          for place in places { gradient[place] += slope / 16 }
          return values.reduce(0, +) / 16
        }
        // The first of those that are equal.
        let largest = values.max() ?? -.infinity
        if let first = values.firstIndex(of: largest) { gradient[places[first]] += slope }
        return largest
      }
      #expect(call.output.scalars == outputs.map { Scalar($0) }, "\(name)")
      call.poolGradient(isMean: isMean)
      #expect(call.inputGradient.scalars == gradient.map { Scalar($0) }, "\(name)")
    }
    try forEachCall(level, Float.self, check)
    try forEachCall(level, Double.self, check)
  }

  @Test(arguments: supportedLevels, [false, true])
  func resampling(level: ConvolutionInstructionSet, isNearest: Bool) throws {
    func check<Scalar>(_ call: WindowCall<Scalar>, name: String) {
      call.resample(isNearest: isNearest)
      var gradient = [Double](repeating: 0, count: call.input.count)
      let (input, outputGradient) = (call.input.scalars, call.outputGradient.scalars)
      var outputs: [Double] = []
      for (planeIndex, row) in (0..<call.plane.count).flatMap({ plane in call.rowSamples.map { (plane, $0) } }) {
        let start = planeIndex * call.plane.inputHeight
        for column in call.columnSamples {
          let slope = Double(outputGradient[outputs.count])
          var sum = 0.0
          for (y, rowWeight) in [(row.first, 1 - row.weight), (row.second, row.weight)] {
            for (x, columnWeight) in [(column.first, 1 - column.weight), (column.second, column.weight)] {
              let isFirst = y == row.first && x == column.first
              let weight = isNearest ? (isFirst ? 1 : 0) : rowWeight * columnWeight
              sum += weight * Double(input[(start + y) * call.plane.inputWidth + x])
              gradient[(start + y) * call.plane.inputWidth + x] += weight * slope
              if isNearest && isFirst { break }
            }
            if isNearest { break }
          }
          outputs.append(sum)
        }
      }
      #expect(call.output.scalars == outputs.map { Scalar($0) }, "\(name)")
      call.resampleGradient(isNearest: isNearest)
      #expect(call.inputGradient.scalars == gradient.map { Scalar($0) }, "\(name)")
    }
    try forEachCall(level, Float.self, check)
    try forEachCall(level, Double.self, check)
    try forEachCallOfTwice(level, Float.self, check)
    try forEachCallOfTwice(level, Double.self, check)
  }

  private func forEachCall<Scalar: ConvolutionScalar>(
    _ level: ConvolutionInstructionSet, _: Scalar.Type, _ body: (WindowCall<Scalar>, _ name: String) -> Void
  ) throws {
    for width in [1, 2, 3, 7, 16, 17, 33, 70] {
      for (kernel, stride, step, padding) in [
        (2, 2, 1, 1), (2, 2, 1, 0), (3, 1, 1, 1), (3, 2, 1, 1), (3, 2, 1, 0), (4, 3, 1, 1), (3, 1, 2, 2),
        // One window of whole rows.
        (width, width, 1, 0),
      ] {
        for edge in GuardedScalars<Scalar>.Edge.allCases {
          let call = try WindowCall<Scalar>(
            height: 6, width: width, kernel: kernel, stride: stride, step: step, padding: padding, planes: 2,
            guarded: edge, level)
          body(call, "\(Scalar.self), \(width), \(kernel) by \(stride), \(step) apart, \(padding), guarded \(edge)")
        }
      }
    }
  }

  /// Twice as large, which pairs of outputs are made for, into memory that caches hold and around them.
  private func forEachCallOfTwice<Scalar: ConvolutionScalar>(
    _ level: ConvolutionInstructionSet, _: Scalar.Type, _ body: (WindowCall<Scalar>, _ name: String) -> Void
  ) throws {
    for width in [1, 2, 3, 7, 8, 16, 17, 24, 33, 64, 70] {
      for isLarge in [false, true] {
        for edge in GuardedScalars<Scalar>.Edge.allCases {
          let call = try WindowCall<Scalar>(
            height: 3, width: width, kernel: 1, stride: 1, step: 1, isTwice: true, planes: 2, isLarge: isLarge,
            guarded: edge, level)
          body(call, "\(Scalar.self), twice \(width), \(isLarge ? "large, " : "")guarded \(edge)")
        }
      }
    }
  }
}

extension WindowCall {
  /// What `body` makes of each output and of the places in the input that it reads, in row-major order.
  fileprivate func forEachWindow(_ body: (_ output: Int, _ places: [Int]) -> Double) -> [Double] {
    var outputs: [Double] = []
    for (planeIndex, row) in (0..<plane.count).flatMap({ plane in rows.map { (plane, $0) } }) {
      for column in columns {
        let places = (0..<row.count).flatMap { y in
          (0..<column.count).map { x in
            (planeIndex * plane.inputHeight + row.first + y * row.step) * plane.inputWidth + column.first + x
              * column.step
          }
        }
        outputs.append(body(outputs.count, places))
      }
    }
    return outputs
  }
}
