import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// Blocks of the column matrix, cut anywhere, beside protected pages: what a block holds is by the definition, and nothing
/// is read or written past its ends or the image's.
struct Im2colTests {
  /// All, some that begin and end inside an output row, and few.
  private func ranges(_ count: Int) -> [Range<Int>] {
    [0..<count, 1..<max(1, count - 1), count / 3..<(count + 1) / 2, count - 1..<count]
  }

  @Test(arguments: ConvolutionCase.representatives, [true, false])
  func blocks(configuration: ConvolutionCase, guardsEnd: Bool) throws {
    var generator = SplitMix64(seed: 101)
    let layer: Conv2d<Float> = try configuration.layer(using: &generator)
    let image = try Geometry(layer.configuration, inputShape: configuration.inputShape).image
    let edge: GuardedScalars<Float>.Edge = guardsEnd ? .behind : .before
    let groupSize = image.inputChannelsPerGroup * image.inputPixels
    let values: Tensor<Float> = try RandomScalars.smallIntegers.tensor([groupSize], using: &generator)
    let input = GuardedScalars(values.scalars, guarded: edge)
    for reduction in ranges(image.reduction) {
      for pixels in ranges(image.outputPixels) {
        let sources = reduction.flatMap { row in pixels.map { pixel in source(row, pixel, in: image) } }
        let columns = GuardedScalars([Float](repeating: .nan, count: sources.count), guarded: edge)
        unsafe Im2col.pack(columns.start, from: input.start, geometry: image, reduction: reduction, pixels: pixels)
        #expect(try columns.tensor([sources.count]).scalars == sources.map { $0.map { values.scalars[$0] } ?? 0 })

        let gradient = GuardedScalars([Float](repeating: 1, count: groupSize), guarded: edge)
        unsafe Im2col.scatter(
          columns.start, to: gradient.start, geometry: image, reduction: reduction, pixels: pixels)
        var expected = [Float](repeating: 1, count: groupSize)
        for case let source? in sources { expected[source] += values.scalars[source] }
        #expect(try gradient.tensor([groupSize]).scalars == expected)
      }
    }
  }

  /// The scalar of the group that one entry of the column matrix is read from, or `nil` for a zero.
  private func source(_ row: Int, _ pixel: Int, in image: ImageGeometry) -> Int? {
    let (channel, tap) = row.quotientAndRemainder(dividingBy: image.taps)
    let y = image.rows.source(tap: tap / image.columns.kernel, output: pixel / image.columns.output)
    let x = image.columns.source(tap: tap % image.columns.kernel, output: pixel % image.columns.output)
    guard y != AxisGeometry.zero, x != AxisGeometry.zero else { return nil }
    return channel * image.inputPixels + y * image.columns.input + x
  }
}
