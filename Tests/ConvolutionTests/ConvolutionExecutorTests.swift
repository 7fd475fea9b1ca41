import Convolution
import Glibc
import ReferenceConvolution
import Synchronization
import Testing

/// Tasks on threads of their own, and tasks that are cancelled.
struct ConvolutionExecutorTests {
  /// Waits, keeping its thread, until somebody opens it.
  private final class Gate: Sendable {
    private let state = Atomic(false)
    let waiting = Counter()

    func open() { state.store(true, ordering: .releasing) }

    func wait() {
      waiting.add()
      while !state.load(ordering: .acquiring) { usleep(1000) }
    }
  }

  private final class Counter: Sendable {
    private let number = Atomic(0)

    func add() { number.add(1, ordering: .relaxed) }
    var value: Int { number.load(ordering: .relaxed) }
  }

  private struct Waiting: Module {
    typealias Scalar = Float
    let gate: Gate
    var extraRepresentation: String { "" }

    func forward(_ input: Tensor<Float>) throws -> Tensor<Float> {
      gate.wait()
      return input
    }
  }

  /// Calls a closure with its turn in the network.
  private struct Calling: Module {
    typealias Scalar = Float
    let body: @Sendable () -> Void
    var extraRepresentation: String { "" }

    func forward(_ input: Tensor<Float>) throws -> Tensor<Float> {
      body()
      return input
    }

    mutating func backward(
      _ outputGradient: Tensor<Float>, at input: Tensor<Float>, for targets: GradientTargets
    ) throws -> Tensor<Float>? {
      body()
      return outputGradient
    }
  }

  /// The timer is what opens the gate: with a hundred layers on the cooperative pool it would never come to that.
  @Test(.timeLimit(.minutes(5)))
  func waitingLayersDoNotDelayATimer() async throws {
    var generator = SplitMix64(seed: 19)
    let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 3, using: &generator)
    let image: Tensor<Float> = try RandomScalars.uniform.tensor([3, 16, 16], using: &generator)
    let expected = try layer(image)
    let gate = Gate()
    let network = Sequential<Float>([Waiting(gate: gate), layer])
    let equal = try await withThrowingTaskGroup(of: Bool.self, returning: Int.self) { group in
      for _ in 0..<100 {
        group.addTask(executorPreference: ConvolutionExecutor.shared) { sameBits(try network(image), expected) }
      }
      group.addTask {
        while gate.waiting.value == 0 { try await Task.sleep(for: .milliseconds(1)) }
        try await Task.sleep(for: .milliseconds(10))
        gate.open()
        return true
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(equal == 101)
  }

  /// Many more jobs than threads, from many threads at a time, each run once; children of a task stay with it.
  @Test func runsEveryJobOnItsOwnThreads() async {
    let ours = Counter()
    await withTaskExecutorPreference(ConvolutionExecutor.shared) {
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<500 {
          group.addTask {
            await Task.yield()
            // The library's threads take no signals.
            var blocked = sigset_t()
            unsafe pthread_sigmask(SIG_BLOCK, nil, &blocked)
            if unsafe sigismember(&blocked, SIGUSR1) == 1 { ours.add() }
          }
        }
      }
    }
    #expect(ours.value == 500)
  }

  @Test func cancellationStopsBetweenLayers() async throws {
    let calls = Counter()
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        let next = Calling { calls.add() }
        let cancelling = Calling {
          calls.add()
          unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
        }
        let image = try? Tensor<Float>(zeros: [1, 4, 4])
        #expect(throws: CancellationError.self) {
          try Sequential<Float>([next, cancelling, next]).forward(#require(image))
        }
        #expect(throws: CancellationError.self) { try Sequential<Float>([next]).activations(at: #require(image)) }
      }
    }
    #expect(calls.value == 2)
  }

  /// What threw on the way back has added to no gradient.
  @Test func cancelledBackwardPassAddsNothing() async throws {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          let cancelling = Calling { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
          let layer = try Conv2d<Float>(inputChannels: 1, outputChannels: 1, kernelSize: 1)
          var network = Sequential<Float>([layer, cancelling, layer])
          let image = try Tensor<Float>(repeating: 1, shape: [1, 4, 4])
          #expect(throws: CancellationError.self) {
            try network.backward(image, through: [image, image, image, image])
          }
          network.forEachParameter { name, parameter in #expect(parameter.gradient == nil, "\(name)") }
        } catch {
          Issue.record(error)
        }
      }
    }
  }
}
