import CConvolutionKernels

extension WeightFormat {
  /// As the kernels name it.
  var kernels: ConvolutionFilterFormat {
    switch self {
    case .full: ConvolutionFilterFormatScalar
    case .float16: ConvolutionFilterFormatFloat16
    case .bfloat16: ConvolutionFilterFormatBFloat16
    }
  }

  /// Bytes of a number that is kept.
  func byteCount<Scalar: ConvolutionScalar>(of type: Scalar.Type) -> Int {
    self == .full ? MemoryLayout<Scalar>.stride : MemoryLayout<UInt16>.stride
  }

  /// The bits of the nearest number in 16 bits, and what they stand for.
  @inline(__always)
  func bits(of value: Float) -> UInt16 {
    self == .float16 ? UInt16(float16: value.widened) : UInt16(bfloat16: value.widened)
  }

  @inline(__always)
  func value(of bits: UInt16) -> Float {
    self == .float16 ? convolution_from_float16(bits) : convolution_from_bfloat16(bits)
  }

  /// Writes numbers as they are kept in 16 bits.
  @safe func narrow(
    _ source: UnsafePointer<Float>, count: Int, into target: UnsafeMutablePointer<UInt16>, threads: Int
  ) {
    Parallel.forEachPart(of: count, threads: threads) { range, _ in
      for index in range { unsafe target[index] = bits(of: source[index]) }
    }
  }

  /// The same numbers as they are kept.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  func kept<Scalar: ConvolutionScalar>(
    _ scalars: MemoryBlock, of type: Scalar.Type, count: Int, threads: Int
  ) throws(ConvolutionError) -> MemoryBlock {
    if self == .full { return scalars }
    let block = try MemoryBlock(count: count, of: UInt16.self)
    unsafe narrow(scalars.pointer(to: Float.self), count: count, into: block.pointer(to: UInt16.self), threads: threads)
    return block
  }

  /// Rounds numbers where they lie.
  ///
  /// - Returns: A finite number that the format has no room for, if there is one.
  fileprivate func round(_ numbers: UnsafeMutableBufferPointer<Float>, threads: Int) -> Float? {
    var largest: Float = 0
    for index in numbers.indices where unsafe numbers[index].isFinite {
      largest = unsafe max(largest, abs(numbers[index]))
    }
    if !value(of: bits(of: largest)).isFinite { return largest }
    Parallel.forEachPart(of: numbers.count, threads: threads) { range, _ in
      for index in range { unsafe numbers[index] = value(of: bits(of: numbers[index])) }
    }
    return nil
  }
}

extension ConvolutionCall {
  /// The same layer with its weight rounded to a format.
  ///
  /// - Parameter name: The weight's, for an error.
  /// - Throws: ``ConvolutionError/invalidSetting(name:expected:actual:)`` where a finite weight lies beyond the format's range,
  ///   or the scalar is not Float; ``ConvolutionError/outOfMemory(byteCount:)``.
  func rounded(to format: WeightFormat, named name: String) throws(ConvolutionError) -> ConvolutionCall {
    if format == .full { return self }
    guard var numbers = weight as? Tensor<Float> else {
      throw .invalidSetting(
        name: "weights", expected: "full, for a network of \(Scalar.self)", actual: format.rawValue)
    }
    try numbers.makeUnique()
    let beyond = numbers.withUnsafeMutableBufferPointer { numbers in
      unsafe format.round(numbers, threads: device.threads)
    }
    if let beyond {
      throw .invalidSetting(
        name: name, expected: "weights in the range of \(format.rawValue)", actual: "magnitude \(beyond)")
    }
    var rounded = self
    rounded.weight = numbers as! Tensor<Scalar>
    rounded.derivedWeights = DerivedWeights()
    return rounded
  }
}
