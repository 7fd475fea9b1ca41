@testable import Convolution
import ConvolutionLayers
import Testing

/// What every layer must do, whatever it computes.
@Suite struct EveryLayerTests {
  @Test func gradientsAreThoseOfCentralDifferences() throws {
    for layer in try EveryLayer<Double>.all() where !(layer.module is Dropout<Double>) {
      func check(_ module: some Module<Double>) throws {
        var module = module
        try expectDifferencesToAgree(&module, at: layer.input())
      }
      try check(layer.module)
    }
  }

  @Test func threadsChangeNothing() throws {
    func results<Scalar: ConvolutionScalar>(_: Scalar.Type, threads: Int) throws -> [[Tensor<Scalar>]] {
      try EveryLayer<Scalar>.all(device: .cpu(threads: threads), scale: 24).map { layer in
        var module = layer.module
        let input = try layer.input()
        let output = try module.forward(input)
        let inputGradient = try module.backward(random(output.shape, seed: 5, as: Scalar.self), at: input, for: .all)
        var results = [output, try #require(inputGradient)]
        module.forEachParameter { _, parameter in
          results.append(parameter.value)
          if let gradient = parameter.gradient { results.append(gradient) }
        }
        return results
      }
    }
    let (floats, doubles) = (try results(Float.self, threads: 1), try results(Double.self, threads: 1))
    for threads in [2, 3] {
      #expect(try results(Float.self, threads: threads) == floats)
      #expect(try results(Double.self, threads: threads) == doubles)
    }
  }

  @Test func emptyBatches() throws {
    for layer in try EveryLayer<Float>.all() where !(layer.module is BatchNorm2d<Float>) {
      var module = layer.module
      let input = try Tensor<Float>(zeros: [0] + layer.shape.dropFirst())
      let output = try module.forward(input)
      #expect(output.shape[0] == 0, "\(layer)")
      #expect(try module.backward(output, at: input, for: .all)?.shape == input.shape, "\(layer)")
      module.forEachParameter { name, parameter in
        #expect(parameter.gradient?.scalars.allSatisfy { $0 == 0 } ?? !parameter.requiresGradient, "\(layer) \(name)")
      }
    }
    var norm = try BatchNorm2d<Float>(channels: 4)
    norm.setTraining(false)
    #expect(try norm.forward(Tensor(zeros: [0, 4, 3, 3])).shape == [0, 4, 3, 3])
  }

  /// What is not asked for is not computed, and a parameter that requires no gradient gets none.
  @Test func targets() throws {
    for layer in try EveryLayer<Double>.all() {
      var module = layer.module
      let input = try layer.input()
      let outputGradient = try random(module.forward(input).shape, seed: 5)
      #expect(try module.backward(outputGradient, at: input, for: []) == nil, "\(layer)")
      module.forEachParameter { name, parameter in
        #expect(parameter.gradient == nil, "\(layer) \(name)")
        parameter.requiresGradient = false
      }
      #expect(try module.backward(outputGradient, at: input, for: .all) != nil, "\(layer)")
      module.forEachParameter { name, parameter in #expect(parameter.gradient == nil, "\(layer) \(name)") }
    }
  }

  /// Gradients add up; those of the same batch twice are twice those of one.
  @Test func gradientsAccumulate() throws {
    for layer in try EveryLayer<Double>.all() {
      var module = layer.module
      let input = try layer.input()
      let outputGradient = try random(module.forward(input).shape, seed: 5)
      _ = try module.backward(outputGradient, at: input, for: .all)
      var once: [String: [Double]] = [:]
      module.forEachParameter { name, parameter in once[name] = parameter.gradient?.scalars }
      _ = try module.backward(outputGradient, at: input, for: .all)
      module.forEachParameter { name, parameter in
        #expect(parameter.gradient?.scalars == once[name]?.map { 2 * $0 }, "\(layer) \(name)")
      }
    }
  }

  @Test func wrongGradientsAreRefused() throws {
    for layer in try EveryLayer<Double>.all() {
      var module = layer.module
      let input = try layer.input()
      let before = module.stateDictionary
      let wrong = try Tensor<Double>(zeros: module.forward(input).shape + [2])
      for targets in [GradientTargets.all, [], .weight] {
        #expect(throws: ConvolutionError.self, "\(layer)") { _ = try module.backward(wrong, at: input, for: targets) }
      }
      #expect(module.stateDictionary == before, "\(layer)")
      module.forEachParameter { name, parameter in #expect(parameter.gradient == nil, "\(layer) \(name)") }
    }
  }

  /// Each allocation of a pass fails once: an error comes, and the layer is as it was.
  @Test func memoryThatCannotBeHad() throws {
    for layer in try EveryLayer<Double>.all() {
      let input = try layer.input()
      let outputGradient = try random(layer.module.forward(input).shape, seed: 5)
      for permitted in 0..<40 {
        var module = layer.module
        let before = module.stateDictionary
        let trial = AllocationTrial(permitting: permitted)
        let failed = AllocationTrial.$current.withValue(trial) {
          do {
            _ = try module.backward(outputGradient, at: input, for: .all)
            return false
          } catch {
            guard case .outOfMemory? = error as? ConvolutionError else {
              Issue.record("\(layer): \(error)")
              return true
            }
            return true
          }
        }
        #expect(failed == (trial.remaining < 0), "\(layer), \(permitted)")
        guard failed else { break }
        #expect(permitted < 39, "\(layer)")
        #expect(module.stateDictionary == before, "\(layer), \(permitted)")
        module.forEachParameter { name, parameter in #expect(parameter.gradient == nil, "\(layer) \(name)") }
      }
    }
  }
}
