package import Convolution
internal import Glibc

/// Scalars with a protected page directly before or directly behind them: to read or write past that end stops the
/// process.
@safe package final class GuardedScalars<Scalar: BitwiseCopyable> {
  package enum Edge: CaseIterable {
    case before, behind
  }

  package let count: Int
  package let start: UnsafeMutablePointer<Scalar>
  private let mapping: UnsafeMutableRawPointer
  private let byteCount: Int

  package init(_ scalars: [Scalar], guarded edge: Edge) {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let used = (scalars.count * MemoryLayout<Scalar>.stride + page - 1) / page * page
    byteCount = used + 2 * page
    guard let mapping = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      unsafe mapping != MAP_FAILED
    else { fatalError("mmap of \(byteCount) bytes failed") }
    unsafe self.mapping = mapping
    guard unsafe mprotect(mapping, page, PROT_NONE) == 0, unsafe mprotect(mapping + page + used, page, PROT_NONE) == 0
    else { fatalError("mprotect failed") }
    let first = unsafe (mapping + page).assumingMemoryBound(to: Scalar.self)
    let offset = edge == .before ? 0 : used / MemoryLayout<Scalar>.stride - scalars.count
    unsafe start = first + offset
    count = scalars.count
    for (index, scalar) in scalars.enumerated() { unsafe start[index] = scalar }
  }

  deinit {
    unsafe munmap(mapping, byteCount)
  }

  /// What they are now.
  package var scalars: [Scalar] { unsafe Array(UnsafeBufferPointer(start: start, count: count)) }
}

extension GuardedScalars where Scalar: ConvolutionScalar {
  /// The same as a tensor.
  package func tensor(_ shape: [Int]) throws(ConvolutionError) -> Tensor<Scalar> {
    try Tensor(shape: shape, scalars: scalars)
  }
}
