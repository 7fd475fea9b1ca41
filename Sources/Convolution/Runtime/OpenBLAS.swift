private import COpenBLAS
private import Glibc

/// What the OpenBLAS library in this process is and does. Nothing here changes it.
///
/// On first use by this package OpenBLAS is set to one thread, for the whole process and for good: the package splits
/// its work over threads itself, and two layers of threads would slow each other down.
public enum OpenBLAS {
  /// The version, such as `0.3.21`.
  public static var version: String {
    let words = configuration.split(separator: " ")
    return words.count > 1 ? String(words[1]) : configuration
  }

  /// The options the library was built with, in its own words.
  public static var configuration: String {
    unsafe openblas_get_config().map { unsafe String(cString: $0) } ?? ""
  }

  /// The kernels it chose for this processor, such as `Haswell` or `Cooperlake`.
  public static var core: String {
    unsafe openblas_get_corename().map { unsafe String(cString: $0) } ?? ""
  }

  /// The kernels that the environment variable `OPENBLAS_CORETYPE` asks for in place of those the processor would get,
  /// or `nil` where it is not set.
  public static var coreForcedByEnvironment: String? {
    guard let value = unsafe getenv("OPENBLAS_CORETYPE").map({ unsafe String(cString: $0) }), !value.isEmpty else {
      return nil
    }
    return value
  }

  /// How many threads OpenBLAS itself uses for one product: 1 once this package has used it.
  public static var threads: Int { Int(openblas_get_num_threads()) }

  /// Sets OpenBLAS to one thread, the first time it is called.
  static func useOneThread() {
    _ = oneThread
  }

  private static let oneThread: Void = openblas_set_num_threads(1)
}
