import Convolution
import ConvolutionIO

// The library of the client that Scripts/check-as-dependency builds: every line of the public face, without unsafe code.

/// The first example of the README.
public func firstExample() throws -> String {
  let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 64, kernelSize: 3, padding: 1)
  let output = try layer(Tensor(repeating: 0.5, shape: [8, 3, 32, 32]))
  return "\(layer) -> \(output.shape)"
}

/// Stops the process with a message that names index and extent.
public func readOutside() throws -> Float {
  try Tensor<Float>(zeros: [2, 3, 5])[1, 3, 0]
}

/// Throws where a line of the face does not do what it says.
public func useEveryLine(folder: String) throws {
  try useTensors()
  try useConfigurations()
  try useLayers()
  try useModules()
  try useTransposedConvolution()
  try useCostsAndThreads()
  try useEveryLayer()
  try useTraining()
  try usePrepared()
  try useFiles(folder: folder)
}

struct Unexpected: Error {
  var line: UInt
}

func expect(_ condition: Bool, line: UInt = #line) throws {
  if !condition { throw Unexpected(line: line) }
}

func useTensors() throws {
  var tensor = try Tensor<Float>(shape: [2, 2, 2], scalars: (0..<8).map { Float($0) })
  let filled = try Tensor<Float>(shape: [2, 2, 2]) { (output: inout OutputSpan<Float>) in
    while !output.isFull { output.append(Float(output.count)) }
  }
  try expect(tensor == filled)
  try expect(tensor.shape == [2, 2, 2] && tensor.count == 8 && tensor.scalars.count == 8)
  tensor[1, 0, 1] = 50
  try expect(tensor[1, 0, 1] == 50 && filled[1, 0, 1] == 5)
  try expect(sum(tensor.span) == 73)
  halve(&tensor)
  try expect(tensor[image: 1].scalars == [2, 25, 3, 3.5])
  try expect(try tensor.reshaped(to: [4, -1]).shape == [4, 2])
  try expect(try Tensor.concatenating([tensor, filled], axis: 1).shape == [2, 4, 2])
  try expect(try Tensor<Double>(zeros: [1, 2]).description == "[[0. 0.]]")
  try expect(String(reflecting: try Tensor<Double>(repeating: 1, shape: [1])).hasSuffix("of shape [1]:\n[1.]"))
  try expect(tensor.withUnsafeBufferPointer { _ in true } && tensor.withUnsafeMutableBufferPointer { _ in true })
}

func sum(_ scalars: Span<Float>) -> Float {
  var sum: Float = 0
  for index in scalars.indices { sum += scalars[index] }
  return sum
}

func halve(_ tensor: inout Tensor<Float>) {
  var scalars = tensor.mutableSpan
  for index in scalars.indices { scalars[index] /= 2 }
}

func useConfigurations() throws {
  let size: Size2d = 3
  try expect(size == Size2d(3, 3) && size == Size2d(3) && size == Size2d(height: 3, width: 3))
  try expect(size.height == size.width)
  let paddings: [Padding] = [.valid, .same, .explicit(top: 1, bottom: 1, left: 2, right: 2), 1, .symmetric(size)]
  try expect(try paddings[0] == Padding("valid") && paddings[3] == .symmetric(1))
  try expect(try PaddingMode.allCases.contains(PaddingMode("reflect")))
  let names: [String] = [
    PaddingMode.replicate.rawValue, Precision.standard.rawValue, ConvolutionAlgorithm.winograd4x4.rawValue,
  ]
  try expect(names == ["replicate", "standard", "winograd4x4"])
  try expect(try Device("cpu") == .cpu && Device.cpu(threads: 2) != .cpu)
  try expect(ConvolutionAlgorithm.allCases.contains(.automatic) && Precision.allCases.contains(.strict))
  try expect(!OpenBLAS.version.isEmpty && !OpenBLAS.configuration.isEmpty && !OpenBLAS.core.isEmpty)
  try expect(OpenBLAS.coreForcedByEnvironment != "" && OpenBLAS.threads >= 1)
  do {
    _ = try Device.cpu(threads: 0)
  } catch {
    switch error {
    case .valueOutOfRange(let name, _, let actual): try expect(name == "threads" && actual == [0])
    default: try expect(false)
    }
    try expect("\(error)" == "threads: expected from 1 to 1024, got 0")
  }
}

func useLayers() throws {
  let (c, k, s, d) = (2, 3, 1, 1)
  var generator = SystemRandomNumberGenerator()
  let layers: [Conv2d<Float>] = try [
    Conv2d(inputChannels: c, outputChannels: 2 * c, kernelSize: k, stride: s, padding: k / 2, dilation: d),
    Conv2d(inputChannels: c, outputChannels: 2 * c, kernelSize: 3, stride: Size2d(1, s), padding: .same, dilation: d),
    Conv2d(
      inputChannels: c, outputChannels: 2 * c, kernelSize: Size2d(k), padding: Size2d(1, 1), groups: 2, bias: false,
      paddingMode: .reflect, device: .cpu(threads: 1), algorithm: .im2col, precision: .strict, using: &generator),
    Conv2d(weight: Tensor(repeating: 1, shape: [4, 2, 3, 3]), bias: Tensor(zeros: [4]), padding: 1),
    Conv2d(weight: Tensor(repeating: 1, shape: [4, 2, 3, 3]), stride: s, padding: k / 2, algorithm: .direct),
  ]
  let input = try Tensor<Float>(repeating: 0.5, shape: [1, 2, 6, 5])
  for var layer in layers {
    try expect(layer.inputChannels == 2 && layer.outputChannels == 4 && layer.kernelSize == 3 && layer.stride == 1)
    try expect(layer.padding == 1 || layer.padding == .same)
    try expect(layer.dilation == 1 && [1, 2].contains(layer.groups))
    try expect([.zeros, .reflect].contains(layer.paddingMode))
    let output = try layer(input)
    try expect(try output == layer.forward(input) && output.shape == layer.outputShape(for: input.shape))
    var kept = try Tensor<Float>(zeros: output.shape)
    try layer.forward(input, into: &kept)
    try expect(kept == output)
    let gradients: Conv2dGradients<Float> = try layer.gradients(of: output, at: input, for: [.input, .weight])
    try expect(try gradients.input == layer.inputGradient(of: output, at: input) && gradients.bias == nil)
    try expect(try gradients.weight == layer.weightGradient(of: output, at: input))
    try expect(try layer.valueWithPullback(at: input).pullback(output).input == gradients.input)
    let copy = layer
    try expect(copy == layer)
    try expect(try layer.backward(output, at: input) == gradients.input)
    try expect(layer.weight.gradient == gradients.weight && copy != layer)
  }
  let weight = layers[3].weight.value
  let output = try conv2d(input, weight: weight, stride: s, padding: k / 2, dilation: d)
  try expect(try output == conv2d(input, weight: weight, padding: .same))
  try useSettings(input)
}

/// Every argument of the form with a weight and of the functional form, and what may be set afterwards.
func useSettings(_ input: Tensor<Float>) throws {
  let weight = try Tensor<Float>(repeating: 1, shape: [4, 1, 3, 3])
  let bias = try Tensor<Float>(repeating: 2, shape: [4])
  var layer = try Conv2d(
    weight: weight, bias: bias, stride: 2, padding: .explicit(top: 1, bottom: 0, left: 1, right: 0), dilation: 1,
    groups: 2, paddingMode: .replicate, device: .cpu)
  let output = try conv2d(
    input, weight: weight, bias: bias, stride: 2, padding: layer.padding, dilation: 1, groups: 2,
    paddingMode: .replicate, device: .cpu)
  try expect(try layer(input) == output && output[0, 0, 0, 0] == 6.5)
  layer.algorithm = .im2col
  layer.precision = .strict
  layer.device = try .cpu(threads: 1)
  try expect(try layer(input) == output && layer.extraRepresentation.hasPrefix("2, 4, kernel_size=(3, 3)"))
  layer.weight = Parameter(try Tensor(zeros: weight.shape), requiresGradient: false)
  layer.bias?.value = try Tensor(repeating: 3, shape: [4])
  try expect(try layer(input).scalars.allSatisfy { $0 == 3 } && !layer.weight.requiresGradient)
  try expect(try layer.backward(output, at: input, for: [.input, .bias])?.shape == input.shape)
  try expect(layer.weight.gradient == nil && layer.bias?.gradient?.shape == [4] && layer.bias?.requiresGradient == true)
  layer.clearGradients()
  try expect(layer.bias?.gradient == nil && layer.weight == Parameter(layer.weight.value, requiresGradient: false))
}

/// A client's own module, with an error of its own.
struct Doubling: Module {
  struct Refusal: Error {}

  var factor = Parameter<Float>(.two, requiresGradient: false)

  func forward(_ input: Tensor<Float>) throws -> Tensor<Float> {
    guard input.count > 0 else { throw Refusal() }
    return try Tensor(shape: input.shape, scalars: input.scalars.map { $0 * factor.value[0] })
  }

  mutating func forEachParameter<E: Error>(_ body: (String, inout Parameter<Float>) throws(E) -> Void) throws(E) {
    try body("factor", &factor)
  }
}

extension Tensor<Float> {
  static var two: Tensor { try! Tensor(shape: [1], scalars: [2]) }
}

func useModules() throws {
  let layer = try Conv2d<Float>(inputChannels: 1, outputChannels: 1, kernelSize: 1)
  var network: any Module<Float> = try Sequential<Float>(named: ["double": Doubling(), "conv": layer])
  let state = network.stateDictionary
  try expect(state.keys.sorted() == ["conv.bias", "conv.weight", "double.factor"])
  try network.load(state)
  try network.load(["conv.bias": try Tensor(zeros: [1])], strict: false)
  try expect(network.description.hasPrefix("Sequential("))
  try expect(try network(Tensor(zeros: [1, 2, 2])).scalars == [0, 0, 0, 0])
  var trained = Sequential<Float>([layer])
  var optimizer = try SGD<Float>(learningRate: 0.1, momentum: 0.9)
  let input = try Tensor<Float>(repeating: 1, shape: [1, 2, 2])
  _ = try trained.backward(input, at: input, for: .all)
  try optimizer.step(&trained)
  try expect(trained.stateDictionary["0.weight"] != layer.weight.value)
  trained.clearGradients()
}

func useFiles(folder: String) throws {
  let image = try Tensor(
    pixels: [1, 2, 3, 0, 4, 5, 6].span, height: 2, width: 1, channels: 3, bytesPerRow: 4, scale: 1, mean: [0, 1, 2],
    standardDeviation: [1, 1, 0.5])
  try expect(image.scalars == [1, 4, 1, 4, 2, 8])
  let bytes: [UInt8] = [0, 128, 255, 7]
  try expect(try Tensor(pixels: bytes.span, height: 1, width: 1, channels: 4).pixels() == bytes)
  try expect(try image.pixels(scale: 10) == [10, 10, 20, 40, 40, 80])
  try NumPyFile.write(image, path: "\(folder)/image.npy")
  try expect(try NumPyFile.read(path: "\(folder)/image.npy", as: Float.self) == image)
  try SafetensorsFile.write(["image": image], metadata: ["format": "pt"], path: "\(folder)/image.safetensors")
  let file = try SafetensorsFile(path: "\(folder)/image.safetensors")
  try expect(file.names == ["image"] && file.metadata == ["format": "pt"])
  try expect(try file.tensor("image", as: Float.self) == image)
  for type in [SafetensorsFile.DataType.float32, .float64, .float16, .bfloat16] {
    let path = "\(folder)/\(type.rawValue).safetensors"
    try SafetensorsFile.write(["image": image], path: path, as: type)
    try expect(try SafetensorsFile(path: path).tensor("image", as: Double.self).scalars == [1, 4, 1, 4, 2, 8])
  }
  // A file in memory: the length of the header, the header, two whole numbers.
  let header = #"{"count":{"dtype":"I16","shape":[2],"data_offsets":[0,4]}}"#
  let inMemory = try SafetensorsFile(
    bytes: [UInt8(header.utf8.count)] + [0, 0, 0, 0, 0, 0, 0] + header.utf8 + [5, 0, 255, 255])
  try expect(try inMemory.tensor("count", as: Float.self).scalars == [5, -1])
  do {
    _ = try file.tensor("other", as: Float.self)
  } catch {
    switch error {
    case .missingName(_, let name, let available): try expect(name == "other" && available == ["image"])
    default: try expect(false)
    }
  }
}

/// For a program that loads this library: a call that workers help with.
@_cdecl("convolve_on_two_threads")
public func convolveOnTwoThreads() -> Bool {
  guard let device = try? Device.cpu(threads: 2),
    let layer = try? Conv2d<Float>(inputChannels: 16, outputChannels: 16, kernelSize: 3, padding: 1, device: device),
    let image = try? Tensor<Float>(repeating: 0.5, shape: [16, 64, 64])
  else { return false }
  return (0..<20).allSatisfy { _ in (try? layer(image)) != nil }
}
