import Glibc
import Testing

/// Calls that Swift does not import, and children of this process.
enum SystemCalls {
  static var fork: @convention(c) () -> pid_t {
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

  /// Forks; the child is over after `seconds` at the latest. Returns how it ended, 0 for well.
  static func statusOfChild(endingWithin seconds: UInt32 = 20, _ body: () throws -> Bool) throws -> Int32 {
    let child = try fork()
    if child == 0 {
      alarm(seconds)
      _exit((try? body()) == true ? 0 : 1)
    }
    var status: Int32 = -1
    unsafe waitpid(child, &status, 0)
    return status
  }

  private static func function(_ name: String) throws -> UnsafeMutableRawPointer {
    try unsafe #require(dlsym(nil, name))
  }
}
