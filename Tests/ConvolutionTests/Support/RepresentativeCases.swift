import Convolution
import ReferenceConvolution

extension ConvolutionCase {
  /// A layer for every kernel that has one of its own, with sizes that are no multiple of any step; and the general path.
  static let representatives: [ConvolutionCase] = [
    // Winograd and direct, dense.
    ConvolutionCase { ($0.batch, $0.inputChannels, $0.outputChannels, $0.padding) = (2, 5, 7, 1) },
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.height, $0.width, $0.padding) = (10, 21, 11, 13, .same)
    },
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.height, $0.stride, $0.padding) = (6, 20, 15, 2, 1)
    },
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.height, $0.width) = (3, 9, 17, 19)
      ($0.kernelSize, $0.stride, $0.padding) = (7, 2, 3)
    },
    ConvolutionCase { ($0.inputChannels, $0.outputChannels, $0.dilation, $0.padding) = (4, 6, 2, 2) },
    // Enough channels for `automatic` to take Winograd: tiles of 3 and of 4. Dense, and a product of several taps.
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.height, $0.width, $0.padding) = (18, 17, 7, 7, 1)
    },
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.height, $0.width, $0.padding) = (17, 20, 11, 13, 1)
    },
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.height, $0.width) = (17, 20, 17, 16)
      ($0.dilation, $0.padding) = (Size2d(2, 3), 2)
    },
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.height, $0.width) = (33, 18, 6, 7)
      ($0.kernelSize, $0.padding) = (5, 2)
    },
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.height, $0.width) = (17, 65, 7, 9)
      ($0.kernelSize, $0.stride) = (2, 2)
    },
    // Most taps lie on padding: a product by regions, whatever the lanes of a vector.
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.height, $0.width) = (4, 18, 4, 5)
      ($0.dilation, $0.padding) = (4, 5)
    },
    // Pointwise, with and without stride, and with channels in the lanes.
    ConvolutionCase { ($0.batch, $0.inputChannels, $0.outputChannels, $0.kernelSize) = (2, 19, 33, 1) },
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.height, $0.width, $0.kernelSize) = (19, 33, 9, 11, 1)
    },
    ConvolutionCase { ($0.inputChannels, $0.outputChannels, $0.kernelSize, $0.stride) = (17, 6, 1, 2) },
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.height, $0.width, $0.kernelSize) = (70, 31, 3, 3, 1)
    },
    // A single output, whose channels follow each other.
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.height, $0.width, $0.kernelSize) = (19, 37, 1, 1, 1)
    },
    // Depthwise, with a multiplier, with stride, and groups of several channels; on a map of which two fill a vector.
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.groups, $0.kernelSize, $0.padding) = (5, 5, 5, 5, 2)
      ($0.height, $0.width) = (7, 7)
    },
    ConvolutionCase { ($0.inputChannels, $0.outputChannels, $0.groups, $0.padding) = (6, 6, 6, 1) },
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.groups, $0.kernelSize, $0.padding) = (3, 6, 3, 5, 2)
      $0.width = 37
    },
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.groups, $0.stride, $0.padding) = (4, 4, 4, 2, 1)
    },
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.groups, $0.kernelSize, $0.padding) = (3, 3, 3, 7, 3)
      ($0.height, $0.width) = (9, 21)
    },
    // Depthwise beside the common kernels; outputs of whole vectors, the last of which reads the last column.
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.groups, $0.width) = (4, 4, 4, 31)
      ($0.stride, $0.dilation, $0.padding) = (2, 2, 2)
    },
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.groups, $0.kernelSize) = (2, 4, 2, 4)
      ($0.padding, $0.paddingMode) = (2, .reflect)
    },
    ConvolutionCase { ($0.inputChannels, $0.outputChannels, $0.groups, $0.padding) = (8, 12, 4, 1) },
    // Most taps of most outputs on padding: regions of outputs.
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.height, $0.width) = (17, 33, 13, 12)
      ($0.dilation, $0.padding) = (5, 5)
    },
    // Modes, edges that differ, a kernel of no common shape.
    ConvolutionCase { ($0.padding, $0.paddingMode) = (1, .reflect) },
    ConvolutionCase {
      ($0.kernelSize, $0.stride, $0.dilation) = (Size2d(2, 5), Size2d(3, 1), Size2d(1, 2))
      ($0.padding, $0.paddingMode) = (.explicit(top: 3, bottom: 0, left: 1, right: 4), .circular)
    },
    ConvolutionCase {
      ($0.batch, $0.groups, $0.kernelSize, $0.hasBias) = (nil, 2, Size2d(4, 2), false)
      ($0.padding, $0.paddingMode) = (.explicit(top: 9, bottom: 9, left: 0, right: 11), .replicate)
    },
  ]
}
