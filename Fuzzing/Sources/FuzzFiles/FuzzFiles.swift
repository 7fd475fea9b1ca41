import Convolution

@testable import ConvolutionIO

/// Reads the bytes as a safetensors and as a .npy file, in both precisions: called by libFuzzer with one input after another.
@_cdecl("LLVMFuzzerTestOneInput")
public func readFiles(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe FileBytes(Array(UnsafeBufferPointer(start: start, count: count)), path: "input")
  do throws(FileFormatError) {
    let file = try SafetensorsFile(bytes)
    for entry in file.entries where entry.dataType.isReadable {
      _ = try file.tensor(entry.name, as: Float.self)
      _ = try file.tensor(entry.name, as: Double.self)
    }
  } catch {
    // The message is made of the file's strings, and must hold on one line whatever they are.
    precondition(!error.description.contains { $0.isNewline })
  }
  do throws(FileFormatError) {
    let _: Tensor<Float> = try NumPyFile.read(bytes)
    let _: Tensor<Double> = try NumPyFile.read(bytes)
  } catch {
    precondition(!error.description.contains { $0.isNewline })
  }
  return 0
}
