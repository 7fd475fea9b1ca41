import ArgumentParser
import Convolution
import ConvolutionIO
import ConvolutionLayers
import Pictures
import Progress

/// Finds the faces in a photograph by CenterFace and blurs them.
@main struct Faces: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "faces", abstract: "Blur the faces in a PNG picture.")

  @Argument(help: "The picture to read.") var input: String
  @Argument(help: "The PNG file to write. It is replaced only by a whole picture.") var output: String

  @Option(help: "The weights, as Scripts/onnx-to-safetensors.py --number writes them.")
  var weights = ".build/networks/centerface.safetensors"
  @Option(help: "How probable a face must be to be blurred: 0 to 1.") var threshold: Float = 0.5
  @Option(help: "How many threads compute; every core by default.") var threads: Int?
  @Option(help: "How often the network is run; the fastest time is printed.") var runs = 1
  @Option(help: "A .npy file for what the network makes of the picture.") var outputs: String?
  @Option(help: "Take only a part of the picture: top, left, height, width.") var crop: Area?
  @Flag(help: "Write a sheet: on the left the picture, on the right the blurred one.") var sheet = false
  @Flag(help: "Print what the network was prepared to.") var plan = false

  func run() throws {
    let device = try threads.map { try Device.cpu(threads: $0) } ?? .cpu
    guard 0...1 ~= threshold else {
      throw PictureError.argument(name: "threshold", expected: "0 to 1", actual: "\(threshold)")
    }
    guard 1...1000 ~= runs else { throw PictureError.argument(name: "runs", expected: "1 to 1000", actual: "\(runs)") }
    var picture = try PNGFile.read(path: input)
    if let crop { picture = try crop.part(of: picture) }
    var network = try CenterFace(device: device)
    try network.load(path: weights, of: "CenterFace")
    let image = try Self.input(of: picture)
    let prepared = try network.prepared(for: image.shape)
    if plan { print(prepared) }
    let (found, seconds) = try timing(runs: runs) { try prepared(image) }
    if let outputs { try NumPyFile.write(found, path: outputs) }

    let faces = Face.faces(in: found, threshold: threshold)
    var blurred = picture
    for face in faces {
      blurred = try blurred.blurring(face)
      print(
        "face at \(Int(face.left)), \(Int(face.top)), \(Int(face.right - face.left)) x \(Int(face.bottom - face.top)):",
        "\(Double(100 * face.score).fixed(1)) %")
    }
    try PNGFile.write(sheet ? beforeAndAfter(picture, blurred) : blurred, path: output)
    print("\(faces.count) \(faces.count == 1 ? "face" : "faces") in \(seconds.fixed(4)) s")
  }

  /// The picture from 0 to 255, with zeros below and to the right of it, as large as the network wants it.
  private static func input(of picture: Tensor<Float>) throws -> Tensor<Float> {
    let sizes = picture.shape.dropFirst().map {
      ($0 + CenterFace.multiple - 1) / CenterFace.multiple * CenterFace.multiple
    }
    let levels = try Tensor(shape: picture.shape, scalars: picture.scalars.map { 255 * $0 })
    var input = try Tensor<Float>(zeros: [1, 3] + sizes)
    copy(levels, from: (0, 0), to: (0, 0), of: &input, size: (picture.shape[1], picture.shape[2]))
    return input
  }
}
