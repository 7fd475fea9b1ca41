import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// NaN and infinities: every output and gradient gets the class (finite, +∞, −∞, NaN) that the definition gives.
struct NonFiniteTests {
  static let values: [Double] = [.nan, .infinity, -.infinity]

  /// Where a value is put: the corners of the first and the last image, and a place inside.
  private func positions(_ count: Int) -> Set<Int> { [0, count / 2, count - 1] }

  private func replaced<Scalar>(_ tensor: Tensor<Scalar>, at index: Int, by value: Double) throws -> Tensor<Scalar> {
    var scalars = tensor.scalars
    scalars[index] = Scalar(value)
    return try Tensor(shape: tensor.shape, scalars: scalars)
  }

  /// The classes of outputs and gradients are part of the error measure: one that differs makes it infinite.
  private func expectClasses<Scalar: ConvolutionScalar>(
    _ layer: Conv2d<Scalar>, _ input: Tensor<Scalar>, _ outputGradient: Tensor<Scalar>, _ comment: String
  ) throws {
    let expected = try ExpectedOutput(of: layer, at: input)
    let expectedGradients = try ExpectedGradients(of: layer, at: input, outputGradient: outputGradient)
    // Forced Winograd may spread such a value inside its tile.
    for (layer, algorithm) in layersOfEveryAlgorithm(layer) where ![.winograd2x2, .winograd4x4].contains(algorithm) {
      guard let output = try unlessUnavailable({ try poisonedForward(layer, input) }) else { continue }
      #expect(expected.error(of: output) <= expected.bound(of: layer), "\(comment), \(algorithm), \(layer)")
      let gradients = try layer.gradients(of: outputGradient, at: input)
      for (name, share) in expectedGradients.shares(of: gradients, by: layer) {
        #expect(share <= 1, "\(comment), \(name), \(algorithm), \(layer)")
      }
    }
  }

  @Test(arguments: ConvolutionCase.representatives, values)
  func classes(configuration: ConvolutionCase, value: Double) throws {
    try expectClasses(configuration, value: value, in: Float.self)
    try expectClasses(configuration, value: value, in: Double.self)
  }

  private func expectClasses<Scalar: ConvolutionScalar>(
    _ configuration: ConvolutionCase, value: Double, in type: Scalar.Type
  ) throws {
    let sample = try Sample<Scalar>(configuration, seed: 71)
    let (layer, input, outputGradient) = (sample.layer, sample.input, sample.outputGradient)
    for index in positions(input.scalars.count) {
      try expectClasses(layer, replaced(input, at: index, by: value), outputGradient, "input[\(index)]")
    }
    for index in positions(layer.weight.value.scalars.count) {
      var changed = layer
      changed.weight.value = try replaced(layer.weight.value, at: index, by: value)
      try expectClasses(changed, input, outputGradient, "weight[\(index)]")
    }
    for index in positions(outputGradient.scalars.count) {
      try expectClasses(layer, input, replaced(outputGradient, at: index, by: value), "outputGradient[\(index)]")
    }
    if let bias = layer.bias?.value {
      for index in positions(bias.scalars.count) {
        var changed = layer
        changed.bias?.value = try replaced(bias, at: index, by: value)
        try expectClasses(changed, input, outputGradient, "bias[\(index)]")
      }
    }
  }

  /// At the corners and edges of an image, and on both sides of the borders between Winograd's tiles, which `automatic`
  /// computes these layers by.
  @Test(arguments: values, [Size2d(1), 2])
  func imageAndTileBorders(value: Double, stride: Size2d) throws {
    var generator = SplitMix64(seed: 74)
    let configuration = ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.height, $0.width) = (16, 16, 11, 13)
      ($0.stride, $0.padding) = (stride, 1)
    }
    let layer: Conv2d<Float> = try configuration.layer(using: &generator)
    let input: Tensor<Float> = try configuration.input(using: &generator)
    let outputGradient: Tensor<Float> = try RandomScalars.uniform.tensor(
      layer.outputShape(for: input.shape), using: &generator)
    let image = try Geometry(layer.configuration, inputShape: input.shape).image
    let plan = try Plan(image, scalar: Float.self, algorithm: .automatic, precision: .standard)
    guard case .winograd = plan.family else {
      Issue.record("computed by \(plan.family)")
      return
    }
    for (row, column) in [(0, 0), (0, 12), (3, 3), (4, 8), (7, 4), (8, 7), (10, 0), (10, 12)] {
      let index = (row + column) % 16 * 11 * 13 + row * 13 + column
      try expectClasses(layer, replaced(input, at: index, by: value), outputGradient, "input[\(row), \(column)]")
    }
    let (height, width) = (outputGradient.shape[2], outputGradient.shape[3])
    for (row, column) in [(0, 0), (0, width - 1), (3, 4), (4, 3), (height - 1, 0), (height - 1, width - 1)] {
      let index = (row + column) % 16 * height * width + row * width + column
      try expectClasses(
        layer, input, replaced(outputGradient, at: index, by: value), "outputGradient[\(row), \(column)]")
    }
  }

  /// Infinities of both signs, and infinity times zero.
  @Test(arguments: ConvolutionCase.representatives)
  func infinitiesThatMeet(configuration: ConvolutionCase) throws {
    let sample = try Sample<Float>(configuration, seed: 72)
    let (clean, outputGradient) = (sample.input, sample.outputGradient)
    var layer = sample.layer
    let middle = clean.scalars.count / 2
    let input = try replaced(replaced(clean, at: middle, by: .infinity), at: middle + 1, by: -.infinity)
    try expectClasses(layer, input, outputGradient, "both signs")
    layer.weight.value = try replaced(layer.weight.value, at: 0, by: 0)
    try expectClasses(layer, replaced(clean, at: 0, by: .infinity), outputGradient, "infinity times zero")
  }

  /// Even a forced algorithm never lets NaN into another image, another group, or another image's gradient.
  @Test(arguments: ConvolutionAlgorithm.allCases)
  func otherImagesAndGroups(algorithm: ConvolutionAlgorithm) throws {
    var generator = SplitMix64(seed: 73)
    for groups in [1, 2] {
      let configuration = ConvolutionCase {
        ($0.batch, $0.groups, $0.height, $0.width, $0.padding) = (3, groups, 6, 8, 1)
      }
      var layer: Conv2d<Float> = try configuration.layer(using: &generator)
      layer.algorithm = algorithm
      let input: Tensor<Float> = try configuration.input(using: &generator)
      guard let expected = try unlessUnavailable({ try layer(input) }) else { continue }
      // The first channel of the image in the middle.
      let image = 4 * 6 * 8
      let output = try layer(replaced(input, at: image + 20, by: .nan)).scalars
      let reached = image..<image + image / groups
      for index in output.indices where !reached.contains(index) {
        #expect(output[index].bitPattern == expected.scalars[index].bitPattern)
      }
      #expect(output[reached].contains { $0.isNaN })
      let gradient = try layer.gradients(of: replaced(expected, at: image + 20, by: .nan), at: input, for: .input)
      let clean = try layer.gradients(of: expected, at: input, for: .input)
      let (spread, kept) = (try #require(gradient.input).scalars, try #require(clean.input).scalars)
      for index in spread.indices where !reached.contains(index) {
        #expect(spread[index].bitPattern == kept[index].bitPattern)
      }
    }
  }
}
