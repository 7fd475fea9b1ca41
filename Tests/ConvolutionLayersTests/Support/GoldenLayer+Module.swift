import Convolution
import ConvolutionLayers

extension GoldenLayer {
  /// The Swift layer of PyTorch's name and arguments.
  func module<Scalar: ConvolutionScalar>(of type: Scalar.Type) throws -> any Module<Scalar> {
    let arguments = Arguments(values: arguments)
    let inplace = arguments.flag("inplace", false)
    switch layer {
    case "ReLU": return ReLU<Scalar>(inplace: inplace)
    case "ReLU6": return ReLU6<Scalar>(inplace: inplace)
    case "LeakyReLU":
      return LeakyReLU<Scalar>(negativeSlope: arguments.double("negative_slope") ?? 0.01, inplace: inplace)
    case "Sigmoid": return Sigmoid<Scalar>()
    case "Tanh": return Tanh<Scalar>()
    case "SiLU": return SiLU<Scalar>(inplace: inplace)
    case "Hardswish": return Hardswish<Scalar>()
    case "GELU": return try GELU<Scalar>(approximate: .init(arguments.text("approximate") ?? "none"))
    case "PReLU": return try PReLU<Scalar>(parameterCount: arguments.int("num_parameters") ?? 1)
    case "MaxPool2d":
      return try MaxPool2d<Scalar>(
        kernelSize: arguments.size("kernel_size")!, stride: arguments.size("stride"),
        padding: arguments.size("padding") ?? 0, dilation: arguments.size("dilation") ?? 1,
        ceilMode: arguments.flag("ceil_mode", false))
    case "AvgPool2d":
      return try AvgPool2d<Scalar>(
        kernelSize: arguments.size("kernel_size")!, stride: arguments.size("stride"),
        padding: arguments.size("padding") ?? 0, ceilMode: arguments.flag("ceil_mode", false),
        countIncludePad: arguments.flag("count_include_pad", true),
        divisorOverride: arguments.int("divisor_override"))
    case "AdaptiveAvgPool2d":
      if let side = arguments.int("output_size") { return try AdaptiveAvgPool2d<Scalar>(outputSize: side) }
      return try AdaptiveAvgPool2d<Scalar>(outputSize: arguments.size("output_size")!)
    case "BatchNorm2d":
      var momentum = arguments.double("momentum")
      if arguments.values["momentum"] == nil { momentum = 0.1 }
      return try BatchNorm2d<Scalar>(
        channels: arguments.int("num_features")!, eps: arguments.double("eps") ?? 1e-5, momentum: momentum,
        affine: arguments.flag("affine", true), trackRunningStats: arguments.flag("track_running_stats", true),
        bias: arguments.flag("bias", true))
    case "Upsample":
      let mode = try UpsampleMode(arguments.text("mode") ?? "nearest")
      let alignCorners = arguments.optionalFlag("align_corners")
      if let size = arguments.size("size") {
        return try Upsample<Scalar>(size: size, mode: mode, alignCorners: alignCorners)
      }
      if let factors = arguments.numbers("scale_factor") {
        return try Upsample<Scalar>(
          heightFactor: factors[0], widthFactor: factors[1], mode: mode, alignCorners: alignCorners)
      }
      return try Upsample<Scalar>(
        scaleFactor: arguments.double("scale_factor")!, mode: mode, alignCorners: alignCorners)
    case "Linear":
      return try Linear<Scalar>(
        inputFeatures: arguments.int("in_features")!, outputFeatures: arguments.int("out_features")!,
        bias: arguments.flag("bias", true))
    case "Flatten":
      return Flatten<Scalar>(startDim: arguments.int("start_dim") ?? 1, endDim: arguments.int("end_dim") ?? -1)
    case "Conv1d":
      let padding = try arguments.text("padding").map { try Padding($0) }
      return try Conv1d<Scalar>(
        inputChannels: arguments.int("in_channels")!, outputChannels: arguments.int("out_channels")!,
        kernelSize: arguments.int("kernel_size")!, stride: arguments.int("stride") ?? 1,
        padding: padding ?? .symmetric(arguments.int("padding") ?? 0), dilation: arguments.int("dilation") ?? 1,
        groups: arguments.int("groups") ?? 1, bias: arguments.flag("bias", true),
        paddingMode: PaddingMode(arguments.text("padding_mode") ?? "zeros"))
    case "Dropout": return try Dropout<Scalar>(p: arguments.double("p") ?? 0.5, inplace: inplace)
    default: throw ConvolutionError.unknownName(parameter: "layer", supported: [], actual: layer)
    }
  }
}
