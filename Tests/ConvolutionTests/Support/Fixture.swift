import Foundation

/// Files that lie beside the tests, each with the script that made it.
enum Fixture {
  /// A file's bytes; stops the tests when it is not there, for without it they would check nothing.
  static func data(_ name: String) -> Data {
    guard let url = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil) else {
      fatalError("no fixture \(name) in \(Bundle.module.bundlePath)")
    }
    do {
      return try Data(contentsOf: url)
    } catch {
      fatalError("fixture \(name): \(error)")
    }
  }
}
