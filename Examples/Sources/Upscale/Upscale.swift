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
  @Option(help: "The side of the tiles of a large picture: 64 to 1024.") var tile = 160
  @Option(help: "How often the picture is enlarged; the fastest time is printed.") var runs = 1
  @Option(help: "Take only a part of the picture: top, left, height, width.") var crop: Area?
  @Flag(help: "Write a sheet: on the left the picture's pixels, on the right what the network makes of them.")
  var sheet = false
  @Flag(help: "Print what the network was prepared to.") var plan = false

  /// How many pixels beyond what is taken from a tile the network sees at least.
  private static let overlap = 12
  /// Larger ones would become pictures that this program does not read.
  private static let largestPixelCount = PNGFile.largestPixelCount / (RRDBNet.factor * RRDBNet.factor)

  func run() throws {
    let device = try threads.map { try Device.cpu(threads: $0) } ?? .cpu
    guard 1...1000 ~= runs else { throw PictureError.argument(name: "runs", expected: "1 to 1000", actual: "\(runs)") }
    guard 64...1024 ~= tile else {
      throw PictureError.argument(name: "tile", expected: "64 to 1024", actual: "\(tile)")
    }
    var picture = try PNGFile.read(
      path: input, atMost: crop == nil ? Self.largestPixelCount : PNGFile.largestPixelCount)
    if let crop { picture = try crop.part(of: picture) }
    var network = try RRDBNet(device: device)
    try network.load(path: weights)
    let tiling = try Tiling(network, picture: picture.shape, side: tile, overlap: Self.overlap)
    if plan { print(tiling.network) }

    var bar = ProgressBar(label: "upscale", total: tiling.count * runs)
    var done = 0
    let (result, seconds) = try timing(runs: runs) {
      try tiling.enlarge(picture) { _ in
        done += 1
        bar.show(done: done)
      }
    }
    bar.finish()
    let enlarging = try Upsample<Float>(scaleFactor: Double(RRDBNet.factor))
    try PNGFile.write(sheet ? beforeAndAfter(enlarging(picture), result) : result, path: output)
    print("\(result.shape[2]) x \(result.shape[1]) pixels in \(seconds.fixed(3)) s")
  }
}
