/// Where a layer computes, and on how many threads.
///
/// The number of threads changes the time a call takes, never its result: outputs are equal bit for bit.
///
/// ```swift
/// let device = try Device.cpu(threads: 2)
/// let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 3, device: device)
/// ```
public struct Device: Sendable, Hashable {
  /// The number asked for, or `nil` for the default.
  private let requestedThreads: Int?

  /// As many threads as can run at a time. The least of three, the cores being asked for at each call:
  ///
  /// - the cores that the calling thread may run on,
  /// - the quota of processor time that a container has, rounded up to whole cores,
  /// - the environment variable `CONVOLUTION_THREADS`, a number from 1 to 1024.
  ///
  /// A quota or a variable that cannot be parsed is ignored. They are read once, and again by ``updateThreadLimits()``.
  public static let cpu = Device(requestedThreads: nil)

  /// At most this many threads of the processor, whatever quota and environment say.
  ///
  /// - Parameter threads: From 1 to 1024. More threads than cores are legal and gain nothing.
  /// - Throws: ``ConvolutionError/valueOutOfRange(name:expected:actual:)`` outside that range.
  public static func cpu(threads: Int) throws(ConvolutionError) -> Device {
    guard ThreadLimits.range.contains(threads) else {
      throw .valueOutOfRange(name: "threads", expected: "from 1 to 1024", actual: [threads])
    }
    return Device(requestedThreads: threads)
  }

  /// Creates a device from its name.
  ///
  /// - Parameter name: `"cpu"`; there is no other device.
  /// - Throws: ``ConvolutionError/unknownName(parameter:supported:actual:)`` for any other name.
  public init(_ name: String) throws(ConvolutionError) {
    guard name == "cpu" else { throw .unknownName(parameter: "device", supported: ["cpu"], actual: name) }
    self = .cpu
  }

  private init(requestedThreads: Int?) {
    self.requestedThreads = requestedThreads
  }

  /// Reads the container's quota and `CONVOLUTION_THREADS` again, for all calls of ``cpu`` from now on.
  public static func updateThreadLimits() {
    ThreadLimits.update()
  }

  /// How many threads a call that starts now may use.
  package var threads: Int { min(requestedThreads ?? ThreadLimits.threads, ThreadLimits.scope ?? .max) }
}

extension Device: CustomStringConvertible {
  /// `cpu`, or `cpu(threads: 2)`.
  public var description: String { requestedThreads.map { "cpu(threads: \($0))" } ?? "cpu" }
}
