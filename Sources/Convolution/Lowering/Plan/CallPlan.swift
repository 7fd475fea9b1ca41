/// All that a call needs to know before it computes: sizes, checked, and algorithms. Kept with the weight for the next call,
/// which is the same more often than not.
final class CallPlan: Sendable {
  /// What a plan depends on.
  struct Key: Sendable, Equatable {
    let configuration: ConvolutionConfiguration
    let algorithm: ConvolutionAlgorithm
    let precision: Precision
    let inputShape, weightShape: [Int]
    let biasShape: [Int]?
  }

  let key: Key
  let geometry: Geometry
  let plan: LayerPlan
  let forward: LayerPlan.Prepared

  /// - Throws: A ``ConvolutionError`` for shapes that the configuration cannot convolve, and for a forced algorithm that cannot
  ///   serve them.
  init<Scalar: ConvolutionScalar>(_ key: Key, of scalar: Scalar.Type) throws(ConvolutionError) {
    try key.configuration.check(weightShape: key.weightShape, biasShape: key.biasShape)
    self.key = key
    geometry = try Geometry(key.configuration, inputShape: key.inputShape, of: scalar)
    plan = try LayerPlan(geometry, scalar: scalar, algorithm: key.algorithm, precision: key.precision)
    forward = plan.prepared
  }
}
