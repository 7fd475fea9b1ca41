@testable import Convolution
import Glibc
import ReferenceConvolution
import Synchronization
import TestSupport
import Testing

/// The gate before OpenBLAS. `Scripts/check-openblas-flavours` repeats these under each build of it.
@Suite(.timeLimit(.minutes(5)))
struct OpenBLASTests {
  private static func layer(_ channels: Int, kernelSize: Size2d) throws -> Conv2d<Float> {
    var generator = SplitMix64(seed: 3)
    var layer = try Conv2d<Float>(
      inputChannels: channels, outputChannels: channels, kernelSize: kernelSize, padding: .same,
      device: .cpu(threads: 1), using: &generator)
    layer.algorithm = .im2col
    return layer
  }

  @Test func whatItIs() throws {
    _ = try Self.layer(1, kernelSize: 1)(Tensor(zeros: [1, 2, 2]))
    if !OpenBLAS.configuration.contains("USE_OPENMP") { #expect(OpenBLAS.threads == 1) }
    #expect(OpenBLAS.version.split(separator: ".").count >= 3)
    #expect(OpenBLAS.configuration.contains(OpenBLAS.version))
    #expect(!OpenBLAS.core.isEmpty)
  }

  /// The script says which build is loaded.
  @Test(.enabled(if: unsafe getenv("CONVOLUTION_EXPECTED_OPENBLAS") != nil))
  func flavour() throws {
    let expected = unsafe String(cString: getenv("CONVOLUTION_EXPECTED_OPENBLAS"))
    let words = OpenBLAS.configuration.split(separator: " ")
    let actual = words.contains("USE_OPENMP") ? "openmp" : words.contains("SINGLE_THREADED") ? "serial" : "pthread"
    #expect(actual == expected)
  }

  @Test(
    arguments: [
      ("OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Cooperlake MAX_THREADS=64", 64),
      ("OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Cooperlake SINGLE_THREADED", 1),
      ("OpenBLAS 0.3.26 USE_OPENMP Haswell MAX_THREADS=128", 64), ("OpenBLAS 0.3.26 Zen MAX_THREADS=4", 46),
      ("OpenBLAS 0.3.26 Zen MAX_THREADS=30", 30), ("OpenBLAS MAX_THREADS=x", 1), ("", 1),
    ])
  func callers(configuration: String, expected: Int) {
    #expect(OpenBLAS.callers(configuration: configuration) == expected)
  }

  /// One OpenBLAS thread, and so the same bits, on whichever thread of the program; and OpenMP's own setting is left alone.
  @Test func everyThreadHasOne() async {
    await #expect(processExitsWith: .success) {
      SystemCalls.endProcess(within: 120)
      let layer = try OpenBLASTests.layer(64, kernelSize: 5)
      let input = try Tensor<Float>.random([64, 24, 24], seed: 1)
      let output = try layer(input)
      let gradients = try layer.gradients(of: output, at: input)
      let openMP = unsafe dlsym(nil, "omp_get_max_threads")
        .map { unsafe unsafeBitCast($0, to: (@convention(c) () -> Int32).self) }
      let failures = Lock<[String]>([])
      for _ in 0..<4 {
        try onThreads(1) { _ in
          let (setting, threads) = (openMP?(), SystemCalls.threadCount)
          let isSame = (try? sameBits(layer.gradients(of: output, at: input), gradients)) == true
          failures.withLock { failures in
            if !isSame { failures.append("other bits") }
            if openMP?() != setting { failures.append("OpenMP's setting has changed") }
            if SystemCalls.threadCount > threads { failures.append("OpenBLAS has started threads") }
          }
        }
      }
      #expect(failures.withLock { $0 } == [])
    }
  }

  /// A program that sets OpenBLAS to more threads does not make our products use them.
  @Test func threadsSetByTheProgram() async {
    await #expect(processExitsWith: .success) {
      SystemCalls.endProcess(within: 120)
      let layer = try OpenBLASTests.layer(8, kernelSize: 3)
      let input = try Tensor<Float>.random([8, 16, 16], seed: 1)
      let expected = try layer(input)
      let set = try unsafe #require(dlsym(nil, "openblas_set_num_threads"))
      unsafe unsafeBitCast(set, to: (@convention(c) (Int32) -> Void).self)(4)
      #expect(try sameBits(layer(input), expected))
      if !OpenBLAS.configuration.contains("USE_OPENMP") { #expect(OpenBLAS.threads == 1) }
    }
  }

  private static let isReleased = Atomic(false)

  /// More threads than OpenBLAS has buffers for (640), nearly all of them stopped in a product.
  @Test func manyCallersHeldBySignals() async {
    await #expect(processExitsWith: .success) {
      SystemCalls.endProcess(within: 240)
      signal(SIGUSR1) { _ in while !OpenBLASTests.isReleased.load(ordering: .relaxed) { usleep(1000) } }
      let product = try SquareProduct(side: 160)
      let expected = product.computed()
      let count = 900
      let started = Atomic(0)
      let failures = Atomic(0)
      let threads = try (0..<count).map { _ in
        try Thread {
          started.add(1, ordering: .relaxed)
          while started.load(ordering: .relaxed) < count { usleep(1000) }
          while !OpenBLASTests.isReleased.load(ordering: .relaxed) { _ = product.computed() }
          if product.computed() != expected { failures.add(1, ordering: .relaxed) }
        }
      }
      while started.load(ordering: .relaxed) < count { usleep(1000) }
      sleep(1)
      for thread in threads { thread.signal(SIGUSR1) }
      usleep(500_000)
      OpenBLASTests.isReleased.store(true, ordering: .relaxed)
      for thread in threads { thread.join() }
      #expect(failures.load(ordering: .relaxed) == 0)
    }
  }

  /// The first product of a process whose address space is all but used up is refused; with a little more room, products
  /// take turns; without a limit the next call is right.
  @Test func noAddressSpace() async {
    await #expect(processExitsWith: .success) {
      SystemCalls.endProcess(within: 120)
      var layer = try OpenBLASTests.layer(16, kernelSize: 5)
      let input = try Tensor<Float>.random([4, 16, 16, 16], seed: 1)
      let outputGradient = try Tensor<Float>.random([4, 16, 16, 16], seed: 2)
      try OpenBLASTests.limitAddressSpace(to: 16 << 20)
      let error = #expect(throws: ConvolutionError.self) { try layer.gradients(of: outputGradient, at: input) }
      if case .outOfMemory(let byteCount)? = error { #expect(byteCount >= 128 << 20) } else { Issue.record("\(error)") }
      // Room for one buffer, not for two.
      try OpenBLASTests.limitAddressSpace(to: 200 << 20)
      let gradients = try layer.gradients(of: outputGradient, at: input)
      layer.device = try .cpu(threads: 2)
      for _ in 0..<20 { #expect(try sameBits(layer.gradients(of: outputGradient, at: input), gradients)) }
      try OpenBLASTests.limitAddressSpace(to: nil)
      #expect(try sameBits(layer.gradients(of: outputGradient, at: input), gradients))
    }
  }

  /// So many bytes on top of what the process has mapped.
  private static func limitAddressSpace(to byteCount: Int?) throws {
    var limit = rlimit(rlim_cur: rlim_t.max, rlim_max: rlim_t.max)
    if let byteCount {
      let pages = try #require(SystemCalls.pages)
      limit.rlim_cur = rlim_t(pages * sysconf(Int32(_SC_PAGESIZE)) + byteCount)
    }
    try #require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
  }
}
