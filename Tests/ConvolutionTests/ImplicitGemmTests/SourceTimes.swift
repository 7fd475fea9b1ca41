import CConvolutionKernels
import Glibc
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// What each source of pixels reaches, layer by layer, at every level that this processor has: a table on standard output, by
/// which the estimates of `SourceChoice` are judged. A measurement, not a check: only when CONVOLUTION_SOURCE_TIMES is set
/// (`make bench-sources`).
@Suite(.enabled(if: unsafe getenv("CONVOLUTION_SOURCE_TIMES") != nil), .serialized) struct SourceTimes {
  private struct Layer {
    var inputs, outputs, kernel: Int
    /// Where a kernel is not square.
    var kernelColumns: Int?
    var stride = 1
    var size: Int

    var name: String {
      "\(inputs)→\(outputs) \(kernel)x\(kernelColumns ?? kernel)\(stride > 1 ? " s\(stride)" : "") @\(size)"
    }
  }

  private static let layers = [
    Layer(inputs: 64, outputs: 64, kernel: 1, size: 56), Layer(inputs: 64, outputs: 256, kernel: 1, size: 56),
    Layer(inputs: 256, outputs: 1024, kernel: 1, size: 14), Layer(inputs: 2048, outputs: 512, kernel: 1, size: 7),
    Layer(inputs: 144, outputs: 24, kernel: 1, size: 56),
    Layer(inputs: 3, outputs: 64, kernel: 7, stride: 2, size: 224),
    Layer(inputs: 3, outputs: 64, kernel: 3, size: 224), Layer(inputs: 64, outputs: 64, kernel: 5, size: 28),
    Layer(inputs: 64, outputs: 192, kernel: 5, size: 28), Layer(inputs: 64, outputs: 48, kernel: 5, size: 27),
    Layer(inputs: 128, outputs: 128, kernel: 3, size: 56),
    Layer(inputs: 256, outputs: 256, kernel: 4, stride: 4, size: 32),
    Layer(inputs: 16, outputs: 16, kernel: 5, size: 56), Layer(inputs: 32, outputs: 32, kernel: 3, size: 112),
    Layer(inputs: 4, outputs: 4, kernel: 3, size: 56),
    Layer(inputs: 64, outputs: 3, kernel: 3, size: 112),
    Layer(inputs: 256, outputs: 256, kernel: 3, size: 14), Layer(inputs: 512, outputs: 512, kernel: 3, size: 7),
    Layer(inputs: 128, outputs: 128, kernel: 3, stride: 2, size: 56),
    Layer(inputs: 512, outputs: 512, kernel: 3, stride: 2, size: 14),
    // Phases of transposed convolutions.
    Layer(inputs: 128, outputs: 128, kernel: 1, kernelColumns: 2, size: 28),
    Layer(inputs: 128, outputs: 128, kernel: 2, kernelColumns: 1, size: 28),
    Layer(inputs: 128, outputs: 128, kernel: 2, size: 28),
    Layer(inputs: 64, outputs: 64, kernel: 2, kernelColumns: 1, size: 56),
    Layer(inputs: 256, outputs: 256, kernel: 2, kernelColumns: 1, size: 14),
    Layer(inputs: 64, outputs: 256, kernel: 2, kernelColumns: 1, size: 56),
  ]

  private static let sources = [
    ("packed lanes", ConvolutionSourcePackedLanes), ("packed rows", ConvolutionSourcePackedRows),
    ("in place", ConvolutionSourceInPlace), ("staged rows", ConvolutionSourceStagedRows),
    ("staged factors", ConvolutionSourceStagedFactors),
  ]

  @Test func table() throws {
    for level in supportedLevels {
      print("\nlevel \(level.rawValue), GFLOP/s on one thread, filters packed; * is what the plan takes\n")
      print("| layer | \(Self.sources.map(\.0).joined(separator: " | ")) |\n|---|---:|---:|---:|---:|---:|")
      for layer in Self.layers {
        let row = try Self.sources.map { try Self.speed(of: layer, from: $0.1, level) }
        print("| \(layer.name) | \(row.joined(separator: " | ")) |")
      }
    }
  }

  /// The best of several turns.
  private static func speed(
    of sizes: Layer, from source: ConvolutionSource, _ level: ConvolutionInstructionSet
  ) throws -> String {
    let layer = try Conv2d<Float>(
      inputChannels: sizes.inputs, outputChannels: sizes.outputs,
      kernelSize: Size2d(sizes.kernel, sizes.kernelColumns ?? sizes.kernel),
      stride: sizes.stride, padding: .symmetric(sizes.kernel % 2 == 1 ? sizes.kernel / 2 : 0))
    let input = try Tensor<Float>.random([sizes.inputs, sizes.size, sizes.size], seed: 1)
    let geometry = try Geometry(layer.configuration, inputShape: input.shape)
    let image = geometry.image
    guard source != ConvolutionSourceInPlace || image.isPointwise else { return "–" }
    let gemm = ImplicitGemm(image, scalarSize: 4, level: level, forcing: source)
    let isChosen = ImplicitGemm(image, scalarSize: 4, level: level, precision: .standard).source == source
    var output = try Tensor<Float>(zeros: geometry.outputShape)
    let derivedWeights = DerivedWeights()
    func run() throws {
      try output.withUnsafeMutableBufferPointer { output in
        try input.withUnsafeBufferPointer { input in
          try layer.weight.value.withUnsafeBufferPointer { weight in
            try unsafe gemm.run(
              ForwardOperands(
                input: input.baseAddress!, weight: weight.baseAddress!, epilogue: Epilogue(),
                output: output.baseAddress!,
                batch: 1,
                threads: 1, derivedWeights: derivedWeights))
          }
        }
      }
    }
    try run()
    let clock = ContinuousClock()
    var best = Duration.seconds(1)
    for _ in 0..<5 {
      let turn = clock.now
      while turn.duration(to: clock.now) < .milliseconds(30) { best = try min(best, clock.measure(run)) }
    }
    let operations = 2 * Double(image.outputSize) * Double(image.reduction)
    return "\(Int((operations / (best / .nanoseconds(1))).rounded()))\(isChosen ? "*" : "")"
  }
}
