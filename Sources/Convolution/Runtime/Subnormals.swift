import CConvolutionKernels

/// Calls `body` with subnormal numbers taken as zero, operands and results, by this thread and by the threads that help
/// its layers. Numbers so close to zero (below 1.2e-38 in `Float`, 2.2e-308 in `Double`) can make a layer a hundred times
/// slower: many processors compute with them in microcode.
///
/// ```swift
/// let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 3)
/// let decayed = try Tensor<Float>(repeating: 1e-40, shape: [3, 64, 64])
/// let output = try withSubnormalsFlushed { try layer(decayed) }
/// ```
///
/// It is what `torch.set_flush_denormal` does, for a scope: afterwards the thread's mode is what it was, also when `body`
/// throws. A mode of rounding that `body` sets stays. On x86-64 the bits FTZ and DAZ of MXCSR, on aarch64 FZ of FPCR;
/// elsewhere it changes nothing.
///
/// - Parameter body: Called once, on this thread. It is not asynchronous: the mode is that of one thread.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws.
public func withSubnormalsFlushed<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
  let before = convolution_floating_point_modes()
  convolution_set_floating_point_modes(convolution_modes_flushing_subnormals(before))
  defer {
    convolution_set_floating_point_modes(
      convolution_modes_with_subnormals_like(convolution_floating_point_modes(), before))
  }
  return try body()
}
