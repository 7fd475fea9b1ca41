/// The times of repeated calls, in seconds.
struct Timing: Codable, Sendable {
  /// The first call, which derives what later calls keep: workspace, transformed filters.
  var first: Double
  /// The median of the calls after the first.
  var median: Double
  /// The shortest of the calls after the first.
  var shortest: Double
  /// How many calls there were after the first.
  var runs: Int
}

/// Repeats calls on the monotonic clock.
struct Stopwatch: Sendable {
  /// How long a measurement repeats its call, beyond the fewest runs.
  var seconds: Double
  var fewestRuns: Int

  func time(_ body: () throws -> Void) rethrows -> Timing {
    let first = try Self.seconds(body)
    var times: [Double] = []
    var total = 0.0
    while times.count < fewestRuns || (total < seconds && times.count < 10_000) {
      times.append(try Self.seconds(body))
      total += times[times.count - 1]
    }
    times.sort()
    return Timing(first: first, median: times[times.count / 2], shortest: times[0], runs: times.count)
  }

  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    try ContinuousClock().measure(body) / .seconds(1)
  }
}
