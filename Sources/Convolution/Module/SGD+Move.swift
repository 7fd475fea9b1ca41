extension SGD {
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func move(_ value: inout Tensor<Scalar>, along gradient: Tensor<Scalar>) {
    precondition(value.shape == gradient.shape)
    value.withUnsafeMutableBufferPointer { p in
      gradient.withUnsafeBufferPointer { g in
        for index in p.indices {
          unsafe p[index] -= learningRate * direction(g[index], at: p[index])
        }
      }
    }
  }

  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func move(
    _ value: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, velocity: inout Tensor<Scalar>, isFirst: Bool
  ) {
    precondition(value.shape == gradient.shape && value.shape == velocity.shape)
    value.withUnsafeMutableBufferPointer { p in
      velocity.withUnsafeMutableBufferPointer { v in
        gradient.withUnsafeBufferPointer { g in
          for index in p.indices {
            let direction = unsafe direction(g[index], at: p[index])
            let velocity = unsafe isFirst ? direction : momentum * v[index] + (1 - dampening) * direction
            unsafe v[index] = velocity
            unsafe p[index] -= learningRate * (nesterov ? direction + momentum * velocity : velocity)
          }
        }
      }
    }
  }

  /// `d` of the formula. Without decay the parameter is not looked at, so that an infinite one stays infinite.
  @inline(__always)
  private func direction(_ gradient: Scalar, at value: Scalar) -> Scalar {
    weightDecay == 0 ? gradient : gradient + weightDecay * value
  }
}
