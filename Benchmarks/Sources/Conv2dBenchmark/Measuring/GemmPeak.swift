import CBenchmarkBLAS
import Convolution
import Dispatch

/// The scalars whose matrix product OpenBLAS offers.
protocol GemmScalar: ConvolutionScalar {
  /// The name of OpenBLAS's product.
  static var gemmName: String { get }

  /// `c = a · b`, square matrices.
  static func gemm(_ side: Int, _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ c: UnsafeMutablePointer<Self>)
}

extension Float: GemmScalar {
  static let gemmName = "sgemm"

  static func gemm(_ side: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>)
  {
    let n = blasint(side)
    unsafe cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n)
  }
}

extension Double: GemmScalar {
  static let gemmName = "dgemm"

  static func gemm(
    _ side: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ c: UnsafeMutablePointer<Double>
  ) {
    let n = blasint(side)
    unsafe cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n)
  }
}

/// What this machine's OpenBLAS reaches at its best.
struct GemmPeak: Codable, Sendable {
  var operationsPerSecond: Double
  /// The side of the square matrices that reached it.
  var side: Int

  /// Measures the best of several sizes, each thread with products of its own.
  static func measure<Scalar: GemmScalar>(_: Scalar.Type, threads: Int) -> GemmPeak {
    openblas_set_num_threads(1)
    var best = GemmPeak(operationsPerSecond: 0, side: 0)
    for side in [512, 768, 1024] {
      let count = side * side
      let matrices = UnsafeMutablePointer<Scalar>.allocate(capacity: 3 * count * threads)
      unsafe matrices.initialize(repeating: 0.5, count: 3 * count * threads)
      defer { unsafe matrices.deallocate() }
      // Plain integers may cross to the threads; each rebuilds its own pointer.
      let address = UInt(bitPattern: matrices)
      for _ in 0..<15 {
        let seconds = Stopwatch.seconds {
          DispatchQueue.concurrentPerform(iterations: threads) { thread in
            guard let all = unsafe UnsafeMutablePointer<Scalar>(bitPattern: address) else { return }
            let own = unsafe all + 3 * count * thread
            unsafe Scalar.gemm(side, own, own + count, own + 2 * count)
          }
        }
        let rate = 2 * Double(count) * Double(side) * Double(threads) / seconds
        if rate > best.operationsPerSecond { best = GemmPeak(operationsPerSecond: rate, side: side) }
      }
    }
    return best
  }
}
