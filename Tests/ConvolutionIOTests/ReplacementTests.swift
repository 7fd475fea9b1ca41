import Convolution
import ConvolutionIO
import Glibc
import Testing

/// Writing: the new file whole, or the old one as it was, and never a temporary file left.
@Suite struct ReplacementTests {
  let folder: TemporaryFolder
  let tensor: Tensor<Float>

  init() throws {
    folder = try TemporaryFolder()
    tensor = try ramp([4, 4])
  }

  @Test func anOldFileIsReplacedAndKeepsItsPermissions() throws {
    let path = folder.file("a.npy")
    try NumPyFile.write(ramp([9], as: Float.self), path: path)
    unsafe chmod(path, 0o604)
    try NumPyFile.write(tensor, path: path)
    #expect(try NumPyFile.read(path: path, as: Float.self) == tensor)
    var properties = stat()
    unsafe stat(path, &properties)
    #expect(properties.st_mode & 0o777 == 0o604)
    #expect(folder.names == ["a.npy"])
  }

  @Test func aSymbolicLinkStays() throws {
    try NumPyFile.write(tensor, path: folder.file("target"))
    try #require(unsafe symlink("target", folder.file("link")) == 0)
    try NumPyFile.write(ramp([2], as: Float.self), path: folder.file("link"))
    #expect(try NumPyFile.read(path: folder.file("target"), as: Float.self) == ramp([2]))
    var properties = stat()
    unsafe lstat(folder.file("link"), &properties)
    #expect(properties.st_mode & S_IFMT == S_IFLNK)
  }

  @Test func aNameAsLongAsTheSystemAllows() throws {
    let path = folder.file(String(repeating: "n", count: 255))
    try SafetensorsFile.write(["a": tensor], path: path)
    #expect(try SafetensorsFile(path: path).tensor("a") == tensor)
  }

  @Test func devicesFoldersAndPipesAreNotFiles() throws {
    try #require(unsafe mkfifo(folder.file("pipe"), 0o600) == 0)
    for path in ["/dev/null", "/dev/zero", folder.path, folder.file("pipe")] {
      #expect(throws: FileFormatError.notARegularFile(path: path)) { try NumPyFile.write(tensor, path: path) }
      #expect(throws: FileFormatError.notARegularFile(path: path)) { try NumPyFile.read(path: path, as: Float.self) }
      #expect(throws: FileFormatError.notARegularFile(path: path)) { try SafetensorsFile(path: path) }
    }
    #expect(folder.names == ["pipe"])
  }

  @Test func missingFilesAndFolders() throws {
    let path = folder.file("nowhere/a.npy")
    for read in [true, false] {
      let error = #expect(throws: FileFormatError.self) {
        if read { _ = try NumPyFile.read(path: path, as: Float.self) } else { try NumPyFile.write(tensor, path: path) }
      }
      guard case .systemFailure(path, _, ENOENT) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(error?.description.hasSuffix("got \"No such file or directory\"") == true)
    }
    #expect(throws: FileFormatError.self) { try SafetensorsFile(path: "") }
    #expect(throws: FileFormatError.self) { try NumPyFile.write(tensor, path: "") }
  }

  @Test func theReservedName() {
    let path = folder.file("a")
    #expect(throws: FileFormatError.reservedName(path: path, name: "__metadata__")) {
      try SafetensorsFile.write(["__metadata__": tensor], path: path)
    }
    #expect(folder.names.isEmpty)
  }

  /// A limit on the size of files stands in for a full disk: writing fails in the midst of the data.
  @Test func aFullDisk() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let path = folder.file("a.safetensors")
      let old = try ramp([4], as: Float.self)
      try SafetensorsFile.write(["a": old], path: path)
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
      try #require(unsafe setrlimit(__rlimit_resource_t(1), &limit) == 0)
      let error = #expect(throws: FileFormatError.self) {
        try SafetensorsFile.write(["a": Tensor<Float>(zeros: [1 << 20])], path: path)
      }
      #expect(error == .systemFailure(path: path, operation: "write the file", code: EFBIG))
      #expect(try SafetensorsFile(path: path).tensor("a") == old)
      #expect(folder.names == ["a.safetensors"])
    }
  }
}
