import ArgumentParser

@main
struct Conv2dBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conv2d-bench",
    abstract: "Times Conv2d on the layers of known networks, against seven plain loops and the machine's GEMM peak.",
    subcommands: [Run.self, Pixels.self, Serve.self, Peak.self], defaultSubcommand: Run.self)
}
