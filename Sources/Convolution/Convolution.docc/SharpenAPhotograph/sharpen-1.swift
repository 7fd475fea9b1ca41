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

let photograph = try readPhotograph(CommandLine.arguments[1])
print(photograph.shape)
print(photograph[0, 0, 0], photograph[1, 0, 0], photograph[2, 0, 0])
