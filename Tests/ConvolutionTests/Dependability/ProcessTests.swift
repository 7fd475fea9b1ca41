@testable import Convolution
import Glibc
import ReferenceConvolution
import Testing

/// What can only be seen in a process of its own: its memory, and its children.
@Suite(.serialized)
struct ProcessTests {
  /// Convolves one square image, forward and unless it is large backward, and expects the memory that comes on top of
  /// what was there to be that of the result, 64 MiB, and 1 MiB for each thread.
  private static func expectBoundedMemory(
    _ algorithm: ConvolutionAlgorithm, channels: Int, side: Int, kernelSize: Size2d, dilation: Size2d = 1,
    isLarge: Bool = false
  ) throws {
    let threads = 2
    var layer = try Conv2d<Float>(
      inputChannels: channels, outputChannels: channels, kernelSize: kernelSize, padding: .same, dilation: dilation,
      device: .cpu(threads: threads))
    layer.algorithm = algorithm
    // The first call, on a small image, takes what is taken once in a process: threads, OpenBLAS's buffers, filters.
    guard try unlessUnavailable({ try layer(Tensor(zeros: [channels, 40, 40])) }) != nil else { return }
    let input = try Tensor<Float>(repeating: 1, shape: [channels, side, side])
    let byteCount = 4 * channels * side * side
    let allowed = byteCount + 64 << 20 + threads << 20

    // What an earlier layer gave back would serve this one, and its memory not show.
    Allocation.releaseIdle()
    let beforeForward = ResidentMemory.current
    ResidentMemory.resetPeak()
    let output = try layer(input)
    try #require(beforeForward >= byteCount && ResidentMemory.peak - beforeForward >= byteCount, "the measure works")
    #expect(ResidentMemory.peak - beforeForward <= allowed, "\(algorithm), forward")
    if isLarge { return }

    let beforeBackward = ResidentMemory.current
    ResidentMemory.resetPeak()
    let gradients = try layer.gradients(of: output, at: input)
    #expect(gradients.input != nil)
    #expect(ResidentMemory.peak - beforeBackward <= allowed, "\(algorithm), backward")
  }

  /// Layers whose columns, at 9 or 25 times the input's 32 MiB, would break the bound if they were made at once.
  @Test(.timeLimit(.minutes(3)))
  func memoryIsBounded() async {
    await #expect(processExitsWith: .success) {
      for algorithm in ConvolutionAlgorithm.allCases {
        try ProcessTests.expectBoundedMemory(algorithm, channels: 8, side: 1024, kernelSize: 3)
      }
    }
    await #expect(processExitsWith: .success) {
      try ProcessTests.expectBoundedMemory(.automatic, channels: 8, side: 1024, kernelSize: 5, dilation: 2)
    }
  }

  /// Where the sizes of columns pass 32 bits. It needs 9 GB and a minute: only when CONVOLUTION_LARGE_TESTS is set.
  @Test(.enabled(if: unsafe getenv("CONVOLUTION_LARGE_TESTS") != nil), .timeLimit(.minutes(10)))
  func memoryIsBoundedForLargeImages() async {
    await #expect(processExitsWith: .success) {
      for algorithm in [ConvolutionAlgorithm.automatic, .im2col] {
        try ProcessTests.expectBoundedMemory(algorithm, channels: 64, side: 4096, kernelSize: 3, isLarge: true)
      }
    }
    await #expect(processExitsWith: .success) {
      for algorithm in [ConvolutionAlgorithm.automatic, .im2col] {
        try ProcessTests.expectBoundedMemory(
          algorithm, channels: 64, side: 1167, kernelSize: 5, dilation: 2, isLarge: true)
      }
    }
  }

  /// After a warm call child and parent both go on, a thousand times. A child that hangs is ended by its alarm.
  @Test(.timeLimit(.minutes(5)))
  func fork() async {
    await #expect(processExitsWith: .success) {
      var generator = SplitMix64(seed: 91)
      let configuration = ConvolutionCase { ($0.batch, $0.inputChannels, $0.outputChannels, $0.padding) = (4, 8, 8, 1) }
      var layer: Conv2d<Float> = try configuration.layer(using: &generator)
      layer.device = try .cpu(threads: 2)
      let input: Tensor<Float> = try configuration.input(using: &generator)
      let layers = layersOfEveryAlgorithm(layer).map(\.layer)
      var warm: [(layer: Conv2d<Float>, output: Tensor<Float>)] = []
      for layer in layers {
        if let output = try unlessUnavailable({ try layer(input) }) { warm.append((layer, output)) }
      }
      let fork = try #require(ForkFunction.find())
      for round in 0..<1000 {
        let (layer, output) = warm[round % warm.count]
        let child = fork()
        if child == 0 {
          alarm(20)
          _exit((try? layer(input)).map { sameBits($0, output) } == true ? 0 : 1)
        }
        #expect(sameBits(try layer(input), output))
        var status: Int32 = -1
        unsafe waitpid(child, &status, 0)
        try #require(status == 0, "child \(round)")
      }
    }
  }
}

/// `fork`, which Swift does not import.
private enum ForkFunction {
  static func find() -> (@convention(c) () -> pid_t)? {
    unsafe dlsym(nil, "fork").map { unsafe unsafeBitCast($0, to: (@convention(c) () -> pid_t).self) }
  }
}
