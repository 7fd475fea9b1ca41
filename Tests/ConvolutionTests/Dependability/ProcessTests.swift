import Convolution
import Glibc
import ReferenceConvolution
import Testing

/// What can only be seen in a process of its own: its memory, and its children.
@Suite(.serialized)
struct ProcessTests {
  /// A layer whose columns, at 9 or 25 times the input's 32 MiB, would break the bound if they were made at once.
  private static func expectBoundedMemory(_ algorithm: ConvolutionAlgorithm, kernelSize: Size2d, dilation: Size2d)
    throws
  {
    let threads = 2
    var layer = try Conv2d<Float>(
      inputChannels: 8, outputChannels: 16, kernelSize: kernelSize, padding: .same, dilation: dilation,
      device: .cpu(threads: threads))
    layer.algorithm = algorithm
    // The first call, on a small image, takes what is taken once in a process: threads, OpenBLAS's buffers, filters.
    guard try unlessUnavailable({ try layer(Tensor(zeros: [8, 40, 40])) }) != nil else { return }
    let input = try Tensor<Float>(repeating: 1, shape: [8, 1024, 1024])
    let outputByteCount = 4 * 16 << 20
    let allowed = outputByteCount + 64 << 20 + threads << 20

    let beforeForward = ResidentMemory.current
    ResidentMemory.resetPeak()
    let output = try layer(input)
    try #require(beforeForward > 32 << 20, "the measure works")
    #expect(ResidentMemory.peak - beforeForward >= outputByteCount)
    #expect(ResidentMemory.peak - beforeForward <= allowed, "\(algorithm), forward")

    let beforeBackward = ResidentMemory.current
    ResidentMemory.resetPeak()
    let gradients = try layer.gradients(of: output, at: input)
    #expect(gradients.input != nil)
    #expect(ResidentMemory.peak - beforeBackward <= allowed, "\(algorithm), backward")
  }

  @Test(.timeLimit(.minutes(3)))
  func memoryIsBounded() async {
    await #expect(processExitsWith: .success) {
      for algorithm in ConvolutionAlgorithm.allCases {
        try ProcessTests.expectBoundedMemory(algorithm, kernelSize: 3, dilation: 1)
      }
    }
    await #expect(processExitsWith: .success) {
      try ProcessTests.expectBoundedMemory(.automatic, kernelSize: 5, dilation: 2)
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
