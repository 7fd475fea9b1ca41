import Convolution
import ConvolutionIO
import Foundation

struct NotAPhotograph: Error {}

/// The photograph in a PPM file: `P6`, width, height and 255 as words, then three bytes for each pixel.
func readPhotograph(_ path: String) throws -> Tensor<Float> {
  let file = [UInt8](try Data(contentsOf: URL(filePath: path)))
  let words = file.split(maxSplits: 4) { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
  guard words.count == 5, words[0].elementsEqual("P6".utf8),
    let width = Int(String(decoding: words[1], as: UTF8.self)),
    let height = Int(String(decoding: words[2], as: UTF8.self))
  else { throw NotAPhotograph() }
  let bytes = Array(words[4])
  return try Tensor(pixels: bytes.span, height: height, width: width, channels: 3)
}

/// Writes a photograph as a PPM file.
func writePhotograph(_ photograph: Tensor<Float>, to path: String) throws {
  let header = "P6\n\(photograph.shape[2]) \(photograph.shape[1])\n255\n"
  let file = try Array(header.utf8) + photograph.pixels()
  try Data(file).write(to: URL(filePath: path))
}

let photograph = try readPhotograph(CommandLine.arguments[1])

let strength = CommandLine.arguments.count > 3 ? Float(CommandLine.arguments[3]) ?? 1 : 1
let kernel = try Tensor<Float>(
  shape: [1, 1, 3, 3],
  scalars: [
    0, -strength, 0,
    -strength, 1 + 4 * strength, -strength,
    0, -strength, 0,
  ])
let weight = try Tensor.concatenating([kernel, kernel, kernel], axis: 0)
let layer = try Conv2d(weight: weight, padding: .same, groups: 3, paddingMode: .replicate)

try writePhotograph(layer(photograph), to: CommandLine.arguments[2])
