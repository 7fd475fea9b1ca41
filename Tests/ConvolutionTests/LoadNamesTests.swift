import Convolution
import Testing

/// What loading says of names, and modules that load in a way of their own.
@Suite struct LoadNamesTests {
  @Test func namesThatDiffer() throws {
    var layer = try Conv2d<Float>(inputChannels: 1, outputChannels: 2, kernelSize: 1)
    let entries = try ["weight": Tensor<Float>(zeros: [2, 1, 1, 1]), "b": Tensor(zeros: []), "a": Tensor(zeros: [3])]
    let names = try layer.load(entries, strict: false)
    #expect(names.missing == ["bias"] && names.unexpected == ["a", "b"])
    #expect(layer.weight.value == entries["weight"])
    // The result may be left alone, through a module of any type too.
    try layer.load(entries, strict: false)
    var module: any Module<Float> = layer
    try module.load(entries, strict: false)
    let again = try module.load(entries, strict: false)
    #expect(again == names)
    let all = try layer.load(layer.stateDictionary, strict: true)
    #expect(all.missing.isEmpty && all.unexpected.isEmpty)
    let more = layer.stateDictionary.merging(["a": try Tensor(zeros: [])]) { old, _ in old }
    #expect(throws: ConvolutionError.stateDictionaryMismatch(missing: [], unexpected: ["a"], misshaped: [])) {
      try layer.load(more)
    }
  }

  /// A client's module, written against version 0.1: its `load` has no result, and is what everybody calls.
  struct Renaming: Module {
    var layer: Conv2d<Float>
    var loads = 0

    func forward(_ input: Tensor<Float>) throws -> Tensor<Float> { try layer(input) }

    mutating func forEachParameter<E: Error>(
      _ body: (String, inout Parameter<Float>) throws(E) -> Void
    ) throws(E) { try layer.forEachParameter(body) }

    mutating func load(_ stateDictionary: [String: Tensor<Float>], strict: Bool) throws(ConvolutionError) {
      loads += 1
      var renamed: [String: Tensor<Float>] = [:]
      for (name, tensor) in stateDictionary { renamed[name == "kernel" ? "weight" : name] = tensor }
      try layer.load(renamed, strict: strict)
    }
  }

  @Test func aModuleThatLoadsInItsOwnWay() throws {
    var module = Renaming(
      layer: try Conv2d<Float>(inputChannels: 1, outputChannels: 2, kernelSize: 1, bias: false))
    let entries = try ["kernel": Tensor<Float>(repeating: 7, shape: [2, 1, 1, 1])]
    try module.load(entries, strict: true)
    #expect(module.loads == 1 && module.layer.weight.value == entries["kernel"])
    try module.load(entries)
    #expect(module.loads == 2)
    func load(_ module: inout some Module<Float>) throws -> IncompatibleNames {
      try module.load(entries, strict: true)
      return try module.load(entries, strict: false)
    }
    let names = try load(&module)
    #expect(module.loads == 4)
    #expect(names.missing == ["weight"] && names.unexpected == ["kernel"])
    var any: any Module<Float> = module
    try any.load(entries, strict: true)
    #expect((any as? Renaming)?.loads == 5)
  }
}
