import CConvolutionKernels
import Convolution

/// What each output along one axis of an image reads.
protocol PlaneAxis {
  /// What one output reads, as the kernels take it: a structure of C. (Without BitwiseCopyable: the importer gives it that
  /// conformance, which Swift 6.2 does not find again when it reads this module.)
  associatedtype Tap

  var inputExtent: Int { get }
  var outputExtent: Int { get }
  var tap: (_ output: Int) -> Tap { get }
}

/// The extents of a plane, and what its outputs read along either axis.
@safe struct PlaneTaps<Tap> {
  var plane: ConvolutionPlane
  let rows, columns: UnsafePointer<Tap>
}

/// Where the planes of one call are read and written.
@safe struct PlaneOperands<Scalar: ConvolutionScalar> {
  let input: UnsafePointer<Scalar>
  /// Of a backward pass.
  let outputGradient: UnsafePointer<Scalar>?
  /// The output, or backward the gradient of the input.
  let result: UnsafeMutablePointer<Scalar>
  /// For rows as wide as the input.
  let workspace: UnsafeMutablePointer<Scalar>

  /// The size of a scalar, by which the kernels tell Float from Double.
  var scalarBytes: Int { MemoryLayout<Scalar>.size }
}

/// The shapes of a layer that maps each plane `[H, W]` of `[N, C, H, W]` or `[C, H, W]` to one of its own.
struct PlaneGeometry<Axis: PlaneAxis> {
  let rows, columns: Axis
  let inputShape, outputShape: [Int]
  /// N · C.
  let planes: Int
  /// Scalars of a plane.
  let inputSize, outputSize: Int

  init(
    _ inputShape: [Int], axis: (KeyPath<Size2d, Int>, Int) throws(ConvolutionError) -> Axis
  ) throws(ConvolutionError) {
    guard inputShape.count == 3 || inputShape.count == 4 else {
      throw .shapeMismatch(name: "input", expected: "[N, C, H, W] or [C, H, W]", actual: inputShape)
    }
    let leading = inputShape.dropLast(2)
    self.inputShape = inputShape
    rows = try axis(\.height, inputShape[leading.endIndex])
    columns = try axis(\.width, inputShape[leading.endIndex + 1])
    planes = leading.reduce(1, *)
    outputShape = leading + [rows.outputExtent, columns.outputExtent]
    inputSize = rows.inputExtent * columns.inputExtent
    outputSize = try SizeArithmetic.product(
      [rows.outputExtent, columns.outputExtent], name: "scalars of an output plane")
  }

  /// The extents as the kernels take them, of one plane.
  func plane<Scalar>(of type: Scalar.Type) -> ConvolutionPlane {
    ConvolutionPlane(
      inputHeight: rows.inputExtent, inputWidth: columns.inputExtent, outputHeight: rows.outputExtent,
      outputWidth: columns.outputExtent, count: 1,
      isLarge: outputSize >= Self.bytesInCaches / MemoryLayout<Scalar>.size / max(1, planes))
  }

  /// From here on outputs are not expected to stay in caches until they are read.
  private static var bytesInCaches: Int { 32 << 20 }

  /// The output for an input: `body` writes some planes of it.
  func outputs<Scalar>(
    of input: Tensor<Scalar>, device: Device,
    _ body: (inout PlaneTaps<Axis.Tap>, PlaneOperands<Scalar>) -> Void
  ) throws(ConvolutionError) -> Tensor<Scalar> {
    try map(shape: outputShape, from: input, input, device: device) { taps, plane, operands in
      let operands = unsafe PlaneOperands(
        input: operands.first + plane * inputSize, outputGradient: nil, result: operands.result + plane * outputSize,
        workspace: operands.workspace)
      body(&taps, operands)
    }
  }

  /// The gradient of the input, when it is asked for: `body` writes some planes of it.
  func inputGradient<Scalar>(
    of outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets, device: Device,
    _ body: (inout PlaneTaps<Axis.Tap>, PlaneOperands<Scalar>) -> Void
  ) throws(ConvolutionError) -> Tensor<Scalar>? {
    try outputGradient.expectShape(outputShape)
    guard targets.contains(.input) else { return nil }
    return try map(shape: inputShape, from: input, outputGradient, device: device) { taps, plane, operands in
      let operands = unsafe PlaneOperands(
        input: operands.first + plane * inputSize, outputGradient: operands.second + plane * outputSize,
        result: operands.result + plane * inputSize, workspace: operands.workspace)
      body(&taps, operands)
    }
  }

  /// Calls `body` for all planes of a new tensor, some at a time: with both axes, the first plane, and workspace.
  private func map<Scalar>(
    shape: [Int], from first: Tensor<Scalar>, _ second: Tensor<Scalar>, device: Device,
    _ body: (_ taps: inout PlaneTaps<Axis.Tap>, _ first: Int, _ operands: Operands<Scalar, Scalar>) -> Void
  ) throws(ConvolutionError) -> Tensor<Scalar> {
    guard planes > 0 else { return try Tensor(zeros: shape) }
    let count = try SizeArithmetic.sum([rows.outputExtent, columns.outputExtent], name: "windows")
    let bytes = try SizeArithmetic.product([count, MemoryLayout<Axis.Tap>.stride], name: "bytes of windows")
    return try Workspace.withScalars(bytes, of: UInt8.self) { bytes throws(ConvolutionError) in
      let rowTaps = unsafe UnsafeMutableRawPointer(bytes).bindMemory(to: Axis.Tap.self, capacity: count)
      for output in 0..<rows.outputExtent { unsafe rowTaps[output] = rows.tap(output) }
      let columnTaps = unsafe rowTaps + rows.outputExtent
      for output in 0..<columns.outputExtent { unsafe columnTaps[output] = columns.tap(output) }
      let taps = unsafe PlaneTaps(
        plane: plane(of: Scalar.self), rows: rowTaps, columns: columnTaps)
      return try Tensor.computed(
        shape: shape, from: first, second, parts: planes, device: device,
        workspace: convolution_plane_workspace(columns.inputExtent)
      ) { range, operands in
        var taps = taps
        taps.plane.count = range.count
        body(&taps, range.lowerBound, operands)
      }
    }
  }
}

extension Size2d {
  /// One number where both sides are equal, as PyTorch prints a size that was given so; else the pair.
  var shortText: String { height == width ? "\(height)" : "\(self)" }
}
