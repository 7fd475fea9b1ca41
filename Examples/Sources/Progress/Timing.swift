/// What a function gives, and how many seconds the fastest of several calls of it took.
package func timing<Result>(runs: Int, _ body: () throws -> Result) rethrows -> (result: Result, seconds: Double) {
  func once() throws -> (result: Result, seconds: Double) {
    let start = ContinuousClock.now
    let result = try body()
    return (result, start.duration(to: .now) / .seconds(1))
  }
  var best = try once()
  for _ in 1..<max(runs, 1) {
    let next = try once()
    if next.seconds < best.seconds { best = next }
  }
  return best
}
