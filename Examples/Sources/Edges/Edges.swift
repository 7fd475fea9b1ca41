import ArgumentParser
import Convolution
import Pictures

/// Filters a photograph with a convolution of each of its colours.
@main struct Edges: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edges",
    abstract: "Filter a PNG picture by convolution.",
    discussion: """
      edges photo.png edges.png
      edges photo.png blurred.png --filter blur --padding-mode zeros
      edges photo.png outlines.png --kernel "0 1 0; 1 -4 1; 0 1 0"
      edges photo.png sheet.png --filter blur --sheet
      """)

  @Argument(help: "The picture to read.") var input: String
  @Argument(help: "The PNG file to write. It is replaced only by a whole picture.") var output: String

  @Option(help: "The filter.") var filter = FilterName.sobel
  // The next argument whatever it is: a kernel may begin with a minus.
  @Option(
    parsing: .unconditional, help: "A filter of your own: rows of numbers, with semicolons between the rows.")
  var kernel: String?
  @Option(help: "What stands beyond the border: \(PaddingMode.allCases.map(\.rawValue).joined(separator: ", ")).")
  var paddingMode = PaddingMode.replicate.rawValue

  @Flag(help: "Show what the four padding modes put beyond the border, and what the filter makes of it.")
  var sheet = false
  @Option(help: "How many times the sheet enlarges the picture: 1 to 32.") var scale = 8

  func run() throws {
    let filter = try kernel.map { ImageFilter(kernels: [try KernelText.kernel($0)]) } ?? self.filter.filter
    let mode = try PaddingMode(paddingMode)
    guard 1...32 ~= scale else { throw EdgesError.scale(scale) }
    let picture = try PNGFile.read(path: input)
    let result = sheet ? try Sheet(scale: scale).draw(picture, filter) : try filter.apply(to: picture, mode)
    try PNGFile.write(result, path: output)
  }
}
