"""The faults that Scripts/plant-faults plants: a bound, a sign, an offset, an index, a missing tail in each kernel and each
adjoint; and the tests (a regular expression for `swift test --filter`) that are meant to catch them."""

from typing import NamedTuple


class Fault(NamedTuple):
    path: str
    original: str
    planted: str
    tests: str


LOWERING = "Sources/Convolution/Lowering/"
KERNELS = "Sources/CConvolutionKernels/"
RUNTIME = "Sources/Convolution/Runtime/"
LAYER = "Sources/Convolution/Conv2d/"

FAULTS = [
    # Borders and geometry.
    Fault(LOWERING + "BorderMap.swift", "output * stride + tap * dilation - paddingBefore", "output * stride + tap * dilation - paddingAfter", "BorderMapTests"),
    Fault(LOWERING + "BorderMap.swift", "2 * (input - 1) - position", "2 * input - 1 - position", "BorderMapTests"),
    Fault(LOWERING + "BorderMap.swift", "case .circular: return position < 0 ? position + input : position - input", "case .circular: return position < 0 ? position + input : 0", "BorderMapTests"),
    Fault(LOWERING + "BorderMap.swift", "min(output, last / stride + 1)", "min(output, last / stride)", "BorderMapTests"),
    Fault(LOWERING + "BorderMap.swift", "padding?.before ?? span / 2", "padding?.before ?? (span - span / 2)", "BorderMapTests"),
    Fault(LOWERING + "BorderMap.swift", "if let limit, amount > limit", "if let limit, amount >= limit", "ErrorTests"),
    Fault(LOWERING + "BorderMap.swift", "guard extent <= padded else", "guard extent < padded else", "GeometryTests"),
    Fault("Sources/Convolution/Configuration/SizeArithmetic.swift", "if overflow { throw .sizeOverflow(name: name, operands: factors) }", "if overflow { return next }", "GeometryTests|ErrorTests"),
    # im2col: columns, forward.
    Fault(LOWERING + "Im2col.swift", "for output in inside.upperBound..<outputs.upperBound { body(output) }", "for output in inside.upperBound..<max(inside.upperBound, outputs.upperBound - 1) { body(output) }", "ForwardTests"),
    Fault(LOWERING + "Im2col.swift", "unsafe start[step] = first[step * map.stride]", "unsafe start[step] = first[step]", "ForwardTests"),
    Fault(LOWERING + "Im2col.swift", "let end = min(width, start + pixels.upperBound - pixel)", "let end = width", "ForwardTests"),
    Fault(LOWERING + "Im2col.swift", "unsafe destination.update(repeating: 0, count: outputs.count)", "unsafe destination.update(repeating: 0, count: outputs.count - 1)", "ForwardTests"),
    Fault(LOWERING + "Im2colForward.swift", "accumulates: !isFirst || operands.bias != nil", "accumulates: operands.bias != nil", "ForwardTests|FuzzTests"),
    Fault(LOWERING + "Im2colForward.swift", ".update(repeating: bias[firstChannel + channel], count: unit.pixels.count)", ".update(repeating: bias[channel], count: unit.pixels.count)", "ForwardTests"),
    Fault(LOWERING + "Im2colForward.swift", "columns + rows.lowerBound * unit.pixels.count, unit: unit,", "columns, unit: unit,", "ThreadTests"),
    # im2col: input gradient.
    Fault(LOWERING + "Im2col.swift", "if index != BorderMap.zero { unsafe target[index] += values[output - outputs.lowerBound] }", "if index != BorderMap.zero { unsafe target[index] = values[output - outputs.lowerBound] }", "GradientTests"),
    Fault(LOWERING + "Im2col.swift", "for step in 0..<inside.count { unsafe first[step * map.stride] += start[step] }", "for step in 0..<inside.count - 1 { unsafe first[step * map.stride] += start[step] }", "GradientTests"),
    Fault(LOWERING + "Im2colInputGradient.swift", "if !image.isPointwise { unsafe planes.update(repeating: 0, count: channels.count * image.inputPixels) }", "if !image.isPointwise { unsafe planes.update(repeating: 0, count: image.inputPixels) }", "AllocationTests|GuardedPageTests"),
    Fault(LOWERING + "Im2colInputGradient.swift", "group * outputChannels * image.reduction + channels.lowerBound * image.taps", "group * outputChannels * image.reduction + channels.lowerBound", "GradientTests"),
    # im2col: weight gradient.
    Fault(LOWERING + "Im2colWeightGradient.swift", "accumulates: index != blocks.lowerBound", "accumulates: index != 0", "GradientTests|AllocationTests"),
    Fault(LOWERING + "Im2colWeightGradient.swift", "unsafe operands.result[index] += workspace[copy * size + index]", "unsafe operands.result[index] -= workspace[copy * size + index]", "GradientTests"),
    Fault(LOWERING + "Im2colWeightGradient.swift", "group * outputChannels * image.reduction + reduction.lowerBound", "group * outputChannels * image.reduction", "GradientTests"),
    # Bias gradient.
    Fault(LOWERING + "BiasGradient.swift", "for index in whole..<count { unsafe sum += values[index] }", "", "GradientTests"),
    Fault(LOWERING + "BiasGradient.swift", "index * image.outputSize + channel * image.outputPixels", "channel * image.outputPixels", "GradientTests"),
    Fault(LOWERING + "BiasGradient.swift", "min(Self.run, image.outputPixels - start)", "min(Self.run - 1, image.outputPixels - start)", "GradientTests"),
    # Products by OpenBLAS.
    Fault(RUNTIME + "MatrixProduct.swift", "rest.accumulates = true", "rest.accumulates = accumulates", "MatrixProductTests"),
    Fault(RUNTIME + "MatrixProduct.swift", "unsafe part.result += range.lowerBound * resultRowStride", "unsafe part.result += range.lowerBound * columns", "MatrixProductTests"),
    Fault(RUNTIME + "MatrixProduct.swift", "range.lowerBound * (right.isTransposed ? right.rowStride : 1)", "range.lowerBound * (right.isTransposed ? 1 : right.rowStride)", "MatrixProductTests"),
    # Threads, memory, what is kept.
    Fault(RUNTIME + "Parallel.swift", "unsafe body(task, worker)", "unsafe body(task, 0)", "RuntimeTests"),
    Fault("Sources/Convolution/Module/Parameter.swift", "      keptFilters = KeptFilters()\n", "", "RuntimeTests"),
    Fault(RUNTIME + "Workspace.swift", "MemoryBlock(count: count, of: type)", "MemoryBlock(count: count / 2, of: type)", "RuntimeTests|LoadTests"),
    # The layer.
    Fault(LAYER + "Conv2d+Backward.swift", "if let sum = gradients.bias { bias?.gradient = sum }", "", "AccumulationTests"),
    Fault(LAYER + "Conv2d+Backward.swift", "unsafe sums[index] += terms[index]", "unsafe sums[index] = terms[index]", "AccumulationTests"),
    Fault(LAYER + "ConvolutionCall.swift", "guard outputGradient.shape == geometry.outputShape else {", "guard outputGradient.shape.count == geometry.outputShape.count else {", "BackwardTests"),
    Fault(LAYER + "Conv2d+Configuration.swift", "if dilation != 1 {", "if dilation.height != 1 {", "GoldenTests"),
    Fault("Sources/Convolution/Module/KaimingUniform.swift", "Scalar((2 * unit - 1) * bound)", "Scalar(unit * bound)", "InitializationTests"),
    # Winograd: forward.
    Fault(KERNELS + "WinogradStaging.inc", "while (next < count && sources[begin] >= 0 && sources[next] == sources[next - 1] + 1) next++;", "while (next < count && sources[begin] >= 0) next++;", "ForwardTests|WinogradTests"),
    Fault(KERNELS + "WinogradProducts.inc", "accumulate ? LEVEL(load)(target) + sums[row][vector] : sums[row][vector]", "sums[row][vector]", "Winograd"),
    Fault(KERNELS + "WinogradOutput.inc", "const VECTOR value = outputs[column] + bias;", "const VECTOR value = outputs[column];", "ForwardTests"),
    Fault(KERNELS + "WinogradScheme.h", "return index % 2 == 0 ? magnitude : -magnitude;", "return magnitude;", "ForwardTests"),
    Fault(KERNELS + "WinogradRepair.c", "!isfinite(*value)", "isnan(*value) && column > columns->firstOutput", "NonFiniteTests|Winograd"),
    Fault(LOWERING + "WinogradTiling.swift", "case 2: return isAlone ? tile.rawValue - 1 : tile.rawValue", "case 2: return tile.rawValue", "ForwardTests|Winograd"),
    # Winograd: input gradient.
    Fault(LOWERING + "BorderMap.swift", "paddingBefore: span - paddingBefore,", "paddingBefore: span - paddingAfter,", "GradientTests|FuzzTests"),
    Fault(KERNELS + "WinogradFilters.inc", "source[filters->rotated ? 8 - tap : tap]", "source[tap]", "GradientTests"),
    Fault(LOWERING + "WinogradFilters.swift", "? .init(weights: group, outputChannelStride: 9, inputChannelStride: outputChannels * 9, rotated: true)", "? .init(weights: group, outputChannelStride: 9, inputChannelStride: inputChannels * 9, rotated: true)", "GradientTests"),
    Fault(LOWERING + "BorderMap.swift", "guard stride == 1, mode == .zeros || isUnpadded else { return nil }", "guard stride == 1 else { return nil }", "GradientTests"),
]
