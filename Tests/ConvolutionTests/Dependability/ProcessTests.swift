@testable import Convolution
import Glibc
import ReferenceConvolution
import Testing

/// What can only be seen in a process of its own: its memory, and its children.
@Suite(.serialized)
struct ProcessTests {
  /// Convolves one square image, forward and unless it is large backward, and expects the memory that comes on top of
  /// what was there to be that of the result, 64 MiB, and 1 MiB for each thread.
  private static func expectBoundedMemory<Scalar: ConvolutionScalar>(
    _ algorithm: ConvolutionAlgorithm, of type: Scalar.Type, channels: Int, side: Int, kernelSize: Size2d,
    dilation: Size2d = 1, isLarge: Bool = false
  ) throws {
    let threads = 2
    var layer = try Conv2d<Scalar>(
      inputChannels: channels, outputChannels: channels, kernelSize: kernelSize, padding: .same, dilation: dilation,
      device: .cpu(threads: threads))
    layer.algorithm = algorithm
    // The first call, on a small image, takes what is taken once in a process: threads, OpenBLAS's buffers, filters.
    guard try unlessUnavailable({ try layer(Tensor(zeros: [channels, 40, 40])) }) != nil else { return }
    let input = try Tensor<Scalar>(repeating: 1, shape: [channels, side, side])
    let byteCount = MemoryLayout<Scalar>.stride * channels * side * side
    let allowed = 64 << 20 + threads << 20

    // What an earlier layer gave back would serve this one, and its memory not show.
    Allocation.releaseIdle()
    let beforeForward = ResidentMemory.current
    ResidentMemory.resetPeak()
    let output = try layer(input)
    try #require(beforeForward >= byteCount && ResidentMemory.peak - beforeForward >= byteCount, "the measure works")
    #expect(ResidentMemory.peak - beforeForward <= byteCount + allowed, "\(algorithm), forward")
    if isLarge { return }

    for target in [GradientTargets.input, .weight, .bias] {
      Allocation.releaseIdle()
      let beforeBackward = ResidentMemory.current
      ResidentMemory.resetPeak()
      let gradients = try layer.gradients(of: output, at: input, for: target)
      #expect(target != .input || gradients.input != nil)
      let resultBytes = target == .input ? byteCount : 0
      #expect(ResidentMemory.peak - beforeBackward <= resultBytes + allowed, "\(algorithm), backward")
    }
  }

  /// Layers whose columns, at 9 or 25 times the input's 32 MiB, would break the bound if they were made at once.
  @Test(.timeLimit(.minutes(15)))
  func memoryIsBounded() async {
    await #expect(processExitsWith: .success) {
      for algorithm in ConvolutionAlgorithm.allCases {
        try ProcessTests.expectBoundedMemory(algorithm, of: Float.self, channels: 8, side: 1024, kernelSize: 3)
        // So few channels that scratch outweighs them. Blocks of less than 32 MiB the C library would keep.
        try ProcessTests.expectBoundedMemory(algorithm, of: Float.self, channels: 4, side: 1450, kernelSize: 3)
        try ProcessTests.expectBoundedMemory(
          algorithm, of: Float.self, channels: 4, side: 1450, kernelSize: 3, dilation: Size2d(5, 12))
      }
    }
    await #expect(processExitsWith: .success) {
      for algorithm in [ConvolutionAlgorithm.im2col, .direct] {
        try ProcessTests.expectBoundedMemory(algorithm, of: Double.self, channels: 8, side: 1024, kernelSize: 3)
        try ProcessTests.expectBoundedMemory(
          algorithm, of: Float.self, channels: 8, side: 1024, kernelSize: 5, dilation: 2)
      }
    }
  }

  /// Where the sizes of columns pass 32 bits. It needs 9 GB and a minute: only when CONVOLUTION_LARGE_TESTS is set.
  @Test(.enabled(if: unsafe getenv("CONVOLUTION_LARGE_TESTS") != nil), .timeLimit(.minutes(15)))
  func memoryIsBoundedForLargeImages() async {
    await #expect(processExitsWith: .success) {
      for algorithm in ConvolutionAlgorithm.allCases {
        try ProcessTests.expectBoundedMemory(
          algorithm, of: Float.self, channels: 64, side: 4096, kernelSize: 3, isLarge: true)
      }
    }
    await #expect(processExitsWith: .success) {
      for algorithm in [ConvolutionAlgorithm.im2col, .direct] {
        try ProcessTests.expectBoundedMemory(
          algorithm, of: Float.self, channels: 64, side: 1167, kernelSize: 5, dilation: 2)
      }
    }
  }

  /// After a warm call child and parent both go on, a thousand times. A child that hangs is ended by its alarm.
  @Test(.timeLimit(.minutes(15)))
  func fork() async {
    await #expect(processExitsWith: .success) {
      var calls: [() throws -> Bool] = []
      try ProcessTests.warm(Float.self, &calls)
      try ProcessTests.warm(Double.self, &calls)
      for round in 0..<1000 {
        let call = calls[round % calls.count]
        var isRight = false
        let status = try SystemCalls.statusOfChild(call) { isRight = try call() }
        try #require(isRight && status == 0, "child \(round)")
      }
    }
  }

  /// Calls that have been made once, for outputs and gradients by every algorithm, and whether they give the same again.
  private static func warm<Scalar: ConvolutionScalar>(
    _ type: Scalar.Type, _ calls: inout [() throws -> Bool]
  ) throws {
    var generator = SplitMix64(seed: 91)
    let configuration = ConvolutionCase { ($0.batch, $0.inputChannels, $0.outputChannels, $0.padding) = (4, 8, 8, 1) }
    var original: Conv2d<Scalar> = try configuration.layer(using: &generator)
    original.device = try .cpu(threads: 2)
    let input: Tensor<Scalar> = try configuration.input(using: &generator)
    for (layer, _) in layersOfEveryAlgorithm(original) {
      guard let output = try unlessUnavailable({ try layer(input) }) else { continue }
      let gradients = try layer.gradients(of: output, at: input)
      calls.append { sameBits(try layer(input), output) }
      calls.append { sameBits(try layer.gradients(of: output, at: input), gradients) }
    }
  }
}
