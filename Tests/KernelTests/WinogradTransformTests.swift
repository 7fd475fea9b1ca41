import CConvolutionKernels
import CKernelParts
import Convolution
import ReferenceConvolution
import TestSupport
import Testing

/// Winograd's transforms of one axis, `Winograd/WinogradAxis.inc`, at every level that this processor has: together they are a
/// convolution of a patch with the taps, and those of the gradients are their adjoints.
@Suite struct WinogradTransformTests {
  @Test(arguments: supportedLevels, 0..<UInt32(8))
  func convolution(level: ConvolutionInstructionSet, scheme: UInt32) throws {
    let transforms = Transforms(level, scheme)
    for tile in transforms.tiles {
      let (patch, positions) = (transforms.patch(tile), transforms.positions(tile))
      let (x, taps) = (try transforms.random(patch, seed: 1), try transforms.random(transforms.taps, seed: 2))
      let samples = unsafe transforms.written(patch) { unsafe transforms.parts.input(transforms.scheme, tile, x, $0) }
      let filter = unsafe transforms.written(transforms.patch(transforms.tiles.last!)) {
        unsafe transforms.parts.filter(transforms.scheme, taps, $0)
      }
      // With stride 2 every position but the first has a second product: of the odd samples.
      let lanes = transforms.lanes
      let products = (0..<positions * lanes).map { index in
        let second = transforms.stride == 2 && index >= lanes
        let (odd, oddTap) = (index + Int(tile) * lanes, index + Int(transforms.tiles.last!) * lanes)
        return samples[index] * filter[index] + (second ? samples[odd] * filter[oddTap] : 0)
      }
      let outputs = unsafe transforms.written(Int(tile)) {
        unsafe transforms.parts.output(transforms.scheme, tile, products, $0)
      }
      func sums(_ number: (Float) -> Double) throws -> Tensor<Double> {
        try Tensor(
          shape: [Int(tile), lanes],
          scalars: outputs.indices.map { index in
            let first = index / lanes * transforms.stride * lanes + index % lanes
            return (0..<transforms.taps).reduce(0) {
              $0 + number(x[first + $1 * lanes]) * number(taps[$1 * lanes + index % lanes])
            }
          })
      }
      let error = try NormalizedError(
        of: Tensor(shape: [Int(tile), lanes], scalars: outputs), reference: sums { Double($0) },
        magnitude: sums { abs(Double($0)) })
      #expect(error.value <= NormalizedError.winogradBound(terms: transforms.taps), "\(tile)")
    }
  }

  /// Of all schemes but the transposed one.
  @Test(arguments: supportedLevels, [0, 1, 2, 3, 4, 5, 7] as [UInt32])
  func adjoints(level: ConvolutionInstructionSet, scheme: UInt32) throws {
    let transforms = Transforms(level, scheme)
    for tile in transforms.tiles {
      let products = try transforms.random(transforms.positions(tile), seed: 3)
      let gradients = try transforms.random(Int(tile), seed: 4)
      transforms.expectEqualSums(
        unsafe transforms.written(Int(tile)) { unsafe transforms.parts.output(transforms.scheme, tile, products, $0) },
        gradients, products,
        unsafe transforms.written(transforms.positions(tile)) {
          unsafe transforms.parts.output_gradient(transforms.scheme, tile, gradients, $0)
        })
    }
    let largest = transforms.patch(transforms.tiles.last!)
    let (taps, samples) = (try transforms.random(transforms.taps, seed: 5), try transforms.random(largest, seed: 6))
    transforms.expectEqualSums(
      unsafe transforms.written(largest) { unsafe transforms.parts.filter(transforms.scheme, taps, $0) }, samples, taps,
      unsafe transforms.written(transforms.taps) {
        unsafe transforms.parts.filter_gradient(transforms.scheme, samples, $0)
      })
  }
}

/// The transforms of one scheme at one level, on arrays of vectors.
private struct Transforms {
  let parts: WinogradParts
  let scheme: ConvolutionWinogradScheme
  let stride, taps: Int
  /// The outputs of its tiles, the largest last.
  let tiles: [Int32]

  init(_ level: ConvolutionInstructionSet, _ scheme: UInt32) {
    unsafe parts = winograd_parts(level).pointee
    self.scheme = ConvolutionWinogradScheme(scheme)
    stride = Int(winograd_parts_stride(self.scheme))
    taps = Int(winograd_parts_taps(self.scheme))
    let largest = winograd_parts_largest_tile(self.scheme)
    tiles = Array(min(2, largest - 1)...largest)
  }

  var lanes: Int { parts.lanes }

  /// The samples that a tile reads.
  func patch(_ tile: Int32) -> Int { stride * (Int(tile) - 1) + taps }

  func positions(_ tile: Int32) -> Int { Int(tile) + (stride == 1 ? taps - 1 : 1) }

  func random(_ count: Int, seed: UInt64) throws -> [Float] {
    try Tensor<Float>.random([count * lanes], seed: seed).scalars
  }

  /// What a transform makes of NaN.
  func written(_ count: Int, by transform: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
    let result = GuardedScalars([Float](repeating: .nan, count: count * lanes), guarded: .behind)
    unsafe transform(result.start)
    return result.scalars
  }

  /// Expects Σ a · b = Σ c · d.
  func expectEqualSums(
    _ a: [Float], _ b: [Float], _ c: [Float], _ d: [Float], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    func sum(_ a: [Float], _ b: [Float]) -> (value: Double, magnitude: Double) {
      let products = zip(a, b).map { Double($0) * Double($1) }
      return (products.reduce(0, +), products.reduce(0) { $0 + abs($1) })
    }
    let (left, right) = (sum(a, b), sum(c, d))
    #expect(
      abs(left.value - right.value) <= 0x1p-20 * (left.magnitude + right.magnitude), sourceLocation: sourceLocation)
  }
}
