import Convolution
import ConvolutionIO
import Testing

/// Bytes of images to tensors and back.
struct PixelTests {
  /// A byte for each position, all of them met.
  private static func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 256) }
  }

  /// Every number of channels, widths around every step of a vectorised loop, rows with and without an end that is not
  /// looked at: against the formula, bit for bit.
  @Test(arguments: 1...4) func formula(channels: Int) throws {
    for (height, width) in [
      (1, 1), (1, 2), (2, 3), (3, 4), (2, 5), (4, 7), (3, 8), (2, 15), (3, 16), (2, 33), (7, 300),
    ] {
      for surplus in [0, 1, 5] {
        let bytesPerRow = width * channels + surplus
        let bytes = Self.bytes(height * bytesPerRow)
        let mean = [0.485, 0.456, 0.406, 0.5].prefix(channels).map { Float($0) }
        let deviation = [0.229, 0.224, 0.225, 0.25].prefix(channels).map { Float($0) }
        let image = try Tensor(
          pixels: bytes.span, height: height, width: width, channels: channels,
          bytesPerRow: surplus == 0 ? nil : bytesPerRow, scale: 1 / 128, mean: mean, standardDeviation: deviation)
        let plain = try Tensor(
          pixels: bytes.span, height: height, width: width, channels: channels, bytesPerRow: bytesPerRow)
        #expect(image.shape == [channels, height, width])
        for c in 0..<channels {
          for i in 0..<height {
            for j in 0..<width {
              let byte = Float(bytes[i * bytesPerRow + j * channels + c])
              let expected = (byte * (1 / 128) - mean[c]) / deviation[c]
              if image[c, i, j] != expected || plain[c, i, j] != byte * (1 / 255) {
                Issue.record("\(channels) channels, \(height) x \(width), \(bytesPerRow): at \(c), \(i), \(j)")
              }
            }
          }
        }
      }
    }
  }

  @Test(arguments: 1...4) func andBack(channels: Int) throws {
    for (height, width) in [(1, 1), (2, 3), (5, 16), (3, 17), (8, 300)] {
      let bytes = Self.bytes(height * width * channels)
      let image = try Tensor(pixels: bytes.span, height: height, width: width, channels: channels)
      #expect(try image.pixels() == bytes)
    }
  }

  /// To the nearest, ties to even, nothing below 0 or above 255.
  @Test func rounding() throws {
    let scalars: [(Float, UInt8)] = [
      (0, 0), (0.25, 0), (0.49999997, 0), (0.5, 0), (0.50000006, 1), (1.5, 2), (2.5, 2), (3.5, 4), (127.49999, 127),
      (254.5, 254), (254.50002, 255), (255, 255), (255.5, 255), (1e30, 255), (.infinity, 255), (-0.0, 0), (-0.6, 0),
      (-1e30, 0), (-.infinity, 0), (.nan, 0), (1e-30, 0),
    ]
    for channels in 1...3 {
      // As many rows of one colour as there are numbers.
      let image = try Tensor<Float>(shape: [channels, scalars.count, 5]) { output in
        for _ in 0..<channels {
          for (scalar, _) in scalars {
            for _ in 0..<5 { output.append(scalar) }
          }
        }
      }
      #expect(try image.pixels(scale: 1) == scalars.flatMap { Array(repeating: $0.1, count: 5 * channels) })
    }
    #expect(try Tensor<Float>(shape: [1, 1, 3], scalars: [-1, 0.5, 7]).pixels() == [0, 128, 255])
  }

  @Test func withoutPixels() throws {
    for (height, width) in [(0, 4), (3, 0), (0, 0)] {
      let image = try Tensor(pixels: [UInt8]().span, height: height, width: width, channels: 3)
      #expect(image.shape == [3, height, width])
      #expect(try image.pixels().isEmpty)
    }
  }

  /// The last row may end with its pixels.
  @Test func buffersOfEveryLength() throws {
    for count in 0...40 {
      let bytes = Self.bytes(count)
      func image() throws -> Tensor<Float> {
        try Tensor(pixels: bytes.span, height: 3, width: 3, channels: 3, bytesPerRow: 12)
      }
      if (33...36).contains(count) {
        #expect(try image()[2, 2, 2] == Float(bytes[32]) * (1 / 255))
      } else {
        #expect(throws: ConvolutionError.valueOutOfRange(name: "pixels", expected: "33 to 36 bytes", actual: [count])) {
          try image()
        }
      }
    }
    let error = ConvolutionError.valueOutOfRange(name: "pixels", expected: "27 bytes", actual: [28])
    #expect(throws: error) { try Tensor(pixels: Self.bytes(28).span, height: 3, width: 3, channels: 3) }
  }

  @Test func whatIsRefused() throws {
    let bytes = Self.bytes(12)
    func image(
      height: Int = 2, width: Int = 2, channels: Int = 3, bytesPerRow: Int? = nil, scale: Float = 1, mean: [Float] = [],
      deviation: [Float] = []
    ) throws -> Tensor<Float> {
      try Tensor(
        pixels: bytes.span, height: height, width: width, channels: channels, bytesPerRow: bytesPerRow, scale: scale,
        mean: mean, standardDeviation: deviation)
    }
    func message(_ body: () throws -> Tensor<Float>) -> String? {
      #expect(throws: ConvolutionError.self) { _ = try body() }?.description
    }
    #expect(message { try image(channels: 0) } == "channels: expected from 1 to 4, got 0")
    #expect(message { try image(channels: 5) } == "channels: expected from 1 to 4, got 5")
    #expect(message { try image(height: -1) } == "height: expected 0 or more, got -1")
    #expect(message { try image(width: -2) } == "width: expected 0 or more, got -2")
    #expect(message { try image(bytesPerRow: 5) } == "bytesPerRow: expected 6 or more, got 5")
    #expect(message { try image(scale: .infinity) } == "scale: expected a finite number, got inf")
    #expect(message { try image(mean: [1, 2]) } == "mean: expected 3 numbers, or none, got 2")
    #expect(message { try image(mean: [1, .nan, 2]) } == "mean: expected a finite number, got 1.0, nan, 2.0")
    #expect(
      message { try image(deviation: [1, 1, 0]) }?.hasPrefix("standardDeviation: expected numbers above 0") == true)
    #expect(throws: ConvolutionError.sizeOverflow(name: "bytes of a row", operands: [.max, 3])) {
      try image(width: .max)
    }
    #expect(throws: ConvolutionError.sizeOverflow(name: "bytes of the pixels", operands: [.max, 6])) {
      try image(height: .max)
    }
    for shape in [[], [4, 4], [5, 2, 2], [0, 2, 2], [1, 3, 2, 2]] {
      let error = ConvolutionError.shapeMismatch(name: "image", expected: "[C, H, W] with C from 1 to 4", actual: shape)
      #expect(throws: error) { try Tensor<Float>(zeros: shape).pixels() }
    }
    #expect(throws: ConvolutionError.self) { try Tensor<Float>(zeros: [1, 1, 1]).pixels(scale: .nan) }
  }
}
