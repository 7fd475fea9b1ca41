import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// The worst that can be added up: a one, and then values of which each rounds to almost twice itself. A running sum errs by
/// nearly one unit for each of them.
struct StrictSumTests {
  /// In rows of so many scalars, of each of which the first is the one.
  private func values(_ shape: [Int], row: Int) throws -> Tensor<Float> {
    try Tensor(
      shape: shape, scalars: (0..<shape.reduce(1, *)).map { $0 % row == 0 ? 1 : 0.51 * Float.ulpOfOne })
  }

  private func own(_ sample: ImplicitGemmSample<Float>, _ output: Tensor<Float>) throws -> Double {
    try NormalizedError(of: output, reference: sample.expected(), magnitude: sample.magnitude()).own
  }

  /// Through how many roundings a product passes at most, followed sum by sum. So many is the error's bound.
  @Test func roundings() {
    func most(_ summation: Summation, terms: Int, parts: Int, termsPerPart: Int) -> Int {
      var total = 0
      for part in 0..<parts {
        var (left, waiting, piece) = (min(termsPerPart, terms - part * termsPerPart), [Int](), 0)
        while left > 0 {
          var sum = min(left, summation.pieceTerms)
          left -= sum
          piece += 1
          let isEnd = left == 0 || piece.isMultiple(of: summation.pairwisePieces)
          for _ in 0..<(isEnd ? waiting.count : piece.trailingZeroBitCount) { sum = max(sum, waiting.removeLast()) + 1 }
          guard isEnd else {
            waiting.append(sum)
            continue
          }
          let isFirst = total == 0
          total = max(total, sum) + (isFirst || summation.keepsRests ? 0 : 1)
        }
      }
      return total + (summation.keepsRests ? 1 : 0) + 1
    }
    for terms in [Int](1...700) + [1024, 2304, 4608, 5000, 25_600, 57_600, 65_536, 200_000, 1_000_000] {
      for termsPerPart in [1, 9, 70, 256, 384, 5000, 70_000] {
        let parts = SizeArithmetic.dividingUp(terms, by: termsPerPart)
        let summation = Summation(terms: terms, parts: parts, termsPerPart: termsPerPart, precision: .strict)
        #expect(
          Double(most(summation, terms: terms, parts: parts, termsPerPart: termsPerPart))
            <= max(16, Double(terms).squareRoot()), "\(terms) terms, \(termsPerPart) in a part")
      }
    }
  }

  /// From every source, and by the depthwise kernels.
  @Test(arguments: everySource.map(Optional.some) + [nil])
  func outputs(source: ConvolutionSource?) throws {
    let isInPlace = source == ConvolutionSourceInPlace
    var sizes: [ImplicitGemmSample<Float>.Sizes] = [16, 50, 600].map {
      .init(
        kernel: isInPlace ? 1 : 3, padding: isInPlace ? 0 : 1, inputChannels: $0, outputChannels: 17, height: 6,
        width: 13)
    }
    if source == nil {
      for (kernel, stride) in [(5, 1), (7, 1), (5, 2), (7, 2)] {
        sizes.append(.init(kernel: kernel, stride: stride, padding: 0, groups: 2, height: 17, width: 43))
      }
    }
    for sizes in sizes {
      var sample = try ImplicitGemmSample<Float>(sizes)
      let shape = sample.layer.weight.value.shape
      sample.layer.weight.value = try values(shape, row: shape.dropFirst().reduce(1, *))
      sample.layer.bias!.value = try Tensor(zeros: sample.layer.bias!.value.shape)
      sample.input = try Tensor(repeating: 1, shape: sample.input.shape)
      for level in supportedLevels {
        sample.layer.precision = .strict
        let strict = try own(sample, sample.output(source, level).output)
        #expect(strict <= NormalizedError.bound(terms: sample.terms), "\(sizes), level \(level.rawValue)")
        sample.layer.precision = .standard
        let standard = try own(sample, sample.output(source, level).output)
        #expect(sample.terms < 30 || standard > 16, "\(sizes), level \(level.rawValue)")
      }
    }
  }

  /// Of dense layers from every source, and of depthwise ones.
  @Test(arguments: [(16, 16, 1, 3), (16, 2, 1, 5), (2, 16, 1, 5), (70, 17, 1, 1), (4, 4, 4, 5), (4, 8, 4, 7)], [1, 2])
  func gradients(sizes: (inputs: Int, outputs: Int, groups: Int, kernel: Int), stride: Int) throws {
    let weightShape = [sizes.outputs, sizes.inputs / sizes.groups, sizes.kernel, sizes.kernel]
    // The input's gradient sums over the first axis.
    for weight in [try Tensor(repeating: 1, shape: weightShape), try values(weightShape, row: .max)] {
      let layer = try Conv2d<Float>(
        weight: weight, bias: Tensor(zeros: [sizes.outputs]), stride: Size2d(stride), groups: sizes.groups,
        precision: .strict)
      let input = try Tensor<Float>(repeating: 1, shape: [2, sizes.inputs, 30, 40])
      let shape = try layer.outputShape(for: input.shape)
      for gradient in [try Tensor(repeating: 1, shape: shape), try values(shape, row: shape[2] * shape[3])] {
        let expected = try ExpectedGradients(of: layer, at: input, outputGradient: gradient)
        let actual = try layer.gradients(of: gradient, at: input)
        for (part, share) in expected.ownShares(of: actual, by: layer) { #expect(share <= 1, "\(part)") }
      }
    }
  }

  /// Maps so small that a sum of theirs errs by little; those of hundreds of images are added up.
  @Test(arguments: [1, 3]) func gradientsOfManySmallMaps(kernel: Int) throws {
    let layer = try Conv2d<Float>(
      weight: Tensor(repeating: 1, shape: [17, 3, kernel, kernel]), bias: Tensor(zeros: [17]), precision: .strict)
    let input = try Tensor<Float>(repeating: 1, shape: [200, 3, kernel + 2, kernel + 2])
    let shape = try layer.outputShape(for: input.shape)
    let image = shape[1] * shape[2] * shape[3]
    let gradient = try Tensor<Float>(
      shape: shape,
      scalars: (0..<200 * image).map { $0 % 9 > 0 ? 0 : $0 < image ? 1 : 0.51 * Float.ulpOfOne })
    let expected = try ExpectedGradients(of: layer, at: input, outputGradient: gradient)
    for (part, share) in expected.ownShares(of: try layer.gradients(of: gradient, at: input), by: layer) {
      #expect(share <= 1, "\(part)")
    }
  }

  /// 1,000,000 equal terms stay below 64 units: channels of a 1×1 kernel, and pixels of every kind of weight gradient.
  @Test(arguments: [Precision.standard, .strict])
  func aMillionEqualTerms(precision: Precision) throws {
    func check<Scalar: ConvolutionScalar>(_ type: Scalar.Type) throws {
      for (x, weight) in [(0.1, 0.3), (0.7, 0.9), (0.55, 0.55), (1.1, 0.61)] as [(Scalar, Scalar)] {
        let exact = Double(x) * Double(weight)
        let rest = (-exact).addingProduct(Double(x), Double(weight))
        let unit = exact * 1_000_000 * Double(Scalar.ulpOfOne) / 2
        func error(_ scalar: Scalar) -> Double {
          abs((Double(scalar) - exact * 1_000_000) - rest * 1_000_000) / unit
        }
        for outputs in [1, 20] where outputs == 1 || type == Float.self {
          var layer = try Conv2d<Scalar>(weight: Tensor(repeating: weight, shape: [outputs, 1_000_000, 1, 1]))
          layer.precision = precision
          for scalar in try layer(Tensor(repeating: x, shape: [1_000_000, 1, 1])).scalars {
            #expect(error(scalar) < 64, "output, \(type), \(x), \(weight)")
          }
        }
        for (inputs, outputs, groups) in [(16, 32, 1), (1, 1, 1), (2, 2, 2)] where type == Float.self || inputs < 16 {
          let layer = try Conv2d<Scalar>(
            inputChannels: inputs, outputChannels: outputs, kernelSize: 3, groups: groups, precision: precision)
          let gradient = try Tensor<Scalar>(repeating: weight, shape: [outputs, 1000, 1000])
          let input = try Tensor(repeating: x, shape: [inputs, 1002, 1002])
          for scalar in try layer.weightGradient(of: gradient, at: input).scalars {
            #expect(error(scalar) < 64, "weight's gradient, \(type), \(groups) groups, \(x), \(weight)")
          }
        }
      }
    }
    try check(Float.self)
    try check(Double.self)
  }
}
