public import Convolution

extension Tensor where Scalar == Float {
  /// Creates an image `[C, H, W]` from bytes as cameras and image files give them: row by row, the channels of a pixel
  /// next to each other.
  ///
  ///     x[c, i, j] = (pixels[i · bytesPerRow + j · channels + c] · scale − mean[c]) / standardDeviation[c]
  ///
  /// The default scale takes 0…255 to 0…1. Mean and standard deviation are those of the scaled values, as PyTorch's
  /// [`Normalize`](https://pytorch.org/vision/stable/generated/torchvision.transforms.Normalize.html) has them.
  ///
  /// ```swift
  /// let bytes = [UInt8](repeating: 128, count: 224 * 224 * 3)
  /// let image = try Tensor(
  ///   pixels: bytes.span, height: 224, width: 224, channels: 3, mean: [0.485, 0.456, 0.406],
  ///   standardDeviation: [0.229, 0.224, 0.225])
  /// ```
  ///
  /// - Parameters:
  ///   - pixels: The bytes of all rows; after the last row there may be less than `bytesPerRow` asks for.
  ///   - height: The number of rows, 0 or more.
  ///   - width: Pixels of a row, 0 or more.
  ///   - channels: Bytes of a pixel, from 1 to 4, as in grey, grey with alpha, RGB and RGBA.
  ///   - bytesPerRow: How far one row lies from the next, where lines end in padding; `width · channels` where it is `nil`.
  ///   - scale: What each byte is multiplied by.
  ///   - mean: One finite number for each channel, or none for 0.
  ///   - standardDeviation: One finite number above 0 for each channel, or none for 1.
  /// - Throws: ``ConvolutionError/valueOutOfRange(name:expected:actual:)`` for a size outside these ranges or another number
  ///   of bytes, ``ConvolutionError/invalidSetting(name:expected:actual:)`` for scale, mean or standard deviation,
  ///   ``ConvolutionError/sizeOverflow(name:operands:)``, ``ConvolutionError/outOfMemory(byteCount:)``.
  public init(
    pixels: Span<UInt8>, height: Int, width: Int, channels: Int, bytesPerRow: Int? = nil, scale: Float = 1 / 255,
    mean: [Float] = [], standardDeviation: [Float] = []
  ) throws(ConvolutionError) {
    let bytesPerRow = try checkedBytesPerRow(
      bytesPerRow, height: height, width: width, channels: channels, count: pixels.count)
    try requireFinite([scale], name: "scale")
    let mean = try statistics(mean, orElse: 0, channels: channels, name: "mean")
    let deviation = try statistics(standardDeviation, orElse: 1, channels: channels, name: "standardDeviation")
    guard deviation.allSatisfy({ $0 > 0 }) else {
      throw .invalidSetting(name: "standardDeviation", expected: "numbers above 0", actual: "\(deviation)")
    }
    try self.init(uninitialized: [channels, height, width])
    withUnsafeMutableBufferPointer { scalars in
      unsafe pixels.withUnsafeBytes { pixels in
        guard let plane = scalars.baseAddress, let bytes = pixels.baseAddress else { return }
        let row = PixelRow(width: width, channels: channels)
        for y in 0..<height {
          unsafe row.load(bytes + y * bytesPerRow)
          for channel in 0..<channels {
            unsafe row.spread(
              channel, to: plane + (channel * height + y) * width, scale: scale, mean: mean[channel],
              deviation: deviation[channel])
          }
        }
      }
    }
  }

  /// The image's bytes, row by row, the channels of a pixel next to each other: what `init(pixels:…)` takes.
  ///
  /// Each scalar is multiplied by `scale`, cut off at 0 and 255 and rounded to the nearest byte, ties to even. NaN
  /// becomes 0.
  ///
  /// - Parameter scale: The default takes 0…1 to 0…255.
  /// - Returns: `H · W · C` bytes for an image `[C, H, W]` of 1 to 4 channels.
  /// - Throws: ``ConvolutionError/shapeMismatch(name:expected:actual:)`` for any other shape,
  ///   ``ConvolutionError/invalidSetting(name:expected:actual:)`` for a scale that is not finite.
  public func pixels(scale: Float = 255) throws(ConvolutionError) -> [UInt8] {
    guard shape.count == 3, channelCounts.contains(shape[0]) else {
      throw .shapeMismatch(name: "image", expected: "[C, H, W] with C from 1 to 4", actual: shape)
    }
    try requireFinite([scale], name: "scale")
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    return withUnsafeBufferPointer { scalars in
      unsafe [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
        initialized = count
        guard count > 0, let scalars = scalars.baseAddress, let bytes = bytes.baseAddress else { return }
        let row = PixelRow(width: width, channels: channels)
        for y in 0..<height {
          unsafe row.gather(scalars + y * width, plane: height * width, scale: scale)
          unsafe row.store(bytes + y * width * channels)
        }
      }
    }
  }
}

private let channelCounts = 1...4

/// How far rows lie apart; refuses sizes that are no image's, and a buffer that does not hold it.
private func checkedBytesPerRow(
  _ bytesPerRow: Int?, height: Int, width: Int, channels: Int, count: Int
) throws(ConvolutionError) -> Int {
  guard channelCounts.contains(channels) else {
    throw .valueOutOfRange(name: "channels", expected: "from 1 to 4", actual: [channels])
  }
  for (name, extent) in [("height", height), ("width", width)] {
    guard extent >= 0 else { throw .valueOutOfRange(name: name, expected: "0 or more", actual: [extent]) }
  }
  let packed = try SizeArithmetic.product([width, channels], name: "bytes of a row")
  let bytesPerRow = bytesPerRow ?? packed
  guard bytesPerRow >= packed else {
    throw .valueOutOfRange(name: "bytesPerRow", expected: "\(packed) or more", actual: [bytesPerRow])
  }
  let most = try SizeArithmetic.product([height, bytesPerRow], name: "bytes of the pixels")
  let least = height == 0 ? 0 : most - (bytesPerRow - packed)
  guard (least...most).contains(count) else {
    throw .valueOutOfRange(
      name: "pixels", expected: least == most ? "\(most) bytes" : "\(least) to \(most) bytes", actual: [count])
  }
  return bytesPerRow
}

/// One finite number for each channel, `standard` for all of them where there are none.
private func statistics(
  _ values: [Float], orElse standard: Float, channels: Int, name: String
) throws(ConvolutionError) -> [Float] {
  if values.isEmpty { return Array(repeating: standard, count: channels) }
  guard values.count == channels else {
    throw .valueOutOfRange(name: name, expected: "\(channels) numbers, or none", actual: [values.count])
  }
  try requireFinite(values, name: name)
  return values
}

private func requireFinite(_ values: [Float], name: String) throws(ConvolutionError) {
  guard values.allSatisfy(\.isFinite) else {
    throw .invalidSetting(
      name: name, expected: "a finite number", actual: values.map { "\($0)" }.joined(separator: ", "))
  }
}
