/// Where a layer computes, and on how many threads.
///
/// The number of threads changes the time a call takes, never its result: outputs are equal bit for bit.
public struct Device: Sendable, Hashable {
  /// The number asked for, or `nil` for every active core.
  private let requestedThreads: Int?

  /// Every core that the process may run on, asked at each call.
  public static let cpu = Device(requestedThreads: nil)

  /// At most this many threads of the processor.
  ///
  /// - Parameter threads: From 1 to 1024. More threads than cores are legal and gain nothing.
  /// - Throws: ``ConvolutionError/valueOutOfRange(name:expected:actual:)`` outside that range.
  public static func cpu(threads: Int) throws(ConvolutionError) -> Device {
    guard (1...1024).contains(threads) else {
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

  /// How many threads a call that starts now may use.
  package var threads: Int { requestedThreads ?? Processor.activeCores }
}

extension Device: CustomStringConvertible {
  /// `cpu`, or `cpu(threads: 2)`.
  public var description: String { requestedThreads.map { "cpu(threads: \($0))" } ?? "cpu" }
}
