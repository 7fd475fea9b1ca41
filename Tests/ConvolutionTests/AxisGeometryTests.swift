@testable import Convolution
import Testing

/// The index map of one axis against a padded row that is built step by step.
struct AxisGeometryTests {
  /// What stands at every position of the padded row: an input index, or nil for a zero.
  private func paddedRow(_ mode: PaddingMode, input: Int, before: Int, after: Int) -> [Int?] {
    var row: [Int?] = Array(0..<input)
    for pad in 0..<before {
      switch mode {
      case .zeros: row.insert(nil, at: 0)
      case .replicate: row.insert(0, at: 0)
      // One further to the right of the first input pixel with each step.
      case .reflect: row.insert(pad + 1, at: 0)
      case .circular: row.insert(input - 1 - pad, at: 0)
      }
    }
    for pad in 0..<after {
      switch mode {
      case .zeros: row.append(nil)
      case .replicate: row.append(input - 1)
      case .reflect: row.append(input - 2 - pad)
      case .circular: row.append(pad)
      }
    }
    return row
  }

  @Test(arguments: PaddingMode.allCases, [1, 2, 3, 6])
  func sources(mode: PaddingMode, input: Int) throws {
    let limit = mode == .reflect ? input - 1 : mode == .circular ? input : input + 3
    for before in 0...limit {
      for after in 0...limit {
        let row = paddedRow(mode, input: input, before: before, after: after)
        for (kernel, stride, dilation) in [(1, 1, 1), (2, 1, 1), (3, 2, 1), (2, 1, 3), (3, 3, 2), (1, 5, 7)] {
          guard dilation * (kernel - 1) < row.count else { continue }
          let map = try AxisGeometry(
            axis: "width", edges: ("left", "right"), input: input, kernel: kernel, stride: stride, dilation: dilation,
            padding: (before, after), mode: mode)
          #expect(map.output == (row.count - dilation * (kernel - 1) - 1) / stride + 1)
          for tap in 0..<kernel {
            var inside: [Int] = []
            for output in 0..<map.output {
              let place = output * stride + tap * dilation
              #expect(map.source(tap: tap, output: output) == row[place] ?? AxisGeometry.zero)
              if (before..<before + input).contains(place) { inside.append(output) }
            }
            #expect(Array(map.interior(tap: tap)) == inside)
          }
        }
      }
    }
  }

  /// `same` keeps the extent; the smaller half of an odd total comes first.
  @Test(arguments: 1...6, 1...3)
  func samePadding(kernel: Int, dilation: Int) throws {
    let map = try AxisGeometry(
      axis: "height", edges: ("top", "bottom"), input: 9, kernel: kernel, stride: 1, dilation: dilation, padding: nil,
      mode: .zeros)
    #expect(map.output == 9)
    #expect(map.paddingBefore + map.paddingAfter == dilation * (kernel - 1))
    #expect(map.paddingAfter - map.paddingBefore == dilation * (kernel - 1) % 2)
    #expect(map.isUnpadded == (kernel == 1))
  }

  /// A legal but enormous dilation or padding costs nothing.
  @Test(.timeLimit(.minutes(15)))
  func enormousSizes() throws {
    let far = 1 << 60
    let map = try AxisGeometry(
      axis: "width", edges: ("left", "right"), input: 10, kernel: 2, stride: 1 << 58, dilation: far,
      padding: (far, far), mode: .zeros)
    #expect(map.output == (far + 9) / (1 << 58) + 1)
    #expect(map.interior(tap: 0) == 4..<5)
    #expect(map.interior(tap: 1) == 0..<1)
    #expect(map.source(tap: 0, output: 4) == 0)
    #expect(map.source(tap: 1, output: 1) == AxisGeometry.zero)
    let layer = try Conv2d<Float>(
      weight: Tensor(repeating: 1, shape: [1, 1, 1, 3]), padding: .symmetric(Size2d(0, far)),
      dilation: Size2d(1, far))
    #expect(try layer(Tensor(shape: [1, 1, 2], scalars: [3, 4])).scalars == [3, 4])
  }
}
