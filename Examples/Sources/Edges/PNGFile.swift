import CPNG
import Convolution
import Glibc

/// PNG files through libpng, as tensors `[3, height, width]`: red, green and blue from 0 to 1, as encoded in the file.
enum PNGFile {
  /// A small file can claim a picture that would fill the memory.
  static let largestPixelCount = 100_000_000

  private static let colors = 3

  static func read(path: String) throws -> Tensor<Float> {
    var image = unsafe cpng_image()
    defer { unsafe png_image_free(&image) }
    guard unsafe png_image_begin_read_from_file(&image, path) != 0 else { throw unsafe unreadable(path, image) }
    let (height, width) = unsafe (Int(image.height), Int(image.width))
    guard height * width <= largestPixelCount else {
      throw EdgesError.tooLarge(path: path, width: width, height: height)
    }
    unsafe image.format = cpng_format_rgb()
    var pixels = [UInt8](repeating: 0, count: height * width * colors)
    // What is transparent becomes white.
    var background = png_color(red: 255, green: 255, blue: 255)
    guard unsafe png_image_finish_read(&image, &background, &pixels, 0, nil) != 0 else {
      throw unsafe unreadable(path, image)
    }
    let area = height * width
    return try Tensor(
      shape: [colors, height, width],
      scalars: (0..<colors * area).map { Float(pixels[$0 % area * colors + $0 / area]) / 255 })
  }

  /// Writes a picture whose colours beyond 0 and 1 are cut off there.
  static func write(_ picture: Tensor<Float>, path: String) throws {
    let (height, width) = (picture.shape[1], picture.shape[2])
    let scalars = picture.scalars
    let pixels = (0..<scalars.count).map { index in
      let scalar = scalars[index % colors * height * width + index / colors]
      return UInt8((min(max(scalar, 0), 1) * 255).rounded())
    }
    var image = unsafe cpng_image()
    unsafe (image.height, image.width) = (UInt32(height), UInt32(width))
    unsafe image.format = cpng_format_rgb()
    // libpng removes what it could not write to the end, and the picture takes its place only when it is whole.
    try requireFileOrNothing(path)
    let temporary = "\(path).\(String(UInt32.random(in: 0 ... .max), radix: 16))"
    guard unsafe png_image_write_to_file(&image, temporary, 0, pixels, 0, nil) != 0 else {
      throw EdgesError.unwritable(path: path, reason: unsafe message(image))
    }
    guard unsafe rename(temporary, path) == 0 else {
      let reason = unsafe String(cString: strerror(errno))
      unsafe unlink(temporary)
      throw EdgesError.unwritable(path: path, reason: reason)
    }
  }

  /// A rename would put a file in the place of a device.
  private static func requireFileOrNothing(_ path: String) throws {
    var properties = stat()
    if unsafe stat(path, &properties) == 0, properties.st_mode & S_IFMT != S_IFREG {
      throw EdgesError.unwritable(path: path, reason: "Not a file")
    }
  }

  private static func unreadable(_ path: String, _ image: png_image) -> EdgesError {
    .unreadable(path: path, reason: unsafe message(image))
  }

  /// What libpng says of the last failure.
  private static func message(_ image: png_image) -> String {
    var text = unsafe image.message
    return unsafe withUnsafeBytes(of: &text) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
