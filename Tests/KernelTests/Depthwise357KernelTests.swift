import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// The depthwise kernels of the table, called without a plan, at every level that this processor has, on integers, whose sums
/// are exact, beside protected pages.
@Suite struct Depthwise357KernelTests {
  private static let everyStep = [(Int32(1), false), (1, true), (2, false), (2, true)].map {
    (stride: $0, isStrict: $1)
  }

  private static let maps = [1, 2, 7, 16, 35].map { (height: 11, width: $0) }

  @Test(arguments: [Int32(3), 5, 7], Self.everyStep)
  func forward(kernel: Int32, step: (stride: Int32, isStrict: Bool)) throws {
    func check<Scalar: ConvolutionScalar>(_: Scalar.Type) throws {
      for level in supportedLevels {
        for (height, width) in Self.maps + [(7, 7), (14, 14), (8, 4), (19, 15)] {
          let sample = try DepthwiseSample<Scalar>(
            kernel, step.stride, height: height, width: width, isStrict: step.isStrict)
          let sums = sample.sums()
          let call = DepthwiseCall(sample, level)
          #expect(call.forward().scalars == sums.map { Scalar($0) }, "\(level.rawValue), \(height)x\(width)")
          #expect(
            call.forward(cut: 2).scalars == sums.map { Scalar($0) }, "\(level.rawValue), \(height)x\(width)")
          let expected = sums.indices.map { index in
            let plane = sample.shape.outputHeight * sample.shape.outputWidth
            let bias = Double(sample.bias[index / plane % sample.channels])
            return Scalar(min(max(sums[index] + bias + Double(sample.residual[index]), -9), 8))
          }
          #expect(
            call.forward(limits: -9...8).scalars == expected, "\(level.rawValue), \(height)x\(width)")
        }
      }
    }
    try check(Float.self)
    try check(Double.self)
  }

  /// Maps of seven rows of outputs whose padding lies above, below or on both sides.
  @Test(arguments: [Int32(3), 5, 7], Self.everyStep)
  func paddingOfOneSide(kernel: Int32, step: (stride: Int32, isStrict: Bool)) throws {
    for level in supportedLevels {
      for paddingTop in 0..<Int(kernel) {
        let sample = try DepthwiseSample<Float>(
          kernel, step.stride, height: 7 * Int(step.stride), width: 7, paddingTop: paddingTop, isStrict: step.isStrict)
        let outputs = DepthwiseCall(sample, level).forward().scalars
        #expect(outputs == sample.sums().map { Float($0) }, "\(level.rawValue), \(paddingTop)")
      }
    }
  }

  /// Zero times infinity is NaN, on padding too; the other channels keep their sums.
  @Test(arguments: [Int32(3), 5, 7], Self.everyStep)
  func infiniteWeight(kernel: Int32, step: (stride: Int32, isStrict: Bool)) throws {
    for level in supportedLevels {
      for (height, width) in [(7, 7), (14, 14), (11, 35)] {
        let sample = try DepthwiseSample<Float>(
          kernel, step.stride, height: height, width: width, isStrict: step.isStrict)
        let finite = sample.sums()
        for channel in [0, 1, sample.channels - 1] {
          var infinite = sample
          infinite.weight[channel * sample.taps] = .infinity
          let outputs = DepthwiseCall(infinite, level).forward().scalars
          for (index, output) in outputs.enumerated() {
            let (plane, pixel) = index.quotientAndRemainder(dividingBy: sample.outputPlane)
            guard plane % sample.channels == channel else {
              #expect(output == Float(finite[index]), "\(level.rawValue), \(height)x\(width)")
              continue
            }
            let (row, column) = pixel.quotientAndRemainder(dividingBy: sample.shape.outputWidth)
            #expect(!output.isFinite, "\(level.rawValue), \(height)x\(width)")
            if row == 0 || column == 0 { #expect(output.isNaN, "\(level.rawValue), \(height)x\(width)") }
          }
        }
      }
    }
  }

  @Test(arguments: [Int32(3), 5, 7], Self.everyStep)
  func gradients(kernel: Int32, step: (stride: Int32, isStrict: Bool)) throws {
    func check<Scalar: ConvolutionScalar>(_: Scalar.Type) throws {
      for level in supportedLevels {
        for (height, width) in Self.maps {
          let sample = try DepthwiseSample<Scalar>(
            kernel, step.stride, height: height, width: width, isStrict: step.isStrict)
          let (expected, call) = (sample.gradients(), DepthwiseCall(sample, level))
          #expect(call.weightGradient().scalars == expected.weight.map { Scalar($0) }, "\(level.rawValue), \(width)")
          if step.stride == 2 {
            #expect(call.inputGradient().scalars == expected.input.map { Scalar($0) }, "\(level.rawValue), \(width)")
          }
        }
      }
    }
    try check(Float.self)
    try check(Double.self)
  }
}

/// Two images of a small depthwise layer whose input channels belong to two output channels each, and plain loops over it.
struct DepthwiseSample<Scalar: ConvolutionScalar> {
  let shape: ConvolutionDepthwise357
  let inputChannels = 3
  let input, bias, residual, outputGradient: [Scalar]
  var weight: [Scalar]

  var channels: Int { inputChannels * shape.multiplier }
  var taps: Int { Int(shape.kernel * shape.kernel) }
  var inputPlane: Int { shape.inputHeight * shape.inputWidth }
  var outputPlane: Int { shape.outputHeight * shape.outputWidth }

  /// - Parameter paddingTop: Half the kernel without; the output has as many rows either way.
  init(
    _ kernel: Int32, _ stride: Int32, height: Int = 11, width: Int, paddingTop: Int? = nil, isStrict: Bool
  ) throws {
    // Narrow maps have an odd number of planes: the last has no other beside it.
    let (multiplier, padding) = (width < 16 ? 1 : 2, Int(kernel) / 2)
    let outputHeight = (height + 2 * padding - Int(kernel)) / Int(stride) + 1
    let outputWidth = (width + 2 * padding - Int(kernel)) / Int(stride) + 1
    shape = ConvolutionDepthwise357(
      inputHeight: height, inputWidth: width, outputHeight: outputHeight, outputWidth: outputWidth,
      paddingTop: paddingTop ?? padding, paddingLeft: padding, multiplier: multiplier, kernel: kernel, stride: stride,
      isStrict: isStrict,
      batch: 2, inputImage: inputChannels * height * width,
      outputImage: inputChannels * multiplier * outputHeight * outputWidth)
    func integers(_ count: Int, seed: UInt64) throws -> [Scalar] {
      try Tensor<Scalar>.random([count], seed: seed, holding: .smallIntegers).scalars
    }
    input = try integers(2 * shape.inputImage, seed: 1)
    weight = try integers(inputChannels * multiplier * Int(kernel * kernel), seed: 2)
    bias = try integers(inputChannels * multiplier, seed: 3)
    residual = try integers(2 * shape.outputImage, seed: 4)
    outputGradient = try integers(2 * shape.outputImage, seed: 5)
  }

  /// Calls `body` with the index of the output, of the weight and of the input of every product.
  private func forEachProduct(_ body: (_ output: Int, _ weight: Int, _ input: Int) -> Void) {
    let kernel = Int(shape.kernel)
    for output in 0..<2 * shape.outputImage {
      let (plane, pixel) = output.quotientAndRemainder(dividingBy: outputPlane)
      let (row, column) = pixel.quotientAndRemainder(dividingBy: shape.outputWidth)
      for tap in 0..<taps {
        let y = row * Int(shape.stride) + tap / kernel - shape.paddingTop
        let x = column * Int(shape.stride) + tap % kernel - shape.paddingLeft
        guard 0..<shape.inputHeight ~= y, 0..<shape.inputWidth ~= x else { continue }
        let place = plane / shape.multiplier * inputPlane + y * shape.inputWidth + x
        body(output, plane % channels * taps + tap, place)
      }
    }
  }

  func sums() -> [Double] {
    var sums = [Double](repeating: 0, count: residual.count)
    forEachProduct { sums[$0] += Double(weight[$1]) * Double(input[$2]) }
    return sums
  }

  /// Of the input and of the weight.
  func gradients() -> (input: [Double], weight: [Double]) {
    var (dx, dw) = ([Double](repeating: 0, count: input.count), [Double](repeating: 0, count: weight.count))
    forEachProduct {
      dx[$2] += Double(outputGradient[$0]) * Double(weight[$1])
      dw[$1] += Double(outputGradient[$0]) * Double(input[$2])
    }
    return (dx, dw)
  }
}

/// The kernels of one level on the operands of a sample, beside protected pages; results hold NaN before.
struct DepthwiseCall<Scalar: ConvolutionScalar> {
  private let kernels: ConvolutionDepthwise357Kernels
  private let shape: ConvolutionDepthwise357
  private let inputChannels: Int
  private let input, weight, bias, residual, outputGradient, zeros: GuardedScalars<Scalar>
  private let output, gradientOfInput, gradientOfWeight: GuardedScalars<Scalar>

  init(_ sample: DepthwiseSample<Scalar>, _ level: ConvolutionInstructionSet) {
    func guarded(_ scalars: [Scalar]) -> GuardedScalars<Scalar> { GuardedScalars(scalars, guarded: .behind) }
    func poisoned(_ scalars: [Scalar]) -> GuardedScalars<Scalar> { guarded(scalars.map { _ in .nan }) }
    unsafe kernels = Scalar.kernels(level).pointee.depthwise357.pointee
    (shape, inputChannels) = (sample.shape, sample.inputChannels)
    (input, weight, bias) = (guarded(sample.input), guarded(sample.weight), guarded(sample.bias))
    (residual, outputGradient) = (guarded(sample.residual), guarded(sample.outputGradient))
    zeros = guarded([Scalar](repeating: 0, count: shape.inputWidth))
    (output, gradientOfInput) = (poisoned(sample.residual), poisoned(sample.input))
    gradientOfWeight = poisoned(sample.weight)
  }

  /// Each image at once, or in two ranges of rows; with a bias, a residual and limits if there is one.
  @discardableResult func forward(cut: Int? = nil, limits: ClosedRange<Double>? = nil) -> GuardedScalars<Scalar> {
    var shape = shape
    for image in 0..<shape.batch {
      var epilogue = unsafe ConvolutionEpilogue()
      if let limits {
        unsafe epilogue.bias = UnsafeRawPointer(bias.start)
        unsafe epilogue.residual = UnsafeRawPointer(residual.start + image * shape.outputImage)
        unsafe epilogue.activation = ConvolutionEpilogueActivationClamp
        unsafe (epilogue.low, epilogue.high) = (limits.lowerBound, limits.upperBound)
      }
      let rows = 0..<shape.outputHeight
      for rows in cut.map({ [0..<$0, $0..<rows.upperBound] }) ?? [rows] {
        unsafe kernels.forward(
          &shape, inputChannels, rows.lowerBound, rows.upperBound, &epilogue, input.start + image * shape.inputImage,
          weight.start, zeros.start, output.start + image * shape.outputImage)
      }
    }
    return output
  }

  @discardableResult func inputGradient() -> GuardedScalars<Scalar> {
    var shape = shape
    for image in 0..<shape.batch {
      var epilogue = unsafe ConvolutionEpilogue()
      unsafe kernels.input_gradient(
        &shape, inputChannels, &epilogue, outputGradient.start + image * shape.outputImage, weight.start,
        gradientOfInput.start + image * shape.inputImage)
    }
    return gradientOfInput
  }

  @discardableResult func weightGradient() -> GuardedScalars<Scalar> {
    var shape = shape
    unsafe kernels.weight_gradient(
      &shape, inputChannels, input.start, outputGradient.start, zeros.start, gradientOfWeight.start)
    return gradientOfWeight
  }
}
