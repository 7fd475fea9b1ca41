import Convolution
import ConvolutionIO
import Testing

/// Files that the Python package `safetensors` wrote.
@Suite struct SafetensorsFixtureTests {
  @Test func floatsNamesAndMetadata() throws {
    let file = try SafetensorsFile(path: fixture("float32.safetensors"))
    #expect(Set(file.names) == ["a", "b.scalar", "b.empty"])
    #expect(file.metadata == ["format": "np", "quote\"\\\n": "é 漢 😀"])
    #expect(try file.tensor("a", as: Float.self) == ramp([2, 3]))
    #expect(try file.tensor("a", as: Double.self) == ramp([2, 3]))
    #expect(try file.tensors(prefix: "b.") == ["scalar": ramp([], as: Float.self), "empty": ramp([0, 4])])
    #expect(try file.tensors(prefix: "c", as: Float.self).isEmpty)
  }

  @Test func doubles() throws {
    let file = try SafetensorsFile(path: fixture("float64.safetensors"))
    #expect(try file.tensor("a", as: Double.self) == ramp([2, 3]))
    #expect(try file.tensor("a", as: Float.self) == ramp([2, 3]))
  }

  @Test func noTensors() throws {
    let file = try SafetensorsFile(path: fixture("empty.safetensors"))
    #expect(file.names.isEmpty && file.metadata.isEmpty)
  }

  /// The same ten numbers in 16 bits: signs, subnormals, the largest, infinities and NaN.
  @Test(arguments: ["half", "brain"]) func sixteenBits(_ name: String) throws {
    let file = try SafetensorsFile(path: fixture("types.safetensors"))
    let scalars = try file.tensor(name, as: Float.self).scalars
    let half: [Float] = [0, -0.0, 1, -2.5, 0x1p-14, 0x1p-24, 65504, .infinity, -.infinity]
    // bfloat16 keeps 8 bits of each number: 65504 rounds to 65536, the two small ones are powers of two.
    let brain: [Float] = [0, -0.0, 1, -2.5, 0x1p-14, 0x1p-24, 65536, .infinity, -.infinity]
    #expect(scalars.dropLast().map(\.bitPattern) == (name == "half" ? half : brain).map(\.bitPattern))
    #expect(scalars.last?.isNaN == true)
    #expect(try file.tensor(name, as: Double.self).scalars.dropLast() == scalars.dropLast().map(Double.init)[...])
  }

  @Test(arguments: ["float8", "bool", "complex"])
  func otherTypesAreListedAndRefused(_ name: String) throws {
    let file = try SafetensorsFile(path: fixture("types.safetensors"))
    let entry = try #require(file.entries.first { $0.name == name })
    #expect(!entry.dataType.isReadable)
    #expect(
      throws: FileFormatError.unsupportedDataType(
        path: fixture("types.safetensors"), name: name,
        supported: ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8"],
        actual: entry.dataType.rawValue)
    ) { try file.tensor(name, as: Float.self) }
  }

  @Test func aMissingNameIsNamed() throws {
    let file = try SafetensorsFile(path: fixture("float64.safetensors"))
    let error = #expect(throws: FileFormatError.self) { try file.tensor("weight", as: Float.self) }
    #expect(error?.description.hasSuffix(#"expected a tensor named "weight", got "a""#) == true)
  }

  /// PyTorch's weights give PyTorch's output: grouped, strided, dilated, reflected.
  @Test func aConvolutionOfPyTorch() throws {
    let file = try SafetensorsFile(path: fixture("network.safetensors"))
    var layer = try Conv2d<Float>(
      inputChannels: 4, outputChannels: 6, kernelSize: Size2d(3, 2), stride: Size2d(2, 1),
      padding: .symmetric(Size2d(1, 2)), dilation: Size2d(1, 2), groups: 2, paddingMode: .reflect)
    try layer.load(file, prefix: "features.0.")
    let input = try NumPyFile.read(path: fixture("network-input.npy"), as: Float.self)
    let expected = try NumPyFile.read(path: fixture("network-output.npy"), as: Double.self)
    let output = try layer(input)
    #expect(output.shape == expected.shape)
    let errors = zip(output.scalars, expected.scalars).map { abs(Double($0) - $1) }
    // 13 products of numbers about 1 in Float: a few units of 2⁻²⁴ each.
    #expect(errors.count == expected.scalars.count && errors.allSatisfy { $0 < 2e-6 })
  }

  @Test func loadingIsAllOrNothing() throws {
    let file = try SafetensorsFile(path: fixture("network.safetensors"))
    var layer = try Conv2d<Float>(inputChannels: 4, outputChannels: 6, kernelSize: 3)
    let before = layer.stateDictionary
    let error = #expect(throws: FileFormatError.self) { try layer.load(file, prefix: "features.0.") }
    guard case .convolution(_, .stateDictionaryMismatch(_, _, let misshaped)) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(misshaped.map(\.name) == ["weight"])
    #expect(layer.stateDictionary == before)
    #expect(throws: FileFormatError.self) { try layer.load(file, prefix: "nowhere.") }
    // Under a wrong prefix nothing is loaded: the result says so.
    let names = try layer.load(file, prefix: "nowhere.", strict: false)
    #expect(names.missing == ["weight", "bias"] && names.unexpected.isEmpty)
    #expect(layer.stateDictionary == before)
  }

  /// Names and shapes come first, all of them at once; no tensor is read for a complaint about its type.
  @Test func everyUnexpectedNameIsNamed() throws {
    let tensors = ["weight", "float8", "a"].sorted().enumerated().map { index, name in
      #""\#(name)":{"dtype":"\#(name == "float8" ? "F8_E4M3" : "BOOL")","shape":[1],"data_offsets":[\#(index),\#(index + 1)]}"#
    }
    let file = try SafetensorsFile(bytes: safetensors("{\(tensors.joined(separator: ","))}", data: 3))
    var layer = try Conv2d<Float>(inputChannels: 6, outputChannels: 6, kernelSize: 1)
    let misshaped = ConvolutionError.MisshapedEntry(name: "weight", expected: [6, 6, 1, 1], actual: [1])
    #expect(
      throws: FileFormatError.convolution(
        path: "bytes in memory",
        .stateDictionaryMismatch(missing: ["bias"], unexpected: ["a", "float8"], misshaped: [misshaped]))
    ) { try layer.load(file) }
    let network = try SafetensorsFile(path: fixture("network.safetensors"))
    let batchNorm = ["bias", "num_batches_tracked", "running_mean", "running_var", "weight"].map { "1.\($0)" }
    #expect(
      throws: FileFormatError.convolution(
        path: fixture("network.safetensors"),
        .stateDictionaryMismatch(
          missing: ["weight", "bias"], unexpected: ["0.bias", "0.weight"] + batchNorm, misshaped: []))
    ) { try layer.load(network, prefix: "features.") }
    let names = try layer.load(network, prefix: "features.", strict: false)
    #expect(names.missing == ["weight", "bias"] && names.unexpected == ["0.bias", "0.weight"] + batchNorm)
  }

  /// What is asked for and cannot be read is named by its type, and nothing is loaded.
  @Test func anExpectedTensorOfAnotherType() throws {
    let file = try SafetensorsFile(
      bytes: safetensors(#"{"weight":{"dtype":"BOOL","shape":[1,1,1,1],"data_offsets":[0,1]}}"#, data: 1))
    var layer = try Conv2d<Float>(inputChannels: 1, outputChannels: 1, kernelSize: 1, bias: false)
    let error = #expect(throws: FileFormatError.self) { try layer.load(file) }
    guard case .unsupportedDataType(_, "weight", _, "BOOL") = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    // What is not asked for need not be readable.
    let names = try layer.load(file, prefix: "w", strict: false)
    #expect(names.missing == ["weight"] && names.unexpected == ["eight"])
  }
}
