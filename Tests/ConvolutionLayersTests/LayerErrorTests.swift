import Convolution
import ConvolutionLayers
import Testing

/// What each layer refuses, at its making or at its use.
@Suite struct LayerErrorTests {
  @Test func settingsOutsideTheirRange() {
    func refuses(_ name: String, sourceLocation: SourceLocation = #_sourceLocation, _ make: () throws -> Any) {
      do {
        _ = try make()
        Issue.record("accepted", sourceLocation: sourceLocation)
      } catch {
        switch error as? ConvolutionError {
        case .valueOutOfRange(name, _, _), .invalidSetting(name, _, _), .unknownName(name, _, _): break
        default: Issue.record("\(error)", sourceLocation: sourceLocation)
        }
      }
    }
    refuses("kernelSize") { try MaxPool2d<Float>(kernelSize: 0) }
    refuses("kernelSize") { try AvgPool2d<Float>(kernelSize: Size2d(2, -1)) }
    refuses("stride") { try MaxPool2d<Float>(kernelSize: 2, stride: 0) }
    refuses("dilation") { try MaxPool2d<Float>(kernelSize: 2, dilation: 0) }
    refuses("padding") { try MaxPool2d<Float>(kernelSize: 2, padding: 2) }
    refuses("padding") { try AvgPool2d<Float>(kernelSize: 3, padding: -1) }
    refuses("divisorOverride") { try AvgPool2d<Float>(kernelSize: 2, divisorOverride: 0) }
    refuses("outputSize") { try AdaptiveAvgPool2d<Float>(outputSize: 0) }
    refuses("outputSize") { try AdaptiveAvgPool2d<Float>(outputSize: Size2d(1, -1)) }
    refuses("channels") { try BatchNorm2d<Float>(channels: 0) }
    refuses("eps") { try BatchNorm2d<Float>(channels: 1, eps: -1) }
    refuses("eps") { try BatchNorm2d<Float>(channels: 1, eps: .nan) }
    refuses("momentum") { try BatchNorm2d<Float>(channels: 1, momentum: 1.5) }
    refuses("momentum") { try BatchNorm2d<Float>(channels: 1, momentum: .nan) }
    refuses("size") { try Upsample<Float>(size: 0) }
    refuses("scaleFactor") { try Upsample<Float>(scaleFactor: 0) }
    refuses("scaleFactor") { try Upsample<Float>(scaleFactor: .infinity) }
    refuses("scaleFactor") { try Upsample<Float>(heightFactor: 2, widthFactor: .nan) }
    refuses("alignCorners") { try Upsample<Float>(scaleFactor: 2, alignCorners: false) }
    refuses("mode") { try UpsampleMode("bicubic") }
    refuses("parameterCount") { try PReLU<Float>(parameterCount: 0) }
    refuses("p") { try Dropout<Float>(p: 1.1) }
    refuses("p") { try Dropout<Float>(p: .nan) }
    refuses("approximate") { try GELU<Float>.Approximation("sigmoid") }
    refuses("reduction") { try CrossEntropyLoss<Float>.Reduction("none") }
    refuses("padding") {
      try Conv1d<Float>(
        inputChannels: 1, outputChannels: 1, kernelSize: 3, padding: .explicit(top: 1, bottom: 0, left: 1, right: 1))
    }
    #expect(throws: ConvolutionError.self) { try Linear<Float>(inputFeatures: 0, outputFeatures: 1) }
    #expect(throws: ConvolutionError.self) { try Conv1d<Float>(inputChannels: 1, outputChannels: 1, kernelSize: 0) }
  }

  /// Shapes that a layer cannot take: forward and backward refuse them alike.
  @Test func inputsOfTheWrongShape() throws {
    let cases: [(any Module<Float>, [Int])] = try [
      (MaxPool2d<Float>(kernelSize: 2), [4, 4]), (MaxPool2d<Float>(kernelSize: 2), [1, 1, 1, 4, 4]),
      (MaxPool2d<Float>(kernelSize: 3), [1, 2, 2, 4]), (MaxPool2d<Float>(kernelSize: 2), [1, 2, 0, 4]),
      (MaxPool2d<Float>(kernelSize: 3, dilation: Size2d(.max, 1)), [1, 2, 4, 4]),
      (AvgPool2d<Float>(kernelSize: 5), [3, 4, 4]), (AvgPool2d<Float>(kernelSize: 5), [5]),
      (AdaptiveAvgPool2d<Float>(outputSize: 2), [2, 2]), (AdaptiveAvgPool2d<Float>(outputSize: 2), [1, 2, 3, 0]),
      (AdaptiveAvgPool2d<Float>(outputSize: .max), [1, 2, 3, 3]),
      (BatchNorm2d<Float>(channels: 3), [3, 4, 4]), (BatchNorm2d<Float>(channels: 3), [1, 2, 4, 4]),
      (BatchNorm2d<Float>(channels: 3), [1, 3, 1, 1]), (BatchNorm2d<Float>(channels: 3), [0, 3, 2, 2]),
      (Upsample<Float>(scaleFactor: 2), [2, 2]), (Upsample<Float>(scaleFactor: 0.1), [1, 1, 4, 4]),
      (Upsample<Float>(scaleFactor: 1e300), [1, 1, 4, 4]), (Upsample<Float>(scaleFactor: 1e17), [1, 1, 4, 4]),
      (Upsample<Float>(size: 4), [1, 1, 0, 4]),
      (Linear<Float>(inputFeatures: 3, outputFeatures: 2), [2, 4]),
      (Linear<Float>(inputFeatures: 3, outputFeatures: 2), []),
      (Conv1d<Float>(inputChannels: 2, outputChannels: 2, kernelSize: 3), [1, 3, 9]),
      (Conv1d<Float>(inputChannels: 2, outputChannels: 2, kernelSize: 3), [1, 1, 2, 9]),
      (Conv1d<Float>(inputChannels: 2, outputChannels: 2, kernelSize: 3), [1, 2, 2]),
      (PReLU<Float>(parameterCount: 3), [2, 2, 3]), (PReLU<Float>(parameterCount: 3), [3]),
      (Flatten<Float>(), [3]), (Flatten<Float>(startDim: 2, endDim: 1), [1, 2, 3]),
      (Flatten<Float>(startDim: -4), [1, 2, 3]),
    ]
    for (layer, shape) in cases {
      var module = layer
      let name = "\(layer.description) \(shape)"
      let before = module.stateDictionary
      let input = try Tensor<Float>(repeating: 1, shape: shape)
      #expect(throws: ConvolutionError.self, "\(name)") { _ = try module.forward(input) }
      #expect(throws: ConvolutionError.self, "\(name)") {
        _ = try module.backward(input, at: input, for: .all)
      }
      #expect(module.stateDictionary == before)
      module.forEachParameter { _, parameter in #expect(parameter.gradient == nil) }
    }
  }

  @Test func parametersOfTheWrongShape() throws {
    let wrong = try Parameter(Tensor<Float>(zeros: [5]))
    let input = try Tensor<Float>(repeating: 1, shape: [2, 3, 4, 4])
    var norm = try BatchNorm2d<Float>(channels: 3)
    norm.runningMean = wrong
    #expect(throws: ConvolutionError.shapeMismatch(name: "runningMean", expected: "[3]", actual: [5])) {
      _ = try norm.forward(input)
    }
    var slopes = try PReLU<Float>(parameterCount: 3)
    slopes.weight = wrong
    #expect(throws: ConvolutionError.self) { _ = try slopes.forward(input) }
    var linear = try Linear<Float>(inputFeatures: 4, outputFeatures: 2)
    linear.weight = wrong
    #expect(throws: ConvolutionError.self) { _ = try linear.forward(input) }
    linear = try Linear(inputFeatures: 4, outputFeatures: 2)
    linear.weight.gradient = wrong.value
    let before = linear
    #expect(throws: ConvolutionError.self) {
      _ = try linear.backward(Tensor(zeros: [2, 3, 4, 2]), at: input, for: .all)
    }
    #expect(linear.weight == before.weight && linear.bias == before.bias)
  }

  @Test func labels() throws {
    let loss = CrossEntropyLoss<Float>(ignoreIndex: 7)
    let scores = try Tensor<Float>(zeros: [2, 3])
    #expect(try loss(scores, labels: [7, 2]).isFinite)
    #expect(throws: ConvolutionError.valueOutOfRange(name: "labels[1]", expected: "from 0 to 2", actual: [3])) {
      _ = try loss(scores, labels: [0, 3])
    }
    #expect(throws: ConvolutionError.self) { _ = try loss(scores, labels: [0, -1]) }
    #expect(throws: ConvolutionError.self) { _ = try loss(scores, labels: [0]) }
    #expect(throws: ConvolutionError.self) { _ = try loss(Tensor(zeros: []), labels: [0]) }
    #expect(throws: ConvolutionError.self) { _ = try loss(Tensor(zeros: [2, 0]), labels: [0, 0]) }
  }
}
