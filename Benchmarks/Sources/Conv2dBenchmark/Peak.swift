import ArgumentParser

/// The yardstick of `make bench-peers`.
struct Peak: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print how many operations a second cblas_sgemm reaches at its best.", shouldDisplay: false)

  @Option(help: "Products at a time, one on each thread.")
  var threads = 1

  func validate() throws {
    guard threads >= 1 else { throw ValidationError("--threads must be at least 1") }
  }

  func run() {
    print(GemmPeak.measure(Float.self, threads: threads).operationsPerSecond)
  }
}
