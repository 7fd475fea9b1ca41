@testable import Convolution
import Glibc
import Testing

/// Calls that Swift does not import, and children of this process.
enum SystemCalls {
  private static var fork: @convention(c) () -> pid_t {
    get throws { try unsafe unsafeBitCast(function("fork"), to: (@convention(c) () -> pid_t).self) }
  }

  /// The cores that the calling thread may run on, one bit each.
  static var affinity: [UInt64] {
    get throws {
      typealias Get = @convention(c) (pid_t, Int, UnsafeMutablePointer<UInt64>) -> Int32
      let get = try unsafe unsafeBitCast(function("sched_getaffinity"), to: Get.self)
      var cores = [UInt64](repeating: 0, count: 16)
      try #require(unsafe get(0, 128, &cores) == 0)
      return cores
    }
  }

  /// Binds the calling thread to the first core that it may run on.
  static func bindToOneCore() throws {
    typealias Set = @convention(c) (pid_t, Int, UnsafePointer<UInt64>) -> Int32
    let set = try unsafe unsafeBitCast(function("sched_setaffinity"), to: Set.self)
    var cores = try affinity
    let word = try #require(cores.firstIndex { $0 != 0 })
    let first = cores[word] & (~cores[word] + 1)
    cores = cores.indices.map { $0 == word ? first : 0 }
    try #require(unsafe set(0, 128, cores) == 0)
  }

  /// How many threads the process has.
  static var threadCount: Int {
    let lines = SystemText.file("/proc/self/status")?.split(separator: "\n") ?? []
    return lines.lazy.compactMap { $0.hasPrefix("Threads:") ? Int($0.dropFirst(8).filter(\.isNumber)) : nil }.first ?? 0
  }

  /// How many pages of address space the process has taken.
  static var pages: Int? {
    SystemText.file("/proc/self/statm")?.split(separator: " ").first.flatMap { Int($0) }
  }

  /// Has a signal end this process after so many seconds.
  static func endProcess(within seconds: UInt32) {
    // A thread of Dispatch's blocks it, and may be the only one.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGALRM)
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    alarm(seconds)
  }

  /// Forks, and calls `parent` meanwhile; the child, which calls `child`, is over after 20 seconds at the latest. Returns
  /// how it ended, 0 for well.
  static func statusOfChild(_ child: () throws -> Bool, parent: () throws -> Void = {}) throws -> Int32 {
    let identifier = try fork()
    if identifier == 0 {
      endProcess(within: 20)
      _exit((try? child()) == true ? 0 : 1)
    }
    try parent()
    var status: Int32 = -1
    unsafe waitpid(identifier, &status, 0)
    return status
  }

  private static func function(_ name: String) throws -> UnsafeMutableRawPointer {
    try unsafe #require(dlsym(nil, name))
  }
}
