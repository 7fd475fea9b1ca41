import CPNG
package import Convolution
import ConvolutionIO

/// PNG files through libpng, as tensors `[3, height, width]`: red, green and blue from 0 to 1, as encoded in the file.
package enum PNGFile {
  /// A small file can claim a picture that would fill the memory.
  package static let largestPixelCount = 100_000_000

  private static let colors = 3

  /// Reads a picture of at most so many pixels.
  package static func read(path: String, atMost limit: Int = largestPixelCount) throws -> Tensor<Float> {
    let name = path.utf8CString
    var size = cpng_size()
    try reporting({ PictureError.unreadable(path: path, reason: $0) }) { message in
      size = cpng_read_size(name.span, &message)
      return size.height >= 0
    }
    let (height, width) = (Int(size.height), Int(size.width))
    guard height * width <= limit else {
      throw PictureError.tooLarge(path: path, limit: limit, width: width, height: height)
    }
    var pixels = [UInt8](repeating: 0, count: height * width * colors)
    try reporting({ PictureError.unreadable(path: path, reason: $0) }) { message in
      var pixels = pixels.mutableSpan
      return cpng_read(name.span, &pixels, &message) == 0
    }
    return try Tensor(pixels: pixels.span, height: height, width: width, channels: colors)
  }

  /// Writes a picture whose colours beyond 0 and 1 are cut off there.
  package static func write(_ picture: Tensor<Float>, path: String) throws {
    let pixels = try picture.pixels()
    let size = cpng_size(height: Int64(picture.shape[1]), width: Int64(picture.shape[2]))
    let name = path.utf8CString
    let temporary = "\(path).\(String(UInt32.random(in: 0 ... .max), radix: 16))".utf8CString
    try reporting({ PictureError.unwritable(path: path, reason: $0) }) { message in
      cpng_write(name.span, temporary.span, pixels.span, size, &message) == 0
    }
  }

  /// Throws the error of what a function says when it fails.
  private static func reporting(
    _ error: (String) -> PictureError, _ function: (inout MutableSpan<CChar>) -> Bool
  ) throws(PictureError) {
    var message = [CChar](repeating: 0, count: 256)
    var span = message.mutableSpan
    guard !function(&span) else { return }
    throw error(String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
  }
}
