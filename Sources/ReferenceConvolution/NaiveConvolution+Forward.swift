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
    let rows = outputRows ?? 0..<sizes.rows.output
    let shape = [sizes.outputChannels, sizes.rows.output, sizes.columns.output]
    var output = try Tensor<Scalar>(zeros: input.shape.count == 4 ? [sizes.batch] + shape : shape)
    let biases = bias?.scalars
    let rowSources = sizes.rows.sources
    let columnSources = sizes.columns.sources
    output.withUnsafeMutableBufferPointer { y in
      input.withUnsafeBufferPointer { x in
        weight.withUnsafeBufferPointer { w in
          unsafe rowSources.withUnsafeBufferPointer { rowSources in
            unsafe columnSources.withUnsafeBufferPointer { columnSources in
              guard let y = y.baseAddress, let x = x.baseAddress, let w = w.baseAddress,
                let rowSources = rowSources.baseAddress, let columnSources = columnSources.baseAddress
              else { return }
              for image in 0..<sizes.batch {
                for outputChannel in 0..<sizes.outputChannels {
                  let planes = unsafe x + sizes.planesOffset(image: image, outputChannel: outputChannel)
                  let filters = unsafe w + sizes.filtersOffset(outputChannel: outputChannel)
                  for i in rows {
                    let outputRow = unsafe y + sizes.outputOffset(image: image, outputChannel: outputChannel, row: i)
                    for j in 0..<sizes.columns.output {
                      unsafe outputRow[j] = Self.sum(
                        planes, filters, rowSources: rowSources + i * sizes.rows.kernel,
                        columnSources: columnSources + j * sizes.columns.kernel, sizes,
                        startingAt: biases?[outputChannel] ?? 0)
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
    return output
  }

  /// The three inner loops: one output from the channels of its group. Offsets inside a tensor cannot overflow.
  @inline(never)
  private static func sum<Scalar: ConvolutionScalar>(
    _ planes: UnsafePointer<Scalar>, _ filters: UnsafePointer<Scalar>, rowSources: UnsafePointer<Int>,
    columnSources: UnsafePointer<Int>, _ sizes: Sizes, startingAt bias: Scalar
  ) -> Scalar {
    var sum = bias
    var plane = unsafe planes
    var tap = unsafe filters
    for _ in 0..<sizes.channelsPerGroup {
      for kh in 0..<sizes.rows.kernel {
        let h = unsafe rowSources[kh]
        for kw in 0..<sizes.columns.kernel {
          let w = unsafe columnSources[kw]
          let value = h < 0 || w < 0 ? 0 : unsafe plane[h &* sizes.columns.size &+ w]
          unsafe sum += value * tap.pointee
          unsafe tap += 1
        }
      }
      unsafe plane += sizes.rows.size &* sizes.columns.size
    }
    return sum
  }
}
