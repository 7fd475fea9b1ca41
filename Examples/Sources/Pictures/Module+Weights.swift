package import Convolution
import ConvolutionIO

extension Module {
  /// Takes every weight of a safetensors file, and refuses one of another network in one line.
  package mutating func load(path: String, of name: String) throws {
    let file = try SafetensorsFile(path: path)
    let names = Set(stateDictionary.keys)
    guard names == Set(file.names) else {
      throw PictureError.otherNetwork(
        path: path, name: name, expected: names.count, actual: file.names.count,
        common: names.intersection(file.names).count)
    }
    try load(file)
  }
}
