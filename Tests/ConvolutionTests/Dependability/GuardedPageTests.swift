import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// Inputs, weights, biases, outputs and gradients beside protected pages, on either side, for every algorithm and every
/// level that this processor has: nothing is read or written past their ends, and inputs keep every bit.
struct GuardedPageTests {
  @Test(arguments: ConvolutionCase.representatives)
  func float(configuration: ConvolutionCase) throws {
    try expectNothingPastTheEnds(configuration, in: Float.self)
  }

  @Test(arguments: ConvolutionCase.representatives)
  func double(configuration: ConvolutionCase) throws {
    try expectNothingPastTheEnds(configuration, in: Double.self)
  }

  /// The layers of these tests, and of those that share them, reach every kernel and every size of tile.
  @Test func representativesReachEveryKernel() throws {
    var reached: Set<String> = []
    func insert(_ gemm: ImplicitGemm) {
      reached.insert("source \(gemm.source.rawValue)\(gemm.regions.skipsPadding ? " of regions" : "")")
    }
    for configuration in ConvolutionCase.representatives {
      let layer = try Sample<Float>(configuration, seed: 52).layer
      let image = try Geometry(layer.configuration, inputShape: configuration.inputShape).image
      for algorithm in ConvolutionAlgorithm.allCases {
        for precision in Precision.allCases {
          let plan = try unlessUnavailable {
            try Plan(image, scalar: Float.self, algorithm: algorithm, precision: precision)
          }
          guard let plan else { continue }
          switch plan.forward {
          case .im2col: reached.insert("im2col")
          case .winograd(let convolution): reached.insert("Winograd \(convolution.tile)")
          case .depthwise357: reached.insert("depthwise")
          case .implicitGemm(let gemm): insert(gemm)
          }
          switch plan.inputGradient {
          case .im2col: break
          case .winograd: reached.insert("Winograd input gradient")
          case .depthwise357: reached.insert("depthwise input gradient")
          case .implicitGemm: reached.insert("input gradient")
          }
          switch plan.weightGradient {
          case .im2col: break
          case .winograd: reached.insert("Winograd weight gradient")
          case .depthwise357: reached.insert("depthwise weight gradient")
          case .implicitGemm: reached.insert("weight gradient")
          }
        }
      }
    }
    let expected: Set = [
      "im2col", "depthwise", "Winograd two", "Winograd three", "Winograd four", "source 0", "source 1", "source 2",
      "source 3", "source 0 of regions", "Winograd input gradient", "depthwise input gradient", "input gradient",
      "Winograd weight gradient", "depthwise weight gradient", "weight gradient",
    ]
    #expect(expected.isSubset(of: reached), "\(expected.subtracting(reached))")
  }

  private func expectNothingPastTheEnds<Scalar: ConvolutionScalar>(
    _ configuration: ConvolutionCase, in type: Scalar.Type
  ) throws {
    let sample = try Sample<Scalar>(configuration, seed: 51)
    let (original, input, outputGradient) = (sample.layer, sample.input, sample.outputGradient)
    let expected = try ExpectedOutput(of: original, at: input)
    let expectedGradients = try ExpectedGradients(of: original, at: input, outputGradient: outputGradient)
    for (layer, algorithm) in layersOfEveryAlgorithm(original) {
      guard try unlessUnavailable({ try layer(input) }) != nil else { continue }
      for level in supportedLevels {
        let comment = Comment(rawValue: "\(algorithm), level \(level.rawValue)")
        let before = try guardedCall(
          layer.call, at: input, outputGradient: outputGradient, level: level, edge: .before)
        let behind = try guardedCall(
          layer.call, at: input, outputGradient: outputGradient, level: level, edge: .behind)
        #expect(sameBits(before.output, behind.output) && sameBits(before.gradients, behind.gradients), comment)
        #expect(expected.error(of: before.output) <= expected.bound(of: layer), comment)
        for (name, share) in expectedGradients.shares(of: before.gradients, by: layer) {
          #expect(share <= 1, "\(name), \(comment)")
        }
      }
    }
  }
}
