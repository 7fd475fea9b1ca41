import Testing

@testable import ConvolutionIO

/// Ten thousand files, each a good one with some bytes changed at random from a fixed seed: whatever is in a file, reading
/// it gives a value or an error.
@Suite struct CorruptionTests {
  @Test(arguments: ["float32", "float64", "types", "network", "empty"]) func safetensors(_ name: String) throws {
    let whole = try bytes(fixture("\(name).safetensors"))
    try corrupt(whole, times: 1000, seed: 1, readEverything(safetensors:))
  }

  @Test(arguments: ["f4-C", "f8-F", "version-1", "version-3", "empty"]) func npy(_ name: String) throws {
    let whole = try bytes(fixture("\(name).npy"))
    try corrupt(whole, times: 1000, seed: 2, readEverything(npy:))
  }

  /// What `Scripts/fuzz-files` has found to lead down different paths.
  @Test func corpusOfTheFuzzer() throws {
    let folder = fixture("../../../Fuzzing/Corpus")
    let names = fileNames(in: folder)
    #expect(names.count > 50)
    for name in names {
      let file = try bytes("\(folder)/\(name)")
      try? readEverything(safetensors: file)
      try? readEverything(npy: file)
    }
  }

  /// Reads corrupted copies of a file, and expects that some of them are refused: data may change unnoticed, headers rarely.
  private func corrupt(
    _ whole: [UInt8], times: Int, seed: UInt64, _ read: ([UInt8]) throws(FileFormatError) -> Void
  ) throws {
    var generator = SplitMix64(state: seed)
    var refused = 0
    for _ in 0..<times {
      let file = mutated(whole, using: &generator)
      do throws(FileFormatError) { try read(file) } catch { refused += 1 }
    }
    #expect(refused > times / 20)
  }

  private func mutated(_ whole: [UInt8], using generator: inout SplitMix64) -> [UInt8] {
    var file = whole
    // Bytes with a meaning in the grammars reach deeper than arbitrary ones.
    let meaningful = Array(#"{}[](),:"'\u0123456789-.eFTI \#u{FF}"#.utf8) + [0, 0x7F, 0x80, 0xFF]
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let position = Int.random(in: 0...file.count, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: file.insert(meaningful.randomElement(using: &generator) ?? 0, at: position)
      case 1: file.removeSubrange(position..<min(file.count, position + Int.random(in: 0...3, using: &generator)))
      case 2: file.insert(contentsOf: file[..<position].suffix(20), at: position)
      case 3 where position < file.count: file[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 4 where position < file.count: file[position] = UInt8.random(in: 0 ... .max, using: &generator)
      case _ where position < file.count: file[position] = meaningful.randomElement(using: &generator) ?? 0
      default: break
      }
    }
    return file
  }
}

/// A random number generator with a seed, by Sebastiano Vigna.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
