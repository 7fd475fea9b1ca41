import ArgumentParser
import Convolution
import Foundation
import ReferenceConvolution

/// The racer of `Benchmarks/serving/memory.py`: a small network at whatever size standard input asks for.
///
/// Each line of standard input is a height and a width, each line of standard output the resident bytes after
/// the pass, and the most there ever were.
struct Sizes: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run four layers at the sizes that standard input names; print resident memory.", shouldDisplay: false)

  func run() throws {
    var generator = SplitMix64(seed: 1)
    func layer(_ input: Int, _ output: Int, _ kernel: Int, stride: Int = 1) throws -> Conv2d<Float> {
      try Conv2d(
        inputChannels: input, outputChannels: output, kernelSize: kernel, stride: stride, padding: kernel / 2,
        using: &generator)
    }
    let network = try Sequential<Float>([
      layer(3, 32, 3, stride: 2), layer(32, 64, 3), layer(64, 128, 1), layer(128, 64, 3, stride: 2),
    ])
    while let line = readLine() {
      let size = line.split(separator: " ").compactMap { Int($0) }
      guard size.count == 2 else { throw ValidationError("expected a height and a width, got \(line)") }
      _ = try network(Tensor(repeating: 0.5, shape: [1, 3, size[0], size[1]]))
      FileHandle.standardOutput.write(Data("\(ResidentMemory.current) \(ResidentMemory.peak)\n".utf8))
    }
  }
}
