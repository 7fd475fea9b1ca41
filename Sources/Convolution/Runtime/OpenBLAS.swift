private import CConvolutionKernels
private import COpenBLAS

/// What the OpenBLAS library in this process is and does. Nothing here changes it.
///
/// Each product of this package runs on the thread that asks for it: the package splits its work over threads itself, and
/// two layers of threads would slow each other down. A build with threads of its own (pthread) is set to one thread for
/// that, the whole process permanently; of a build with OpenMP only the calling thread, for as long as the product takes.
///
/// ```swift
/// print(OpenBLAS.version, OpenBLAS.core, OpenBLAS.threads)     // 0.3.21 Haswell 2, for example
/// ```
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
    SystemText.environment("OPENBLAS_CORETYPE").flatMap { $0.isEmpty ? nil : $0 }
  }

  /// How many threads OpenBLAS itself uses for a product that the program asks it for: 1 once this package has used it, but
  /// in a build with OpenMP what that says for the process.
  public static var threads: Int { Int(openblas_get_num_threads()) }
}

// MARK: The one way in

extension OpenBLAS {
  private enum Threading {
    case none, own, openMP
  }

  private static let threading: Threading =
    switch openblas_get_parallel() {
    case OPENBLAS_SEQUENTIAL: .none
    case OPENBLAS_OPENMP: .openMP
    default: .own
    }

  /// Makes sure that products can be computed: OpenBLAS has a buffer of 128 MiB of address space for them. It would try for
  /// ever to get one where there is none to have. Comes before the first ``MatrixProduct``; cheap ever after.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  static func prepare() throws(ConvolutionError) {
    let missing = unsafe convolution_open_product_gate(
      UInt32(callers(configuration: configuration)), blas_memory_alloc, blas_memory_free)
    guard missing == 0 else { throw .outOfMemory(byteCount: missing) }
  }

  /// Calls `body`, in which OpenBLAS computes a product on this thread alone. No fork happens meanwhile, and not more
  /// callers are inside than OpenBLAS has buffers for.
  static func withOneThread(_ body: () -> Void) {
    let hasEntered = convolution_enter_product()
    precondition(hasEntered, "OpenBLAS.prepare() comes first")
    defer { convolution_leave_product() }
    switch threading {
    case .none: body()
    case .own:
      // Again where the program has changed it.
      if openblas_get_num_threads() != 1 { openblas_set_num_threads(1) }
      body()
    case .openMP:
      let before = convolution_exchange_openmp_threads(1)
      if before == 0 { openblas_set_num_threads(1) }
      body()
      if before > 1 { _ = convolution_exchange_openmp_threads(before) }
    }
  }

  /// How many callers may be inside at a time, 64 at most, by the options of the build. Its table has room for twice as many
  /// buffers as it has threads, and 50 at least; those threads hold one each. A build without threads has no lock around
  /// the table, unless a hidden option gave it one.
  static func callers(configuration: String) -> Int {
    let options = configuration.split(separator: " ")
    if options.contains("SINGLE_THREADED") { return 1 }
    let most = options.lazy.compactMap { $0.hasPrefix("MAX_THREADS=") ? Int($0.dropFirst(12)) : nil }.first
    guard let most, most > 0 else { return 1 }
    return min(64, max(50 - most, most))
  }
}
