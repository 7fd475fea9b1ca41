import Convolution

/// Where every value of a prepared network lies: in the caller's tensors, or in one block of memory that values share whose
/// times do not meet. What is put together along the channels is written in place.
struct BufferPlan {
  enum Space: Sendable { case input, output, memory }

  /// A value's scalars: those of image n lie from `offset + n · image` on.
  struct Place: Sendable {
    var space: Space
    var offset, image: Int
  }

  /// A step as the plan sees it.
  struct Step {
    var reads: [Int]
    var result: Int
    /// The operands that may be written in place, one behind the other; empty for all other steps.
    var pieces: [Int] = []
  }

  private(set) var places: [Int: Place] = [:]
  /// Scalars of the block.
  private(set) var count = 0

  /// - Parameters:
  ///   - sizes: Scalars of each value in one image.
  ///   - images: Of the largest batch.
  ///   - writesOutput: Whether the output's value may lie in the caller's tensor.
  init(_ steps: [Step], sizes: [Int], images: Int, output: Int, writesOutput: Bool) {
    // Each value lies in a root, at an offset.
    var roots: [Int: (root: Int, offset: Int)] = [0: (0, 0)]
    for step in steps.reversed() {
      if roots[step.result] == nil { roots[step.result] = (step.result, 0) }
      let root = roots[step.result]!.root
      var offset = roots[step.result]!.offset
      var placed = Set<Int>()
      for piece in step.pieces {
        // A value lies in one place; others are copied there.
        if piece != 0, piece != output, roots[piece] == nil, placed.insert(piece).inserted {
          roots[piece] = (root, offset)
        }
        offset += sizes[piece]
      }
    }
    var times: [Int: ClosedRange<Int>] = [:]
    func touch(_ value: Int, _ time: Int) {
      let root = roots[value]!.root
      let known = times[root] ?? time...time
      times[root] = min(known.lowerBound, time)...max(known.upperBound, time)
    }
    for (time, step) in steps.enumerated() {
      touch(step.result, time)
      for value in step.reads { touch(value, time) }
    }
    if output != 0 { touch(output, steps.count) }
    var spaces: [Int: (Space, Int)] = [0: (.input, 0)]
    if writesOutput, output != 0, roots[output]!.root == output { spaces[output] = (.output, 0) }
    // The largest first, each as low as those allow whose times meet its own.
    var taken: [(times: ClosedRange<Int>, range: Range<Int>)] = []
    let ordered = times.keys.filter { spaces[$0] == nil }.sorted { (sizes[$0], $1) > (sizes[$1], $0) }
    for root in ordered {
      let need = (sizes[root] * images + 15) / 16 * 16
      var start = 0
      for other in taken.filter({ $0.times.overlaps(times[root]!) }).sorted(by: {
        $0.range.lowerBound < $1.range.lowerBound
      }) {
        if start + need <= other.range.lowerBound { break }
        start = max(start, other.range.upperBound)
      }
      taken.append((times[root]!, start..<start + need))
      spaces[root] = (.memory, start)
      count = max(count, start + need)
    }
    for (value, (root, offset)) in roots {
      guard let (space, start) = spaces[root] else { continue }
      places[value] = Place(space: space, offset: start + offset, image: sizes[root])
    }
  }
}
