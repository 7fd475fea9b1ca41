/// What the command line asks for.
struct Options {
  var cases = 2000
  var seed = UInt64.random(in: 0..<1 << 32)
  /// For how long the cases are repeated, to see whether memory grows.
  var soakMinutes: Int?
  var isVerbose = false

  static let usage = "usage: fuzz-layers [--cases COUNT] [--seed SEED] [--soak MINUTES] [--verbose]"

  /// `nil` for a command line that cannot be understood.
  init?(arguments: some Sequence<String>) {
    var arguments = arguments.makeIterator()
    while let argument = arguments.next() {
      switch argument {
      case "--cases":
        guard let cases = arguments.next().flatMap({ Int($0) }), cases >= 0 else { return nil }
        self.cases = cases
      case "--seed":
        guard let seed = arguments.next().flatMap({ UInt64($0) }) else { return nil }
        self.seed = seed
      case "--soak":
        guard let minutes = arguments.next().flatMap({ Int($0) }), minutes > 0 else { return nil }
        soakMinutes = minutes
      case "--verbose": isVerbose = true
      default: return nil
      }
    }
  }
}
