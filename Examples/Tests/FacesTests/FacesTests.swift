import Convolution
import ConvolutionLayers
import Foundation
import Testing

@testable import faces

@Suite struct FaceTests {
  /// The middle of place (1, 2) is at (6, 10); it moves by four times the offset, and sizes are logarithms of quarters.
  @Test func decoding() throws {
    var outputs = try Tensor<Float>(zeros: [1, 15, 3, 4])
    outputs[0, 0, 1, 2] = 0.75
    outputs[0, 1, 1, 2] = Float(log(2.0))
    outputs[0, 2, 1, 2] = Float(log(3.0))
    outputs[0, 3, 1, 2] = 0.5
    outputs[0, 4, 1, 2] = -0.25
    let faces = Face.faces(in: outputs, threshold: 0.5)
    let face = try #require(faces.first)
    #expect(faces.count == 1 && face.score == 0.75)
    let expected: [Float] = [8 - 4, 9 - 6, 8 + 4, 9 + 6]
    for (found, value) in zip([face.top, face.left, face.bottom, face.right], expected) {
      #expect(abs(found - value) < 1e-4)
    }
    #expect(Face.faces(in: outputs, threshold: 0.75).isEmpty)
  }

  @Test func theMostProbableOfOneFace() {
    let face = Face(top: 0, left: 0, bottom: 10, right: 10, score: 0.8)
    let same = Face(top: 1, left: 0, bottom: 11, right: 10, score: 0.9)
    let other = Face(top: 8, left: 8, bottom: 18, right: 18, score: 0.6)
    #expect(Face.suppressed([face, same, other]) == [same, other])
    #expect(face.overlap(face) == 1 && abs(face.overlap(same) - 90 / 110) < 1e-6)
  }
}

@Suite struct BlurTests {
  /// An even picture stays as it is, an uneven one only changes where the face is, also at its border.
  @Test(arguments: [
    Face(top: 4, left: 6, bottom: 20, right: 16, score: 1), Face(top: -9, left: 22, bottom: 7, right: 40, score: 1),
  ])
  func faces(_ face: Face) throws {
    let even = try Tensor<Float>(repeating: 0.5, shape: [3, 24, 32])
    for value in try even.blurring(face).scalars { #expect(abs(value - 0.5) < 1e-5) }
    let picture = try Tensor<Float>(shape: [3, 24, 32], scalars: (0..<3 * 24 * 32).map { Float($0 % 2) })
    let blurred = try picture.blurring(face)
    let row = Int(max(1, (face.top + face.bottom) / 2))
    let column = Int(min(25, (face.left + face.right) / 2))
    #expect(abs(blurred[1, row, column] - 0.5) < 0.1)
    #expect(blurred[1, 23, 0] == picture[1, 23, 0])
  }

  @Test func outside() throws {
    let picture = try Tensor<Float>(repeating: 0.5, shape: [3, 24, 32])
    #expect(try picture.blurring(Face(top: 100, left: 100, bottom: 120, right: 110, score: 1)) == picture)
  }
}

@Suite struct CenterFaceTests {
  @Test func theNetworkIsThatOfTheFile() throws {
    let network = try CenterFace()
    #expect(network.children.modules.count == 66)
    #expect(try network.prepared(for: [1, 3, 64, 96]).outputShape(for: [1, 3, 64, 96]) == [1, 15, 16, 24])
  }
}
