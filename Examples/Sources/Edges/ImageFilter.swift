import ArgumentParser
import Convolution
import Glibc

/// A filter that treats each colour of a picture by itself.
struct ImageFilter {
  /// One or more kernels `[height, width]`, all of one size. Of several results the magnitude √(a² + b² + …) is taken.
  var kernels: [Tensor<Float>]
  /// What is added to the result.
  var offset: Float = 0

  /// The filtered picture, as large as `picture`.
  ///
  /// - Parameters:
  ///   - picture: `[colours, height, width]`.
  ///   - mode: What the filter finds beyond the border.
  func apply(to picture: Tensor<Float>, _ mode: PaddingMode) throws -> Tensor<Float> {
    let colors = picture.shape[0]
    // A group for each colour, and in each group an output for each kernel.
    let filters = try kernels.map { try $0.reshaped(to: [1, 1] + $0.shape) }
    let weight = try Tensor.concatenating((0..<colors).flatMap { _ in filters }, axis: 0)
    let layer = try Conv2d(weight: weight, padding: .same, groups: colors, paddingMode: mode)
    let output = try layer(picture)
    let area = picture.shape[1] * picture.shape[2]
    return try Tensor(shape: picture.shape) { result in
      let results = output.span
      for color in 0..<colors {
        let first = color * kernels.count * area
        for pixel in first..<first + area {
          if kernels.count == 1 {
            result.append(results[pixel] + offset)
          } else {
            var squares: Float = 0
            for kernel in kernels.indices { squares += results[pixel + kernel * area] * results[pixel + kernel * area] }
            result.append(squares.squareRoot() + offset)
          }
        }
      }
    }
  }
}

/// The filters that have a name.
enum FilterName: String, CaseIterable, ExpressibleByArgument {
  case blur, sharpen, sobel, emboss

  var filter: ImageFilter {
    get throws {
      switch self {
      case .blur: ImageFilter(kernels: [try Self.gaussian(radius: 6, deviation: 3)])
      case .sharpen: ImageFilter(kernels: [try KernelText.kernel("0 -1 0; -1 5 -1; 0 -1 0")])
      case .sobel:
        ImageFilter(kernels: [
          try KernelText.kernel("-1 0 1; -2 0 2; -1 0 1"), try KernelText.kernel("-1 -2 -1; 0 0 0; 1 2 1"),
        ])
      // Its numbers add up to zero: an even surface becomes a middle grey.
      case .emboss: ImageFilter(kernels: [try KernelText.kernel("-2 -1 0; -1 0 1; 0 1 2")], offset: 0.5)
      }
    }
  }

  /// A bell of `2 · radius + 1` numbers each way, which add up to one.
  private static func gaussian(radius: Int, deviation: Double) throws -> Tensor<Float> {
    let bell = (-radius...radius).map { exp(-Double($0 * $0) / (2 * deviation * deviation)) }
    let sum = bell.reduce(0, +)
    return try Tensor(
      shape: [bell.count, bell.count],
      scalars: bell.flatMap { row in bell.map { column in Float(row * column / (sum * sum)) } })
  }
}
