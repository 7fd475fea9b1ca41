import CConvolutionKernels

/// The kernels' two versions behind one generic name: C has no generics.
enum DirectKernels {
  /// See `convolution_depthwise_float`.
  @safe static func depthwise<Scalar: ConvolutionScalar>(
    _ set: ConvolutionInstructionSet, _ shape: UnsafePointer<ConvolutionDepthwise>, input: UnsafePointer<Scalar>,
    weight: UnsafePointer<Scalar>, bias: UnsafePointer<Scalar>?, output: UnsafeMutablePointer<Scalar>,
    channels: Range<Int>, rows: Range<Int>, workspace: UnsafeMutableRawPointer
  ) {
    if Scalar.self == Float.self {
      unsafe convolution_depthwise_float(
        set, shape, cast(input), cast(weight), bias.map { unsafe cast($0) }, cast(output), channels.lowerBound,
        channels.count, rows.lowerBound, rows.count, workspace)
    } else {
      unsafe convolution_depthwise_double(
        set, shape, cast(input), cast(weight), bias.map { unsafe cast($0) }, cast(output), channels.lowerBound,
        channels.count, rows.lowerBound, rows.count, workspace)
    }
  }

  /// See `convolution_direct_float`.
  @safe static func direct<Scalar: ConvolutionScalar>(
    _ set: ConvolutionInstructionSet, _ shape: UnsafePointer<ConvolutionDirect>, input: UnsafePointer<Scalar>,
    filters: UnsafePointer<Scalar>, bias: UnsafePointer<Scalar>?, output: UnsafeMutablePointer<Scalar>,
    outputs: Range<Int>, rows: Range<Int>, workspace: UnsafeMutableRawPointer
  ) {
    if Scalar.self == Float.self {
      unsafe convolution_direct_float(
        set, shape, cast(input), cast(filters), bias.map { unsafe cast($0) }, cast(output), outputs.lowerBound,
        outputs.count, rows.lowerBound, rows.count, workspace)
    } else {
      unsafe convolution_direct_double(
        set, shape, cast(input), cast(filters), bias.map { unsafe cast($0) }, cast(output), outputs.lowerBound,
        outputs.count, rows.lowerBound, rows.count, workspace)
    }
  }

  /// See `convolution_dense_float`.
  @safe static func dense<Scalar: ConvolutionScalar>(
    _ set: ConvolutionInstructionSet, _ shape: UnsafePointer<ConvolutionDense>, input: UnsafePointer<Scalar>,
    filters: UnsafePointer<Scalar>, bias: UnsafePointer<Scalar>?, output: UnsafeMutablePointer<Scalar>,
    panels: Range<Int>, rows: Range<Int>, workspace: UnsafeMutableRawPointer
  ) {
    if Scalar.self == Float.self {
      unsafe convolution_dense_float(
        set, shape, cast(input), cast(filters), bias.map { unsafe cast($0) }, cast(output), panels.lowerBound,
        panels.count, rows.lowerBound, rows.count, workspace)
    } else {
      unsafe convolution_dense_double(
        set, shape, cast(input), cast(filters), bias.map { unsafe cast($0) }, cast(output), panels.lowerBound,
        panels.count, rows.lowerBound, rows.count, workspace)
    }
  }

  /// See `convolution_product_float`.
  @safe static func product<Scalar: ConvolutionScalar>(
    _ set: ConvolutionInstructionSet, _ shape: UnsafePointer<ConvolutionProduct>, _ block: ConvolutionProductBlock,
    input: UnsafePointer<Scalar>, filters: UnsafePointer<Scalar>, bias: UnsafePointer<Scalar>?,
    output: UnsafeMutablePointer<Scalar>, panels: Range<Int>, workspace: UnsafeMutableRawPointer
  ) {
    unsafe withUnsafePointer(to: block) { block in
      if Scalar.self == Float.self {
        unsafe convolution_product_float(
          set, shape, block, cast(input), cast(filters), bias.map { unsafe cast($0) }, cast(output), panels.lowerBound,
          panels.count, workspace)
      } else {
        unsafe convolution_product_double(
          set, shape, block, cast(input), cast(filters), bias.map { unsafe cast($0) }, cast(output), panels.lowerBound,
          panels.count, workspace)
      }
    }
  }

  static func cast<From, To>(_ pointer: UnsafePointer<From>) -> UnsafePointer<To> {
    unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: To.self)
  }

  static func cast<From, To>(_ pointer: UnsafeMutablePointer<From>) -> UnsafeMutablePointer<To> {
    unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: To.self)
  }
}
