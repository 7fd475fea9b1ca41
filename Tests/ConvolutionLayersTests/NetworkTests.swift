import Convolution
import ConvolutionIO
import ConvolutionLayers
import Foundation
import Testing

private let folder = ProcessInfo.processInfo.environment["CONVOLUTION_NETWORKS_FOLDER"]

/// A ResNet-18 and a U-Net against PyTorch's: text, outputs, and the weights after one step of training, from the files
/// that `Scripts/check_networks.py` wrote.
@Suite(.enabled(if: folder != nil, "run by Scripts/check-interoperation"))
struct NetworkTests {
  @Test func resNet() throws {
    try check(ResNet<Double>(classes: 10), "resnet18", tolerance: 1e-10)
    try check(ResNet<Float>(classes: 10), "resnet18", tolerance: 1e-3)
  }

  @Test func uNet() throws {
    try check(unet(of: Double.self), "unet", tolerance: 1e-10)
    try check(unet(of: Float.self), "unet", tolerance: 1e-3)
  }

  private func check<M: Module>(_ module: M, _ name: String, tolerance: Double) throws {
    typealias Scalar = M.Scalar
    let path = "\(try #require(folder))/\(name)"
    var network = module
    #expect(network.description == (try String(contentsOfFile: "\(path).txt", encoding: .utf8)))
    try network.load(SafetensorsFile(path: "\(path).before.safetensors"))
    let results = try SafetensorsFile(path: "\(path).results.safetensors")
    let input = try results.tensor("input", as: Scalar.self)
    let labels = try results.tensor("labels", as: Scalar.self).scalars.map { Int($0) }

    network.setTraining(false)
    try expect(network.forward(input), results.tensor("evaluated", as: Double.self), tolerance, "evaluated")
    network.setTraining(true)
    let trace = try network.trace(at: input)
    try expect(trace.output, results.tensor("trained", as: Double.self), tolerance, "trained")
    let (loss, gradient) = try CrossEntropyLoss<Scalar>().valueWithGradient(of: trace.output, labels: labels)
    #expect(abs(loss - (try results.tensor("loss", as: Double.self).scalars[0])) <= tolerance)
    try network.backward(gradient, through: trace)
    var optimizer = try SGD<Scalar>(learningRate: 0.05, momentum: 0.9, weightDecay: 1e-4)
    try optimizer.step(&network)
    let after = try SafetensorsFile(path: "\(path).after.safetensors")
    #expect(Set(after.names) == Set(network.stateDictionary.keys))
    for (key, value) in network.stateDictionary {
      try expect(value, after.tensor(key, as: Double.self), tolerance, key)
    }
  }

  private func expect<Scalar>(
    _ actual: Tensor<Scalar>, _ expected: Tensor<Double>, _ tolerance: Double, _ name: String
  ) throws {
    try #require(actual.shape == expected.shape)
    let most = expected.scalars.reduce(1e-3) { max($0, abs($1)) }
    let worst = zip(actual.scalars, expected.scalars).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
    #expect(worst <= tolerance * most, "\(name)")
  }
}
