import ArgumentParser
import Convolution
import ConvolutionIO

/// What it costs to bring an image's bytes into a tensor and back.
struct Pixels: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time the way from an image's bytes to a tensor and back, against a copy of the tensor.")

  @Option(help: "Rows of the image.")
  var height = 1080

  @Option(help: "Pixels of a row.")
  var width = 1920

  func validate() throws {
    guard height >= 1, width >= 1 else { throw ValidationError("--height and --width expect 1 or more") }
  }

  func run() throws {
    let stopwatch = Stopwatch(seconds: 0.5, fewestRuns: 20)
    print("\(width) x \(height), milliseconds (times a copy of the tensor)")
    for channels in 1...4 {
      let bytes = (0..<height * width * channels).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let mean = Array(repeating: Float(0.45), count: channels)
      let deviation = Array(repeating: Float(0.225), count: channels)
      let image = try Tensor(pixels: bytes.span, height: height, width: width, channels: channels)
      let copy = stopwatch.time {
        var copy = image
        _ = copy.mutableSpan
      }
      let timings = [
        (
          "to a tensor",
          try stopwatch.time {
            _ = try Tensor(pixels: bytes.span, height: height, width: width, channels: channels)
          }
        ),
        (
          "normalised",
          try stopwatch.time {
            _ = try Tensor(
              pixels: bytes.span, height: height, width: width, channels: channels, mean: mean,
              standardDeviation: deviation)
          }
        ),
        ("to bytes", try stopwatch.time { _ = try image.pixels() }),
      ]
      let columns = timings.map { "\($0) \(number($1.median * 1e3)) (\(number($1.median / copy.median)))" }
      print("\(channels) channels: copy \(number(copy.median * 1e3)), \(columns.joined(separator: ", "))")
    }
  }

  /// Two digits after the point.
  private func number(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10)"
  }
}
