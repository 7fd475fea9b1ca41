import ArgumentParser
import Convolution
import ConvolutionLayers
import Pictures
import Progress

/// Enlarges a photograph to four times its height and width by Real-ESRGAN x4plus.
@main struct Upscale: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "upscale", abstract: "Enlarge a PNG picture four times, and invent the details.")

  @Argument(help: "The picture to read.") var input: String
  @Argument(help: "The PNG file to write. It is replaced only by a whole picture.") var output: String

  @Option(help: "The weights, as Scripts/ncnn-to-safetensors.py writes them.")
  var weights = ".build/networks/realesrgan-x4plus.safetensors"
  @Option(help: "How many threads compute; every core by default.") var threads: Int?
  @Option(help: "How often the picture is enlarged; the fastest time is printed.") var runs = 1
  @Option(help: "Take only a part of the picture: top, left, height, width.") var crop: Area?
  @Flag(help: "Write a sheet: on the left the picture's pixels, on the right what the network makes of them.")
  var sheet = false
  @Flag(help: "Print what the network was prepared to.") var plan = false

  /// Larger ones would not be a PNG picture of their own.
  private static let largestPixelCount = PNGFile.largestPixelCount / (RRDBNet.factor * RRDBNet.factor)

  func run() throws {
    let device = try threads.map { try Device.cpu(threads: $0) } ?? .cpu
    var picture = try PNGFile.read(path: input, atMost: crop == nil ? Self.largestPixelCount : PNGFile.largestPixelCount)
    if let crop { picture = try crop.part(of: picture) }
    var network = try RRDBNet(device: device)
    try network.load(path: weights)
    let tiling = try Tiling(network, picture: picture.shape, side: 160, overlap: 12)
    if plan { print(tiling.network) }

    var bar = ProgressBar(label: "upscale", total: tiling.count * max(runs, 1))
    var done = 0
    let (result, seconds) = try timing(runs: runs) {
      try tiling.enlarge(picture) { _ in
        done += 1
        bar.show(done: done)
      }
    }
    bar.finish()
    try PNGFile.write(sheet ? Self.sheet(picture, result) : result, path: output)
    print("\(result.shape[2]) x \(result.shape[1]) pixels in \(seconds.fixed(3)) s")
  }

  private static func sheet(_ before: Tensor<Float>, _ after: Tensor<Float>) throws -> Tensor<Float> {
    let enlarged = try Upsample<Float>(scaleFactor: Double(RRDBNet.factor))(before)
    let gap = try Tensor<Float>(repeating: 1, shape: [3, after.shape[1], 12])
    return try Tensor.concatenating([enlarged, gap, after], axis: 2)
  }
}

/// A rectangle of a picture, as an argument.
struct Area: ExpressibleByArgument {
  var top, left, height, width: Int

  init?(argument: String) {
    let numbers = argument.split(separator: ",").compactMap { Int($0) }
    guard numbers.count == 4, numbers.allSatisfy({ 0...1_000_000 ~= $0 }), numbers[2] > 0, numbers[3] > 0 else { return nil }
    (top, left, height, width) = (numbers[0], numbers[1], numbers[2], numbers[3])
  }

  func part(of picture: Tensor<Float>) throws -> Tensor<Float> {
    guard top + height <= picture.shape[1], left + width <= picture.shape[2] else {
      throw ValidationError("--crop: expected a part of \(picture.shape[1]) rows and \(picture.shape[2]) columns")
    }
    var part = try Tensor<Float>(zeros: [picture.shape[0], height, width])
    copy(picture, from: (top, left), to: (0, 0), of: &part, size: (height, width))
    return part
  }
}
