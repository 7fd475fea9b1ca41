import ReferenceConvolution

/// The same work for a long time, and how much memory grew by it.
struct Soak {
  let minutes: Int

  /// - Returns: By how many bytes what is resident grew after the first minute.
  func repeating(_ work: () -> Void) -> Int {
    let start = ContinuousClock.now
    var settled: Int?
    while ContinuousClock.now < start + .seconds(60 * minutes) {
      work()
      if settled == nil, ContinuousClock.now > start + .seconds(60) { settled = ResidentMemory.current }
    }
    return ResidentMemory.current - (settled ?? ResidentMemory.current)
  }
}
