import CConvolutionKernels
import Convolution

/// A layer that a prepared network computes by itself.
protocol PreparableLayer<Scalar>: Module {
  /// What it computes of an input of this shape, and the output's shape; `nil` where it is to be run as it is.
  ///
  /// - Throws: What `forward(_:)` throws for that shape.
  func form(at inputShape: [Int]) throws -> (LayerForm<Scalar>, shape: [Int])?
}

/// What a layer computes, apart from where it reads and writes.
enum LayerForm<Scalar: ConvolutionScalar> {
  /// A convolution of images `[N, C, H, W]` of this shape.
  case convolution(ConvolutionCall<Scalar>, images: [Int])
  /// (x − mean) · scale + offset of each channel of `[N, C, H, W]`.
  case normalization(ChannelMap)
  case function(ElementwiseFunction, Device)
  /// x > 0 ? x : slope · x, with one slope, or one for each channel of `[N, C, …]`.
  case slopes(Tensor<Scalar>, Device)
  case planes(PlanePass)
  /// The scalars stay as they are.
  case identity

  /// A convolution of images `[N, C, H, W]`, or of one, `[C, H, W]`.
  static func convolution(_ call: ConvolutionCall<Scalar>, of shape: [Int]) -> Self {
    .convolution(call, images: shape.count == 4 ? shape : [1] + shape)
  }
}

/// Statistics that are known, channel by channel.
struct ChannelMap: Sendable {
  let means, scales, offsets: [Double]
  let device: Device
}

extension ConvolutionLayer {
  func form(at inputShape: [Int]) throws -> (LayerForm<Scalar>, shape: [Int])? {
    (.convolution(call, of: inputShape), try outputShape(for: inputShape))
  }
}

extension Conv2d: PreparableLayer {}
extension ConvTranspose2d: PreparableLayer {}

extension ConvolutionFace {
  func form(at inputShape: [Int]) throws -> (LayerForm<Scalar>, shape: [Int])? {
    let images = try inside.imageShape(of: inputShape)
    let output = try inside.convolution.outputShape(for: images)
    let shape = inside.outputShape(ofImage: output, input: inputShape)
    return (.convolution(inside.convolution.call, of: images), shape)
  }
}

extension Linear: PreparableLayer {}
extension Conv1d: PreparableLayer {}

extension Elementwise {
  func form(at inputShape: [Int]) throws -> (LayerForm<Scalar>, shape: [Int])? {
    (.function(function, device), inputShape)
  }
}

extension ReLU: PreparableLayer {}
extension ReLU6: PreparableLayer {}
extension LeakyReLU: PreparableLayer {}
extension Hardswish: PreparableLayer {}
extension Sigmoid: PreparableLayer {}
extension Tanh: PreparableLayer {}
extension SiLU: PreparableLayer {}
extension GELU: PreparableLayer {}

extension PReLU: PreparableLayer {
  func form(at inputShape: [Int]) throws -> (LayerForm<Scalar>, shape: [Int])? {
    let isOne = parameterCount == 1
    guard weight.value.shape == [parameterCount], isOne || inputShape.count >= 2 && inputShape[1] == parameterCount
    else {
      throw ConvolutionError.shapeMismatch(
        name: "input", expected: "[N, \(parameterCount), …]", actual: inputShape)
    }
    return (.slopes(weight.value, device), inputShape)
  }
}

extension BatchNorm2d: PreparableLayer {
  /// `nil` where the batch's own statistics are needed.
  func form(at inputShape: [Int]) throws -> (LayerForm<Scalar>, shape: [Int])? {
    guard !isTraining, runningMean != nil, runningVariance != nil else { return nil }
    _ = try ChannelSums<Scalar>(inputShape, channels: channels)
    let map = try channelMap()
    return (.normalization(map), inputShape)
  }
}

extension Pooling {
  func form(at inputShape: [Int]) throws -> (LayerForm<Scalar>, shape: [Int])? {
    try PlaneGeometry(inputShape, axis: axis).form(device: device) { rows, columns in
      .pooling(rows: rows, columns: columns, isMean: Self.isMean)
    }
  }
}

extension MaxPool2d: PreparableLayer {}
extension AvgPool2d: PreparableLayer {}
extension AdaptiveAvgPool2d: PreparableLayer {}

extension Upsample: PreparableLayer {
  func form(at inputShape: [Int]) throws -> (LayerForm<Scalar>, shape: [Int])? {
    try PlaneGeometry(inputShape, axis: axis).form(device: device) { rows, columns in
      .resampling(rows: rows, columns: columns, isNearest: mode == .nearest)
    }
  }
}

extension PlaneGeometry {
  /// What a layer of these planes computes, its windows laid out.
  fileprivate func form<Scalar>(
    device: Device, _ taps: (_ rows: [Axis.Tap], _ columns: [Axis.Tap]) -> PlanePass.Taps
  ) -> (LayerForm<Scalar>, shape: [Int]) {
    let taps = taps((0..<rows.outputExtent).map(rows.tap), (0..<columns.outputExtent).map(columns.tap))
    return (.planes(PlanePass(plane: plane(of: Scalar.self), taps: taps, device: device)), outputShape)
  }
}

extension Flatten: PreparableLayer {
  func form(at inputShape: [Int]) throws -> (LayerForm<Scalar>, shape: [Int])? {
    (.identity, try flattened(inputShape))
  }
}

extension Dropout: PreparableLayer {
  func form(at inputShape: [Int]) throws -> (LayerForm<Scalar>, shape: [Int])? {
    isTraining && p > 0 ? nil : (.identity, inputShape)
  }
}

/// A pooling or a resampling of planes, its windows laid out.
struct PlanePass: Sendable {
  enum Taps: Sendable {
    case pooling(rows: [ConvolutionWindow], columns: [ConvolutionWindow], isMean: Bool)
    case resampling(rows: [ConvolutionSample], columns: [ConvolutionSample], isNearest: Bool)
  }

  let plane: ConvolutionPlane
  let taps: Taps
  let device: Device

  /// For the text of a prepared network.
  var text: String {
    switch taps {
    case .pooling(_, _, let isMean): isMean ? "mean pooling" : "max pooling"
    case .resampling: "upsampling"
    }
  }

  var inputSize: Int { plane.inputHeight * plane.inputWidth }
  var outputSize: Int { plane.outputHeight * plane.outputWidth }
  /// Scalars of workspace that a thread needs.
  var workspace: Int { convolution_plane_workspace(plane.inputWidth) }

  /// Maps planes that follow each other.
  ///
  /// - Parameter workspace: ``workspace`` scalars for each thread.
  @safe func run<Scalar: ConvolutionScalar>(
    _ input: UnsafePointer<Scalar>, _ output: UnsafeMutablePointer<Scalar>, planes: Int, threads: Int,
    workspace: UnsafeMutablePointer<Scalar>
  ) {
    let level = Processor.instructionSet
    let bytes = MemoryLayout<Scalar>.size
    Parallel.forEachPart(of: planes, threads: threads) { range, worker in
      var plane = plane
      plane.count = range.count
      let scratch = unsafe workspace + worker * self.workspace
      let (from, to) = unsafe (input + range.lowerBound * inputSize, output + range.lowerBound * outputSize)
      switch taps {
      case .pooling(let rows, let columns, let isMean):
        unsafe convolution_pool(level, bytes, &plane, rows, columns, isMean, from, to, scratch)
      case .resampling(let rows, let columns, let isNearest):
        unsafe convolution_resample(level, bytes, &plane, rows, columns, isNearest, from, to)
      }
    }
  }
}
