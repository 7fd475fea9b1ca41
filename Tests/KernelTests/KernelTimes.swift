import CConvolutionKernels
import CKernelParts
import Glibc
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// What each kernel of the table reaches by itself on one thread, at every level that this processor has, and its share of the
/// level's peak: a table on standard output. A measurement, not a check: only when CONVOLUTION_KERNEL_TIMES is set
/// (`make bench-kernels`).
@Suite(.enabled(if: unsafe getenv("CONVOLUTION_KERNEL_TIMES") != nil), .serialized) struct KernelTimes {
  @Test func table() throws {
    for level in supportedLevels {
      try table(level, Float.self)
      try table(level, Double.self)
    }
  }

  private func table<Scalar: ConvolutionScalar>(_ level: ConvolutionInstructionSet, _: Scalar.Type) throws {
    let peak = Peak<Scalar>(level)
    print("\nlevel \(level.rawValue), \(Scalar.self): peak \(rounded(peak.operations)) GFLOP/s from registers,")
    print("\(rounded(peak.bytes)) GB/s read and written in the first-level cache\n")
    print("| kernel | layer | GFLOP/s or GB/s | share |\n|---|---|---:|---:|")
    func row(_ kernel: String, _ layer: String, _ amount: Int, isBytes: Bool = false, _ body: () -> Void) {
      let rate = Double(amount) / bestNanoseconds(body)
      let share = Int((100 * rate / (isBytes ? peak.bytes : peak.operations)).rounded())
      print("| \(kernel) | \(layer) | \(rounded(rate)) \(isBytes ? "GB/s" : "GFLOP/s") | \(share) % |")
    }
    for layer in ProductLayer.all {
      let product = try Product<Scalar>(layer, level)
      row("multiply", layer.name, layer.operations) { product.multiply(hasEpilogue: false) }
      row("multiply, with an epilogue", layer.name, layer.operations) { product.multiply(hasEpilogue: true) }
      row("pack_filters", layer.name, product.filterBytes, isBytes: true) { product.packFilters() }
    }
    for kernel in [Int32(3), 5, 7] {
      for stride in [Int32(1), 2] {
        let sample = try DepthwiseSample<Scalar>(kernel, stride, width: 112)
        let name = "\(kernel)x\(kernel) s\(stride) of 3 channels @9×112"
        let operations = 2 * 2 * sample.shape.outputImage * sample.taps
        let kernels = DepthwiseCall(sample, level)
        row("depthwise357.forward", name, operations) { kernels.forward() }
        if stride == 2 { row("depthwise357.input_gradient", name, operations) { kernels.inputGradient() } }
        row("depthwise357.weight_gradient", name, operations) { kernels.weightGradient() }
      }
    }
    let square = peak.lanes * peak.lanes
    let bytes = 2 * square * 64 * MemoryLayout<Scalar>.stride
    row("transpose", "\(peak.lanes)×\(peak.lanes)", bytes, isBytes: true) { peak.transposeMany() }
  }

  private func rounded(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
}

/// The best of several turns of a call.
private func bestNanoseconds(_ body: () -> Void) -> Double {
  let clock = ContinuousClock()
  body()
  var best = Duration.seconds(10)
  for _ in 0..<3 {
    let turn = clock.now
    while turn.duration(to: clock.now) < .milliseconds(20) { best = min(best, clock.measure(body)) }
  }
  return best / .nanoseconds(1)
}

/// The most that a level does: multiplications and additions from registers, and copies in the first-level cache.
private struct Peak<Scalar: ConvolutionScalar> {
  private let parts: KernelParts
  private let source, target: GuardedScalars<Scalar>
  let operations, bytes: Double

  var lanes: Int { parts.lanes }

  init(_ level: ConvolutionInstructionSet) {
    unsafe parts = kernel_parts(level, Scalar.self == Double.self ? 1 : 0).pointee
    let count = (12 << 10) / MemoryLayout<Scalar>.stride
    source = GuardedScalars([Scalar](repeating: 0.5, count: count), guarded: .before)
    target = GuardedScalars([Scalar](repeating: 0.5, count: count), guarded: .before)
    let vectors = 24_000
    let (parts, from, to) = (parts, source, target)
    let time = bestNanoseconds { unsafe parts.multiply_and_add(vectors, to.start) }
    operations = Double(2 * vectors * parts.lanes) / time
    // Several copies in one call of the clock.
    let copies = bestNanoseconds { for _ in 0..<16 { unsafe parts.copy(from.start, to.start, count) } }
    bytes = Double(16 * 2 * count * MemoryLayout<Scalar>.stride) / copies
  }

  func transposeMany() { unsafe kernel_parts_repeat(parts.transpose, source.start, target.start, 64) }
}

/// A layer whose product one call computes.
private struct ProductLayer {
  var source: ConvolutionSource
  var inputs, outputs, kernel, size: Int
  var word: String

  var name: String { "\(inputs)→\(outputs) \(kernel)x\(kernel) @\(size), \(word)" }
  var operations: Int { 2 * inputs * outputs * kernel * kernel * size * size }

  static let all = [
    ProductLayer(source: ConvolutionSourceInPlace, inputs: 64, outputs: 64, kernel: 1, size: 28, word: "in place"),
    ProductLayer(
      source: ConvolutionSourcePackedLanes, inputs: 64, outputs: 64, kernel: 3, size: 14, word: "packed lanes"),
    ProductLayer(
      source: ConvolutionSourcePackedRows, inputs: 256, outputs: 256, kernel: 1, size: 7, word: "packed rows"),
    ProductLayer(source: ConvolutionSourceStagedRows, inputs: 3, outputs: 64, kernel: 3, size: 56, word: "staged rows"),
  ]
}

/// All of a layer's output in one block, its operands ready.
private struct Product<Scalar: ConvolutionScalar> {
  private let kernels: ConvolutionGemmKernels
  private let gemm: ConvolutionGemm
  private let block: ConvolutionGemmBlock
  private let panels: Int
  private let input, weight, packed, bias, residual, output, workspace: GuardedScalars<Scalar>

  init(_ layer: ProductLayer, _ level: ConvolutionInstructionSet) throws {
    unsafe kernels = Scalar.kernels(level).pointee.gemm.pointee
    let axis = AxisGeometry(
      input: layer.size, output: layer.size, kernel: layer.kernel, stride: 1, dilation: 1,
      paddingBefore: layer.kernel / 2, paddingAfter: layer.kernel / 2, mode: .zeros)
    let (plane, taps) = (layer.size * layer.size, layer.kernel * layer.kernel)
    var gemm = ConvolutionGemm(
      source: layer.source, inputChannels: layer.inputs, outputChannels: layer.outputs, rows: axis.axis,
      columns: axis.axis, outputPlane: plane, outputRow: layer.size, outputColumn: 1, inputImage: layer.inputs * plane,
      outputImage: layer.outputs * plane, keepsSums: false, termsPerPart: min(256 / taps, layer.inputs) * taps,
      pixelsPerBlock: plane, columnsPerBlock: layer.size)
    block = ConvolutionGemmBlock(
      firstRow: 0, firstColumn: 0, rows: layer.size, columns: layer.size, firstPixel: 0, pixels: plane, firstRowTap: 0,
      rowTaps: layer.kernel, firstColumnTap: 0, columnTaps: layer.kernel)
    panels = SizeArithmetic.dividingUp(layer.outputs, by: kernels.panel_channels(layer.source))
    func random(_ count: Int) throws -> GuardedScalars<Scalar> {
      GuardedScalars(try Tensor<Scalar>.random([count], seed: 1).scalars, guarded: .before)
    }
    input = try random(layer.inputs * plane)
    weight = try random(layer.outputs * layer.inputs * taps)
    packed = try random(unsafe kernels.filter_size(&gemm))
    bias = try random(layer.outputs)
    residual = try random(layer.outputs * plane)
    output = try random(layer.outputs * plane)
    workspace = try random(unsafe kernels.workspace_bytes(&gemm, panels) / MemoryLayout<Scalar>.stride + 64)
    self.gemm = gemm
    packFilters()
  }

  /// Read and written.
  var filterBytes: Int { (weight.count + packed.count) * MemoryLayout<Scalar>.stride }

  func packFilters() {
    var gemm = gemm
    let taps = gemm.rows.kernel * gemm.columns.kernel
    var view = unsafe ConvolutionFilterView(
      weights: weight.start, outputStep: gemm.inputChannels * taps, inputStep: taps, rowStep: gemm.columns.kernel,
      columnStep: 1)
    for panel in 0..<panels { unsafe kernels.pack_filters(&gemm, &view, panel, packed.start) }
  }

  func multiply(hasEpilogue: Bool) {
    var (gemm, block) = (gemm, block)
    var epilogue = unsafe ConvolutionEpilogue()
    if hasEpilogue {
      unsafe epilogue.bias = UnsafeRawPointer(bias.start)
      unsafe epilogue.residual = UnsafeRawPointer(residual.start)
      unsafe epilogue.activation = ConvolutionEpilogueActivationClamp
      unsafe epilogue.high = .infinity
    }
    unsafe kernels.multiply(
      &gemm, &block, &epilogue, input.start, packed.start, output.start, 0, panels, workspace.start)
  }
}
