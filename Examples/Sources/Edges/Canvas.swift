import Convolution

/// A white picture to be drawn on, in red, green and blue from 0 to 1.
struct Canvas {
  /// `[3, height, width]`.
  private(set) var picture: Tensor<Float>

  init(height: Int, width: Int) throws {
    picture = try Tensor(repeating: 1, shape: [3, height, width])
  }

  /// Gives one colour to a rectangle, which must lie within the canvas.
  mutating func fill(rows: Range<Int>, columns: Range<Int>, color: [Float]) {
    for (channel, value) in color.enumerated() {
      for row in rows {
        for column in columns { picture[channel, row, column] = value }
      }
    }
  }

  /// Draws the upper left `extent` by `extent` pixels of a picture as squares of `scale` by `scale`.
  mutating func draw(_ picture: Tensor<Float>, extent: Int, scale: Int, row: Int, column: Int) {
    for y in 0..<extent {
      for x in 0..<extent {
        let color = (0..<3).map { picture[$0, y, x] }
        let (top, left) = (row + y * scale, column + x * scale)
        fill(rows: top..<top + scale, columns: left..<left + scale, color: color)
      }
    }
  }

  /// Writes a word in the letters that ``Lettering`` has.
  mutating func write(_ word: String, row: Int, column: Int) {
    let scale = Lettering.scale
    for (index, letter) in word.enumerated() {
      for (y, line) in (Lettering.letters[letter] ?? []).enumerated() {
        for (x, mark) in line.enumerated() where mark == "#" {
          let top = row + y * scale
          let left = column + (index * Lettering.advance + x) * scale
          fill(rows: top..<top + scale, columns: left..<left + scale, color: [0, 0, 0])
        }
      }
    }
  }
}

/// The letters that the names of the padding modes need, five dots wide and nine high.
enum Lettering {
  static let scale = 2
  static let advance = 6
  static let height = 9 * scale

  static let letters: [Character: [Substring]] = [
    "a": ".....|.....|.###.|....#|.####|#...#|.####",
    "c": ".....|.....|.###.|#....|#....|#....|.###.",
    "e": ".....|.....|.###.|#...#|#####|#....|.###.",
    "f": "..##.|.#...|####.|.#...|.#...|.#...|.#...",
    "i": "..#..|.....|.##..|..#..|..#..|..#..|.###.",
    "l": ".##..|..#..|..#..|..#..|..#..|..#..|.###.",
    "o": ".....|.....|.###.|#...#|#...#|#...#|.###.",
    "p": ".....|.....|####.|#...#|#...#|#...#|####.|#....|#....",
    "r": ".....|.....|#.##.|##..#|#....|#....|#....",
    "s": ".....|.....|.####|#....|.###.|....#|####.",
    "t": ".#...|.#...|####.|.#...|.#...|.#..#|..##.",
    "u": ".....|.....|#...#|#...#|#...#|#..##|.##.#",
    "z": ".....|.....|#####|...#.|..#..|.#...|#####",
  ].mapValues { $0.split(separator: "|") }
}
