import CConvolutionKernels
import CKernelParts
import Convolution
import Glibc
import TestSupport
import Testing

/// What the kernels are made of, `Vector/Vector.inc`, at every level that this processor has, in memory that ends at
/// protected pages.
@Suite struct VectorTests {
  @Test(arguments: supportedLevels) func loadsOfTheFirstLanes(level: ConvolutionInstructionSet) {
    func check<Scalar: ConvolutionScalar>(_: Scalar.Type) {
      let vectors = Vectors<Scalar>(level)
      for count in -1...vectors.lanes + 1 {
        let read = min(max(count, 0), vectors.lanes)
        let source = GuardedScalars(vectors.counting(read), guarded: .behind)
        let loaded = unsafe vectors.written { unsafe vectors.parts.load_first(source.start, count, $0) }
        #expect(loaded == (1...vectors.lanes).map { $0 <= read ? Scalar($0) : 0 }, "\(Scalar.self), \(count)")
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test(arguments: supportedLevels, [true, false])
  func loadsAcrossTheEndsOfARow(level: ConvolutionInstructionSet, isGuardedBefore: Bool) {
    func check<Scalar: ConvolutionScalar>(_: Scalar.Type) {
      let vectors = Vectors<Scalar>(level)
      for width in 0...2 * vectors.lanes + 1 {
        let row = GuardedScalars(vectors.counting(width), guarded: isGuardedBefore ? .before : .behind)
        for start in -vectors.lanes - 2...width + 2 {
          let loaded = unsafe vectors.written { unsafe vectors.parts.load_within(row.start, start, width, $0) }
          let expected = (start..<start + vectors.lanes).map { (0..<width).contains($0) ? Scalar($0 + 1) : 0 }
          #expect(loaded == expected, "\(Scalar.self), \(width) columns from \(start)")
        }
      }
    }
    check(Float.self)
    check(Double.self)
  }

  /// Every number of 16 bits, also where the thread rounds upward and takes subnormal numbers for zero.
  @Test(arguments: supportedLevels, [false, true])
  func widening(level: ConvolutionInstructionSet, isChanged: Bool) {
    let vectors = Vectors<Float>(level)
    func inModes(_ body: () -> Void) {
      guard isChanged else { return body() }
      withSubnormalsFlushed {
        fesetround(FE_UPWARD)
        body()
        fesetround(FE_TONEAREST)
      }
    }
    do {
      for first in stride(from: 0, through: 0xFFFF, by: vectors.lanes) {
        let bits = (0..<vectors.lanes).map { UInt16(first + $0) }
        for (format, value) in [
          (ConvolutionFilterFormatFloat16, { Float(Float16(bitPattern: $0)) }),
          (ConvolutionFilterFormatBFloat16, { Float(bitPattern: UInt32($0) << 16) }),
        ] as [(ConvolutionFilterFormat, (UInt16) -> Float)] {
          let widened = unsafe vectors.written { target in
            inModes { unsafe vectors.parts.widen(format, bits, target) }
          }
          #expect(
            zip(widened, bits).allSatisfy { $0.bitPattern == value($1).bitPattern || $0.isNaN && value($1).isNaN })
        }
      }
    }
  }

  @Test(arguments: supportedLevels) func storesOfTheFirstLanes(level: ConvolutionInstructionSet) {
    func check<Scalar: ConvolutionScalar>(_: Scalar.Type) {
      let vectors = Vectors<Scalar>(level)
      let value = vectors.counting(vectors.lanes)
      for count in 0...vectors.lanes {
        let target = GuardedScalars([Scalar](repeating: .nan, count: count), guarded: .behind)
        unsafe vectors.parts.store_first(target.start, value, count)
        #expect(target.scalars == vectors.counting(count), "\(Scalar.self), \(count)")
      }
    }
    check(Float.self)
    check(Double.self)
  }

  /// What lies between the lanes is another phase's, and there is nothing before the first and behind the last.
  @Test(arguments: supportedLevels, [true, false])
  func lanesThatLieApart(level: ConvolutionInstructionSet, isGuardedBefore: Bool) {
    func check<Scalar: ConvolutionScalar>(_: Scalar.Type) {
      let vectors = Vectors<Scalar>(level)
      let value = vectors.counting(vectors.lanes)
      for (step, count) in [1, 2, 3, 5].flatMap({ step in (1...vectors.lanes).map { (step, $0) } }) {
        let extent = (count - 1) * step + 1
        let others = (0..<extent).map { Scalar(-$0) }
        let target = GuardedScalars(others, guarded: isGuardedBefore ? .before : .behind)
        unsafe vectors.parts.store_apart(target.start, value, step, count)
        let expected = others.indices.map { $0 % step == 0 ? Scalar($0 / step + 1) : others[$0] }
        #expect(target.scalars == expected, "\(Scalar.self), \(count) lanes, \(step) apart")
        let loaded = unsafe vectors.written { unsafe vectors.parts.load_apart(target.start, step, count, $0) }
        #expect(loaded == value.map { $0 <= Scalar(count) ? $0 : 0 }, "\(Scalar.self), \(count) lanes, \(step) apart")
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test(arguments: supportedLevels) func exchangesOfLanes(level: ConvolutionInstructionSet) {
    func check<Scalar: ConvolutionScalar>(_: Scalar.Type) {
      let vectors = Vectors<Scalar>(level)
      let lanes = vectors.lanes
      let pair = vectors.counting(2 * lanes)
      let (low, high) = (Array(pair[..<lanes]), Array(pair[lanes...]))
      let even = unsafe vectors.written { unsafe vectors.parts.even_lanes(pair, $0) }
      #expect(even == (0..<lanes).map { pair[2 * $0] }, "\(Scalar.self)")
      let odd = unsafe vectors.written { unsafe vectors.parts.odd_lanes(pair, $0) }
      #expect(odd == (0..<lanes).map { pair[2 * $0 + 1] }, "\(Scalar.self)")
      let inTurn = unsafe vectors.written(2 * lanes) { unsafe vectors.parts.in_turn(low, high, $0) }
      #expect(inTurn == (0..<lanes).flatMap { [low[$0], high[$0]] }, "\(Scalar.self)")
      #expect(unsafe vectors.written { unsafe vectors.parts.there_and_back(low, $0) } == low, "\(Scalar.self)")
      let square = vectors.counting(lanes * lanes)
      let transposed = unsafe vectors.written(lanes * lanes) { unsafe vectors.parts.transpose(square, $0) }
      #expect(transposed == square.indices.map { square[$0 % lanes * lanes + $0 / lanes] }, "\(Scalar.self)")
    }
    check(Float.self)
    check(Double.self)
  }

  @Test(arguments: supportedLevels) func comparisonsAndSelections(level: ConvolutionInstructionSet) {
    func check<Scalar: ConvolutionScalar>(_: Scalar.Type) {
      let vectors = Vectors<Scalar>(level)
      var (first, second) = (vectors.counting(vectors.lanes), [Scalar](repeating: 2, count: vectors.lanes))
      first[0] = .nan
      second[1] = .infinity
      let larger = unsafe vectors.written { unsafe vectors.parts.larger(first, second, $0) }
      #expect(larger == zip(first, second).map { $0 > $1 ? $0 : $1 }, "\(Scalar.self)")
    }
    check(Float.self)
    check(Double.self)
  }
}

/// The parts of one level and scalar.
private struct Vectors<Scalar: ConvolutionScalar> {
  let parts: KernelParts

  init(_ level: ConvolutionInstructionSet) {
    unsafe parts = kernel_parts(level, Scalar.self == Double.self ? 1 : 0).pointee
  }

  var lanes: Int { parts.lanes }

  /// 1, 2, 3, …
  func counting(_ count: Int) -> [Scalar] { (0..<count).map { Scalar($0 + 1) } }

  /// What a part makes of NaN beside a protected page: a vector, or as many scalars as are asked for.
  func written(_ count: Int? = nil, by part: (UnsafeMutableRawPointer) -> Void) -> [Scalar] {
    let result = GuardedScalars([Scalar](repeating: .nan, count: count ?? lanes), guarded: .behind)
    unsafe part(result.start)
    return result.scalars
  }
}
