public import Convolution

/// A module that behaves differently during training: ``BatchNorm2d``, ``Dropout``.
///
/// `Module.setTraining(_:)` switches every such module of a network.
///
/// ```swift
/// var network = try Sequential<Float>([BatchNorm2d<Float>(channels: 3), Dropout<Float>(p: 0.5)])
/// network.setTraining(false)     // from here on it is used, not trained
/// ```
public protocol TrainingAware: Sendable {
  /// Whether the module is being trained; true at first, as in PyTorch.
  var isTraining: Bool { get set }
}

extension Module {
  /// Switches this module, and all that it is composed of, between training and evaluation: PyTorch's `train(_:)` and
  /// `eval()`.
  ///
  /// It reaches every ``TrainingAware`` module through ``CompositeModule``s, `Sequential` among them.
  public mutating func setTraining(_ isTraining: Bool) {
    if var module = self as? any TrainingAware {
      module.isTraining = isTraining
      self = module as! Self
    } else if var module = self as? any CompositeModule<Scalar> {
      for position in module.children.modules.indices { module.children[position].setTraining(isTraining) }
      self = module as! Self
    }
  }
}
