import Convolution
import ReferenceConvolution

/// What was measured of one layer.
struct Measurement: Codable, Sendable {
  var layer: LayerDescription
  /// Multiplications and additions of the definition.
  var operations: Double
  /// The time of the naive loops, and the share of the output that was timed to know it.
  var naiveSeconds, naiveShare: Double
  var timing: Timing
  var error: ErrorCheck

  var speedup: Double { naiveSeconds / timing.median }
  var operationsPerSecond: Double { operations / timing.median }
}

/// One layer with its operands: timed against the naive loops, and checked against them in Double.
struct LayerBenchmark<Scalar: ConvolutionScalar> {
  let description: LayerDescription
  let settings: Settings
  private(set) var layer: Conv2d<Scalar>
  let input: Tensor<Scalar>
  let naive: NaiveConvolution

  /// What the naive loops may cost, in operations: a fraction of a second.
  private static var referenceBudget: Double { 0.24e9 }
  private static var stopwatch: Stopwatch { Stopwatch(seconds: 0.15, fewestRuns: 5) }
  private static var naiveStopwatch: Stopwatch { Stopwatch(seconds: 0.02, fewestRuns: 1) }

  init(_ description: LayerDescription, settings: Settings) throws {
    var generator = SplitMix64(seed: 1)
    self.description = description
    self.settings = settings
    layer = try description.makeLayer(Scalar.self, using: &generator)
    layer.device = try .cpu(threads: settings.threads)
    layer.algorithm = settings.algorithm
    layer.precision = settings.precision
    input = try .random(shape: description.inputShape, using: &generator)
    naive = NaiveConvolution(
      stride: layer.stride, padding: layer.padding, dilation: layer.dilation, groups: layer.groups)
  }

  func measure() throws -> Measurement {
    try settings.isBackward ? measureBackward() : measureForward()
  }

  private func measureForward() throws -> Measurement {
    var output = try Tensor<Scalar>(zeros: layer.outputShape(for: input.shape))
    let timing = try Self.stopwatch.time { try layer.forward(input, into: &output) }

    let part = ReferencePart(of: description, operations: Self.referenceBudget)
    let images = try input.images(part.images)
    let weight = layer.weight.value
    let bias = layer.bias?.value
    let naiveTiming = try Self.naiveStopwatch.time {
      _ = try naive.forward(images, weight: weight, bias: bias, outputRows: part.rows)
    }
    let reference = try naive.forward(
      images.inDouble(), weight: weight.inDouble(), bias: bias?.inDouble(), outputRows: part.rows)
    let magnitude = try naive.forward(
      images.magnitudes(), weight: weight.magnitudes(), bias: bias?.magnitudes(), outputRows: part.rows)
    let error = try ErrorCheck.check(
      output.images(part.images).rows(part.rows), against: reference.rows(part.rows),
      magnitude: magnitude.rows(part.rows), terms: description.terms,
      mayUseWinograd4x4: settings.mayUseWinograd4x4(description, Scalar.self))
    return Measurement(
      layer: description, operations: description.operations,
      naiveSeconds: min(naiveTiming.first, naiveTiming.shortest) / part.share,
      naiveShare: part.share, timing: timing, error: error)
  }

  private func measureBackward() throws -> Measurement {
    var generator = SplitMix64(seed: 2)
    let outputGradient = try Tensor<Scalar>.random(shape: layer.outputShape(for: input.shape), using: &generator)
    let timing = try Self.stopwatch.time { _ = try layer.gradients(of: outputGradient, at: input) }

    let part = ReferencePart(of: description, operations: Self.referenceBudget / 2)
    let images = try input.images(part.images)
    let imageGradients = try outputGradient.images(part.images)
    let weight = layer.weight.value
    let naiveTiming = try Self.naiveStopwatch.time {
      _ = try naive.gradients(of: imageGradients, at: images, weight: weight, outputRows: part.rows)
    }
    // With zeros outside the part, the layer's gradients are those of the part alone.
    let gradients = try layer.gradients(of: outputGradient.masked(to: part), at: input)
    let reference = try naive.gradients(
      of: imageGradients.inDouble(), at: images.inDouble(), weight: weight.inDouble(), outputRows: part.rows)
    let magnitude = try naive.gradients(
      of: imageGradients.magnitudes(), at: images.magnitudes(), weight: weight.magnitudes(), outputRows: part.rows)
    let mayUseWinograd4x4 = settings.mayUseWinograd4x4(description, Scalar.self)
    let pixels = part.images.count * part.rows.count * description.outputWidth
    let triples = try [
      (gradients.input?.images(part.images), reference.input, magnitude.input, description.termsOfInputGradient),
      (gradients.weight, reference.weight, magnitude.weight, pixels),
      (gradients.bias, reference.bias, magnitude.bias, pixels),
    ]
    let errors = triples.compactMap { actual, reference, magnitude, terms -> ErrorCheck? in
      guard let actual, let reference, let magnitude else { return nil }
      return .check(
        actual, against: reference, magnitude: magnitude, terms: terms, mayUseWinograd4x4: mayUseWinograd4x4)
    }
    return Measurement(
      layer: description, operations: 2 * description.operations,
      naiveSeconds: min(naiveTiming.first, naiveTiming.shortest) / part.share, naiveShare: part.share, timing: timing,
      error: errors.reduce(ErrorCheck(value: 0, bound: 1), ErrorCheck.worse))
  }
}

extension LayerDescription {
  /// Products summed up for one scalar of the input's gradient, at most.
  var termsOfInputGradient: Int { outputChannels / groups * kernelHeight * kernelWidth }
}
