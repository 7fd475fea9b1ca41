public import Convolution

/// What is promised of one prepared layer of Float: with each format of weights the bits of the layer whose weight was rounded to
/// it, through every algorithm, in a batch below the prepared one too, on any number of threads.
public struct PreparedCheck {
  /// What was found wrong.
  public private(set) var failures: [String] = []
  /// The algorithms that served, as a prepared layer names them.
  public private(set) var served: Set<String> = []

  /// Checks a layer; every other thing is drawn.
  public init<Layer: ConvolutionLayer<Float>>(
    of layer: Layer, at input: Tensor<Float>, using generator: inout some RandomNumberGenerator
  ) throws {
    let batch = input.shape.count == 4 ? input.shape[0] : 1
    guard input.count > 0 else { return }
    // Now and then a value so large that Winograd sums outputs near it by the definition.
    var input = input
    if Bool.random(using: &generator) {
      var scalars = input.scalars
      scalars[Int.random(in: scalars.indices, using: &generator)] *= 1e6
      input = try Tensor(shape: input.shape, scalars: scalars)
    }
    let threads = Int.random(in: 1...3, using: &generator)
    let shape =
      (input.shape.count == 4 ? [batch + Int.random(in: 0...2, using: &generator)] : []) + input.shape.suffix(3)
    for format in WeightFormat.allCases {
      for (original, algorithm) in layersOfEveryAlgorithm(layer) {
        let rounded = try original.rounded(to: format)
        guard let expected = try unlessUnavailable({ try poisonedForward(rounded, input) }) else { continue }
        var layer = original
        layer.device = try .cpu(threads: threads)
        let prepared = try PreparedConvolution(
          layer.call, for: shape, activation: .none, slopes: nil, weights: format)
        served.insert(prepared.algorithm)
        var output = try Tensor<Float>(repeating: .nan, shape: expected.shape)
        try Workspace.withScalars(prepared.workspaceBytes, of: UInt8.self) { workspace throws(ConvolutionError) in
          try output.withUnsafeMutableBufferPointer { output throws(ConvolutionError) in
            try input.withUnsafeBufferPointer { input throws(ConvolutionError) in
              unsafe try prepared.run(
                .init(
                  input: input.baseAddress!, inputImage: input.count / batch, residual: nil, residualImage: 0,
                  output: output.baseAddress!, outputImage: output.count / batch, batch: batch),
                workspace: UnsafeMutableRawPointer(workspace))
            }
          }
        }
        if !sameBits(output, expected) {
          failures.append(
            "prepared for \(shape), \(format), \(algorithm) \(layer.precision), \(threads) threads: other bits by "
              + prepared.algorithm)
        }
      }
    }
  }
}

extension Tensor<Float> {
  /// The numbers rounded to a format: to nearest, of two as near to the even one.
  public func rounded(to format: WeightFormat) throws -> Tensor<Float> {
    try Tensor(
      shape: shape,
      scalars: scalars.map { value in
        switch format {
        case .full: return value
        #if !(os(macOS) && arch(x86_64))
          case .float16: return Float(Float16(value))
        #endif
        default:
          // The upper half, with half a unit added to it, or a little less where it is even.
          let bits = value.bitPattern
          return value.isFinite ? Float(bitPattern: (bits + 0x7FFF + bits >> 16 & 1) & 0xFFFF_0000) : value
        }
      })
  }
}

extension ConvolutionLayer<Float> {
  /// The layer with its weight rounded to a format.
  public func rounded(to format: WeightFormat) throws -> Self {
    var layer = self
    layer.weight.value = try weight.value.rounded(to: format)
    return layer
  }
}
