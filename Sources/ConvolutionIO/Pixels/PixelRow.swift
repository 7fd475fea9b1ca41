/// One row of an image, each pixel in an integer with a byte for each channel, the first in the lowest.
///
/// The detour is what makes the loops fast: a loop over bytes that lie three apart is not vectorised, while one over
/// integers next to each other is, and bytes are moved a pixel at a time.
@safe struct PixelRow: ~Copyable {
  private let width: Int
  private let channels: Int
  private let words: UnsafeMutablePointer<UInt32>

  init(width: Int, channels: Int) {
    self.width = width
    self.channels = channels
    unsafe words = .allocate(capacity: max(1, width))
    unsafe words.initialize(repeating: 0, count: max(1, width))
  }

  deinit {
    unsafe words.deallocate()
  }

  /// Takes the row's bytes, `width · channels` of them.
  func load(_ bytes: UnsafeRawPointer) {
    unsafe move(Load(bytes: bytes, words: words))
    guard channels == 3, width > 0 else { return }
    let last = unsafe bytes + 3 * (width - 1)
    let start = unsafe UInt32(last.loadUnaligned(as: UInt16.self))
    unsafe words[width - 1] = start | UInt32(last.load(fromByteOffset: 2, as: UInt8.self)) << 16
  }

  /// Writes the row's bytes, `width · channels` of them.
  func store(_ bytes: UnsafeMutableRawPointer) {
    unsafe move(Store(bytes: bytes, words: words))
    guard channels == 3, width > 0 else { return }
    let (last, word) = unsafe (bytes + 3 * (width - 1), words[width - 1])
    unsafe last.storeBytes(of: UInt16(truncatingIfNeeded: word), as: UInt16.self)
    unsafe last.storeBytes(of: UInt8(truncatingIfNeeded: word >> 16), toByteOffset: 2, as: UInt8.self)
  }

  /// Moves each pixel as one word. Three channels are moved as four, for the sake of speed: the fourth byte belongs to the
  /// next pixel, and the last, which has no next, is left to the caller.
  @inline(__always)
  private func move(_ pixels: some PixelMove) {
    switch channels {
    case 1: pixels.move(UInt8.self, stride: 1, count: width)
    case 2: pixels.move(UInt16.self, stride: 2, count: width)
    case 4: pixels.move(UInt32.self, stride: 4, count: width)
    default: pixels.move(UInt32.self, stride: 3, count: max(0, width - 1))
    }
  }

  /// Writes `(byte · scale − mean) / deviation` of one channel of every pixel.
  func spread(_ channel: Int, to scalars: UnsafeMutablePointer<Float>, scale: Float, mean: Float, deviation: Float) {
    let (shift, words) = unsafe (UInt32(8 * channel), words)
    for x in 0..<width {
      // Signed, for which processors have an instruction.
      let byte = unsafe Int32(truncatingIfNeeded: words[x] &>> shift & 0xFF)
      unsafe scalars[x] = (Float(byte) * scale - mean) / deviation
    }
  }

  /// Sets every pixel to its scalars, one in each plane, times `scale`, cut off at 0 and 255 and rounded.
  func gather(_ scalars: UnsafePointer<Float>, plane: Int, scale: Float) {
    let words = unsafe words
    func byte(_ channel: Int, _ x: Int) -> UInt32 {
      let scaled = unsafe scalars[channel &* plane &+ x] * scale
      let positive = scaled > 0 ? scaled : 0
      let level = positive < 255 ? positive : 255
      // Beyond 2²³ a Float has no fraction: the sum rounds, and its lowest bits are the integer.
      return (level + 0x1p23).bitPattern & 0xFF
    }
    // All channels at a time: processors fetch ahead along a plane only while they read on in it.
    switch channels {
    case 1: for x in 0..<width { unsafe words[x] = byte(0, x) }
    case 2: for x in 0..<width { unsafe words[x] = byte(0, x) | byte(1, x) << 8 }
    case 3: for x in 0..<width { unsafe words[x] = byte(0, x) | byte(1, x) << 8 | byte(2, x) << 16 }
    default:
      for x in 0..<width {
        unsafe words[x] = byte(0, x) | byte(1, x) << 8 | byte(2, x) << 16 | byte(3, x) << 24
      }
    }
  }
}

/// Pixels from bytes to words, or back.
private protocol PixelMove {
  func move<Word: FixedWidthInteger & BitwiseCopyable>(_ type: Word.Type, stride: Int, count: Int)
}

@safe private struct Load: PixelMove {
  let bytes: UnsafeRawPointer
  let words: UnsafeMutablePointer<UInt32>

  @inline(__always)
  func move<Word: FixedWidthInteger & BitwiseCopyable>(_ type: Word.Type, stride: Int, count: Int) {
    let (bytes, words) = unsafe (bytes, words)
    for x in 0..<count {
      unsafe words[x] = UInt32(truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: x &* stride, as: type))
    }
  }
}

@safe private struct Store: PixelMove {
  let bytes: UnsafeMutableRawPointer
  let words: UnsafeMutablePointer<UInt32>

  @inline(__always)
  func move<Word: FixedWidthInteger & BitwiseCopyable>(_ type: Word.Type, stride: Int, count: Int) {
    let (bytes, words) = unsafe (bytes, words)
    for x in 0..<count {
      unsafe bytes.storeBytes(of: Word(truncatingIfNeeded: words[x]), toByteOffset: x &* stride, as: type)
    }
  }
}
