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
    switch channels {
    case 1: unsafe load(bytes, of: UInt8.self, stride: 1, pixels: width)
    case 2: unsafe load(bytes, of: UInt16.self, stride: 2, pixels: width)
    case 4: unsafe load(bytes, of: UInt32.self, stride: 4, pixels: width)
    default:
      // Four bytes for the sake of three; the last pixel has no fourth.
      unsafe load(bytes, of: UInt32.self, stride: 3, pixels: width - 1)
      guard width > 0 else { return }
      let last = unsafe bytes + 3 * (width - 1)
      let start = unsafe UInt32(last.loadUnaligned(as: UInt16.self))
      unsafe words[width - 1] = start | UInt32(last.load(fromByteOffset: 2, as: UInt8.self)) << 16
    }
  }

  /// Writes the row's bytes, `width · channels` of them.
  func store(_ bytes: UnsafeMutableRawPointer) {
    switch channels {
    case 1: unsafe store(bytes, of: UInt8.self, stride: 1, pixels: width)
    case 2: unsafe store(bytes, of: UInt16.self, stride: 2, pixels: width)
    case 4: unsafe store(bytes, of: UInt32.self, stride: 4, pixels: width)
    default:
      // The fourth byte of each is overwritten by the next pixel.
      unsafe store(bytes, of: UInt32.self, stride: 3, pixels: width - 1)
      guard width > 0 else { return }
      let (last, word) = unsafe (bytes + 3 * (width - 1), words[width - 1])
      unsafe last.storeBytes(of: UInt16(truncatingIfNeeded: word), as: UInt16.self)
      unsafe last.storeBytes(of: UInt8(truncatingIfNeeded: word >> 16), toByteOffset: 2, as: UInt8.self)
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

  /// Sets one channel of every pixel to `scalar · scale`, cut off at 0 and 255 and rounded; channels come in order.
  func gather(_ channel: Int, from scalars: UnsafePointer<Float>, scale: Float) {
    let (shift, words) = unsafe (UInt32(8 * channel), words)
    let kept: UInt32 = channel == 0 ? 0 : .max
    for x in 0..<width {
      let scaled = unsafe scalars[x] * scale
      let positive = scaled > 0 ? scaled : 0
      let level = positive < 255 ? positive : 255
      // Beyond 2²³ a Float has no fraction: the sum rounds, and its lowest bits are the integer.
      let byte = (level + 0x1p23).bitPattern & 0xFF
      unsafe words[x] = words[x] & kept | byte &<< shift
    }
  }

  @inline(__always)
  private func load<Word: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: UnsafeRawPointer, of type: Word.Type, stride: Int, pixels: Int
  ) {
    let words = unsafe words
    for x in 0..<max(0, pixels) {
      unsafe words[x] = UInt32(truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: x &* stride, as: type))
    }
  }

  @inline(__always)
  private func store<Word: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: UnsafeMutableRawPointer, of type: Word.Type, stride: Int, pixels: Int
  ) {
    let words = unsafe words
    for x in 0..<max(0, pixels) {
      unsafe bytes.storeBytes(of: Word(truncatingIfNeeded: words[x]), toByteOffset: x &* stride, as: type)
    }
  }
}
