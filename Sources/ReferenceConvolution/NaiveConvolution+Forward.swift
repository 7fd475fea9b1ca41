public import Convolution

extension NaiveConvolution {
  /// The output `[N, O, Hout, Wout]` or `[O, Hout, Wout]`.
  ///
  /// - Parameter outputRows: The rows to compute, all by default; the others are left zero. A benchmark times a part of a
  ///   large layer.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  public func forward<Scalar: ConvolutionScalar>(
    _ input: Tensor<Scalar>, weight: Tensor<Scalar>, bias: Tensor<Scalar>? = nil, outputRows: Range<Int>? = nil
  ) throws(ConvolutionError) -> Tensor<Scalar> {
    let sizes = sizes(input: input.shape, weight: weight.shape)
    let rows = sizes.rows
    let columns = sizes.columns
    let shape = [sizes.outputChannels, rows.output, columns.output]
    var output = try Tensor<Scalar>(zeros: input.shape.count == 4 ? [sizes.batch] + shape : shape)
    let biases = bias?.scalars
    output.withUnsafeMutableBufferPointer { y in
      input.withUnsafeBufferPointer { x in
        weight.withUnsafeBufferPointer { w in
          for image in 0..<sizes.batch {
            for outputChannel in 0..<sizes.outputChannels {
              let firstChannel = outputChannel / sizes.outputsPerGroup * sizes.channelsPerGroup
              for i in outputRows ?? 0..<rows.output {
                for j in 0..<columns.output {
                  var sum: Scalar = biases?[outputChannel] ?? 0
                  for channel in 0..<sizes.channelsPerGroup {
                    let plane = (image * sizes.inputChannels + firstChannel + channel) * rows.size
                    let filter = (outputChannel * sizes.channelsPerGroup + channel) * rows.kernel
                    for kh in 0..<rows.kernel {
                      let h = rows.index(output: i, tap: kh)
                      for kw in 0..<columns.kernel {
                        let value: Scalar
                        if let h, let w = columns.index(output: j, tap: kw) {
                          unsafe value = x.baseAddress.unsafelyUnwrapped[(plane + h) * columns.size + w]
                        } else {
                          value = 0
                        }
                        unsafe sum += value * w.baseAddress.unsafelyUnwrapped[(filter + kh) * columns.kernel + kw]
                      }
                    }
                  }
                  let index = ((image * sizes.outputChannels + outputChannel) * rows.output + i) * columns.output + j
                  unsafe y.baseAddress.unsafelyUnwrapped[index] = sum
                }
              }
            }
          }
        }
      }
    }
    return output
  }
}
