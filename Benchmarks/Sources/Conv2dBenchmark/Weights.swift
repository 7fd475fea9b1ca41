public import ArgumentParser
public import Convolution
import ConvolutionLayers
import ReferenceConvolution

extension WeightFormat: @retroactive ExpressibleByArgument {}

/// What a whole network takes with its weights in a format: a run has one network and one format, for the memory of a process is
/// what is measured.
struct Weights: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prepare a network of random weights, batch 1; print its memory, and the shortest of its calls.")

  @Argument(help: "ResNet-50, MobileNetV2 or U-Net.")
  var network: String

  @Argument(help: "What packed weights are kept in: full, float16 or bfloat16.")
  var weights: WeightFormat

  @Option(help: "Threads of the layers.")
  var threads = 1

  @Option(help: "Seconds for which calls are repeated.")
  var seconds = 5.0

  func run() throws {
    let before = ResidentMemory.current
    ResidentMemory.resetPeak()
    let prepared = try prepared()
    let prepare = ResidentMemory.peak
    let input = try Tensor<Float>(repeating: 0.5, shape: prepared.inputShape)
    var output = try Tensor<Float>(zeros: prepared.outputShape(for: input.shape))
    let times = try Stopwatch(seconds: seconds, fewestRuns: 10).time { try prepared.forward(input, into: &output) }
    func megabytes(_ bytes: Int) -> Int { (bytes + 500_000) / 1_000_000 }
    print(
      "\(network), weights \(weights), threads \(threads): \(Double(Int(times.shortest * 1e5)) / 100) ms a pass;",
      "MB: \(megabytes(prepared.cost.weightBytes)) of weights, \(megabytes(prepared.cost.bufferBytes)) of buffers,",
      "\(megabytes(ResidentMemory.current - before)) resident while serving,",
      "\(megabytes(prepare - before)) at most while preparing")
  }

  /// The module itself is not kept.
  private func prepared() throws -> PreparedNetwork<Float> {
    let device = try Device.cpu(threads: threads)
    let module = try WholeNetwork(network: network, files: "").module(device: device)
    return try module.prepared(for: [1, 3] + (network == "U-Net" ? [256, 256] : [224, 224]), weights: weights)
  }
}
