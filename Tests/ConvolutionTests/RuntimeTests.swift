import CConvolutionKernels
import TestSupport
import Testing

@testable import Convolution

/// Workspace, tasks that are split, derived weights.
struct RuntimeTests {
  @Test func workspaceIsAligned() throws {
    for count in [0, 1, 7, 1000] {
      try Workspace.withScalars(count, of: Float.self) { scalars throws(ConvolutionError) in
        #expect(UInt(bitPattern: scalars) % 64 == 0)
        for index in 0..<count { unsafe scalars[index] = 1 }
      }
    }
  }

  /// Memory that is kept from one call serves another only where it is as large.
  @Test func keptMemoryIsLargeEnough() throws {
    Allocation.releaseIdle()
    for kibibytes in [100, 120, 90, 115] {
      #expect(try MemoryBlock(byteCount: kibibytes << 10).byteCount >= kibibytes << 10)
    }
  }

  @Test func workspacesInUseAreApart() throws {
    try Workspace.withScalars(100, of: Double.self) { outer throws(ConvolutionError) in
      unsafe outer.update(repeating: 1, count: 100)
      try Workspace.withScalars(100, of: Double.self) { inner throws(ConvolutionError) in
        unsafe inner.update(repeating: 2, count: 100)
      }
      #expect((0..<100).allSatisfy { unsafe outer[$0] == 1 })
    }
  }

  @Test func workspaceThatCannotBeHad() {
    #expect(throws: ConvolutionError.outOfMemory(byteCount: 1 << 60)) {
      try Workspace.withScalars(1 << 58, of: Float.self) { _ in }
    }
    #expect(throws: ConvolutionError.self) { try Workspace.withScalars(1 << 62, of: Float.self) { _ in } }
  }

  /// Every task runs once, workers are within bounds, and no worker runs two tasks at a time.
  @Test(arguments: [(0, 4), (1, 4), (5, 1), (3, 8), (100, 3), (1000, 16)])
  func tasksAndWorkers(tasks: Int, threads: Int) {
    let runs = Lock([Int](repeating: 0, count: tasks))
    let busy = Lock(Set<Int>())
    Parallel.forEach(tasks, threads: threads) { task, worker in
      #expect(worker >= 0 && worker < min(tasks, threads))
      #expect(busy.withLock { $0.insert(worker).inserted })
      runs.withLock { $0[task] += 1 }
      busy.withLock { _ = $0.remove(worker) }
    }
    #expect(runs.withLock { $0 } == [Int](repeating: 1, count: tasks))
  }

  @Test(arguments: [(10, 3), (3, 3), (2, 5), (0, 2), (14, 4), (1000, 7)])
  func partsCoverTheWhole(count: Int, parts: Int) {
    let ranges = (0..<parts).map { SizeArithmetic.part($0, of: parts, in: count) }
    #expect(ranges.flatMap { Array($0) } == Array(0..<count))
    #expect(ranges[0].count == ranges.map(\.count).max()!)
    // Of any so many neighbours.
    for some in 1...parts {
      let lengths = (0...parts - some).map { first in ranges[first..<first + some].map(\.count).reduce(0, +) }
      #expect(lengths.max()! - lengths.min()! <= 1)
    }
  }

  /// An entry is made once, shared by copies of the parameter, and left behind when the value changes.
  @Test func derivedWeights() throws {
    var parameter = Parameter(try Tensor<Float>(zeros: [2]))
    let key = DerivedWeights.Key(use: .forward, algorithm: "test", layout: [1, 2])
    var made = 0
    func entry(_ parameter: Parameter<Float>) throws -> MemoryBlock {
      try parameter.derivedWeights.entry(for: key) { () throws(ConvolutionError) in
        made += 1
        return try MemoryBlock(byteCount: 100)
      }
    }
    let first = try entry(parameter)
    let copy = parameter
    #expect(try entry(copy) === first)
    #expect(made == 1 && parameter.derivedWeights.byteCount == 100)
    parameter.value[0] = 1
    #expect(try entry(parameter) !== first)
    #expect(try entry(copy) === first)
    #expect(made == 2)
  }

  /// Of each use the forms used last are kept, and no more of them.
  @Test func derivedWeightsAreFew() throws {
    let filters = DerivedWeights()
    var made: [Int] = []
    func ask(_ form: Int, _ use: DerivedWeights.Use = .forward) throws {
      let key = DerivedWeights.Key(use: use, algorithm: "test", layout: [form])
      _ = try filters.entry(for: key) { () throws(ConvolutionError) in
        made.append(form)
        return try MemoryBlock(byteCount: 100)
      }
    }
    for form in [1, 2, 1, 3, 1, 2] { try ask(form) }
    #expect(made == [1, 2, 3, 2])
    try ask(4, .inputGradient)
    #expect(filters.byteCount == 100 * (DerivedWeights.keptForms + 1))
  }

  /// Images of 29 sizes, for which tiles of every kind are best: the forms do not add up.
  @Test(arguments: [1, 2]) func filtersOfManySizes(stride: Int) throws {
    let layer = try Conv2d<Float>(
      weight: .random([32, 32, 3, 3], seed: 1), stride: Size2d(stride), padding: 1)
    for side in 4..<33 {
      let input = try Tensor<Float>.random([32, side, side], seed: 2)
      _ = try layer.inputGradient(of: layer(input), at: input)
    }
    // Four times and 25 / 9 of the weight for either direction; with stride 2 nine times and 64 / 9, packed filters besides.
    let most = stride == 1 ? 14.0 : 19
    // Memory that is used again may be a quarter larger than what is asked for.
    let weightBytes = 1.25 * 4 * Double(layer.weight.value.count)
    #expect(Double(layer.weight.derivedWeights.byteCount) <= most * weightBytes)
  }

  /// An entry that could not be made is asked for again.
  @Test func derivedWeightsThatFailed() throws {
    let filters = DerivedWeights()
    let key = DerivedWeights.Key(use: .forward, algorithm: "test", layout: [])
    #expect(throws: ConvolutionError.self) {
      try filters.entry(for: key) { () throws(ConvolutionError) in throw .outOfMemory(byteCount: 1) }
    }
    #expect(filters.byteCount == 0)
    #expect(try filters.entry(for: key) { () throws(ConvolutionError) in try MemoryBlock(byteCount: 8) }.byteCount == 8)
  }

  /// A wish for other instructions is followed where the processor has them, and otherwise said.
  @Test func instructionSets() {
    func choose(_ wish: String, _ supported: ConvolutionInstructionSet) -> (ConvolutionInstructionSet, String?) {
      Processor.choose(wish, supported: supported)
    }
    let (portable, avx2, avx512) = (
      ConvolutionInstructionSetPortable, ConvolutionInstructionSetAVX2, ConvolutionInstructionSetAVX512
    )
    #expect(choose("portable", avx512) == (portable, nil))
    #expect(choose("avx2", avx512) == (avx2, nil))
    #expect(choose("avx512", avx512) == (avx512, nil))
    let names = #"expected one of "portable", "avx2" on this processor, got "#
    #expect(choose("avx512", avx2) == (avx2, names + #""avx512", which is ignored"#))
    #expect(choose("AVX2\n", avx2) == (avx2, names + #""AVX2\n", which is ignored"#))
    #expect(choose("avx999", portable).0 == portable)
  }
}
