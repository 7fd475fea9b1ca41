"""The faults that Scripts/plant-faults plants: a bound, a sign, an offset, an index, a missing tail in each kernel and each
adjoint; and the tests (a regular expression for `swift test --filter`) that are meant to catch them, some only under a
sanitizer."""

from typing import NamedTuple


class Fault(NamedTuple):
    path: str
    original: str
    planted: str
    tests: str
    sanitizer: str = ""


LOWERING = "Sources/Convolution/Lowering/"
KERNELS = "Sources/CConvolutionKernels/"
RUNTIME = "Sources/Convolution/Runtime/"
SYSTEM = "Sources/CConvolutionKernels/System/"
LAYER = "Sources/Convolution/Conv2d/"
FILES = "Sources/ConvolutionIO/Files/"
TENSOR = "Sources/Convolution/Tensor/"
PIXELS = "Sources/ConvolutionIO/Pixels/"
LAYERS = "Sources/ConvolutionLayers/"

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
    # What stands between convolutions.
    Fault(KERNELS + "Elementwise/Functions.inc", "LIT(1) / 720, LIT(1) / 5040", "LIT(1) / 720, LIT(1) / 5000", "FunctionTests"),
    Fault(KERNELS + "Elementwise/Functions.inc", "-0.000862901316865199216f", "-0.00862901316865199216f", "FunctionTests"),
    Fault(KERNELS + "Elementwise/Windows.inc", "best[o] = isLarger ? offset : best[o];", "best[o] = isLarger ? l : best[o];", "GoldenLayerTests"),
    Fault(KERNELS + "Elementwise/Windows.c", "while (run.end < width && areAlike", "while (run.end < width - 1 || areAlike", "GoldenLayerTests"),
    Fault(LAYERS + "Pooling/PoolingAxis.swift", "(input + padding - 1) / stride >= count", "(input + 2 * padding - 1) / stride >= count", "GoldenLayerTests"),
    Fault(LAYERS + "Normalization/BatchNorm2d+Passes.swift", "Double(count) / Double(count - 1)", "1.0", "GoldenLayerTests"),
    Fault(LAYERS + "Upsampling/SampleAxis.swift", "(Double(index) + 0.5) * step - 0.5", "(Double(index) + 0.5) * step", "GoldenLayerTests"),
    Fault(LAYERS + "Composition/Trace.swift", "try sum.makeUnique()", "", "EveryLayerTests/memoryThatCannotBeHad"),
    Fault(LAYERS + "Faces/ConvolutionFace.swift", "      defer { convolution.weight.reshape(to: convolution.weightShape) }\n", "", "LayerTests"),
    Fault(LAYERS + "Support/Dropout.swift", "let key = try seed ^ hash(of: input)", "let key = try seed ^ hash(of: tensor)", "LayerTests"),
    # im2col: columns, forward.
    Fault(LOWERING + "Im2col/Im2col.swift", "for output in inside.upperBound..<outputs.upperBound { body(output) }", "for output in inside.upperBound..<max(inside.upperBound, outputs.upperBound - 1) { body(output) }", "ForwardTests"),
    Fault(LOWERING + "Im2col/Im2col.swift", "unsafe start[step] = first[step * map.stride]", "unsafe start[step] = first[step]", "ForwardTests"),
    Fault(LOWERING + "Im2col/Im2col.swift", "let end = min(width, start + pixels.upperBound - pixel)", "let end = width", "Im2colTests"),
    Fault(LOWERING + "Im2col/Im2col.swift", "unsafe destination.update(repeating: 0, count: outputs.count)", "unsafe destination.update(repeating: 0, count: outputs.count - 1)", "ForwardTests"),
    Fault(LOWERING + "Im2col/Im2colForward.swift", "accumulates: !isFirst || operands.bias != nil", "accumulates: operands.bias != nil", "ForwardTests|FuzzTests"),
    Fault(LOWERING + "Im2col/Im2colForward.swift", ".update(repeating: bias[firstChannel + channel], count: unit.pixels.count)", ".update(repeating: bias[channel], count: unit.pixels.count)", "ForwardTests"),
    Fault(LOWERING + "Im2col/Im2colForward.swift", "columns + rows.lowerBound * unit.pixels.count, unit: unit,", "columns, unit: unit,", "ThreadTests"),
    Fault(LOWERING + "Im2col/Im2colForward.swift", "pointer: groupInput(unit) + unit.pixels.lowerBound", "pointer: groupInput(unit)", "ForwardTests|ThreadTests"),
    Fault(LOWERING + "Im2col/Im2colForward.swift", "+ unit.group * image.inputChannelsPerGroup * image.inputPixels", "", "ForwardTests/agreesWithReference"),
    # im2col: input gradient.
    Fault(LOWERING + "Im2col/Im2col.swift", "if index != BorderMap.zero { unsafe target[index] += values[output - outputs.lowerBound] }", "if index != BorderMap.zero { unsafe target[index] = values[output - outputs.lowerBound] }", "GradientTests"),
    Fault(LOWERING + "Im2col/Im2col.swift", "for step in 0..<inside.count { unsafe first[step * map.stride] += start[step] }", "for step in 0..<inside.count - 1 { unsafe first[step * map.stride] += start[step] }", "GradientTests"),
    Fault(LOWERING + "Im2col/Im2colInputGradient.swift", "if !image.isPointwise { unsafe planes.update(repeating: 0, count: channels.count * image.inputPixels) }", "if !image.isPointwise { unsafe planes.update(repeating: 0, count: image.inputPixels) }", "AllocationTests|GuardedPageTests"),
    Fault(LOWERING + "Im2col/Im2colInputGradient.swift", "group * outputChannels * image.reduction + channels.lowerBound * image.taps", "group * outputChannels * image.reduction + channels.lowerBound", "GradientTests"),
    # im2col: weight gradient.
    Fault(LOWERING + "Im2col/Im2colWeightGradient.swift", "accumulates: index != blocks.lowerBound", "accumulates: index != 0", "GradientTests|AllocationTests"),
    Fault(LOWERING + "Im2col/Im2colWeightGradient.swift", "unsafe operands.result[index] += workspace[copy * size + index]", "unsafe operands.result[index] -= workspace[copy * size + index]", "GradientTests"),
    Fault(LOWERING + "Im2col/Im2colWeightGradient.swift", "group * outputChannels * image.reduction + reduction.lowerBound", "group * outputChannels * image.reduction", "GradientTests"),
    # Bias gradient.
    Fault(LOWERING + "BiasGradient.swift", "for index in whole..<count { unsafe sum += values[index] }", "", "GradientTests"),
    Fault(LOWERING + "BiasGradient.swift", "index * image.outputSize + channel * image.outputPixels", "channel * image.outputPixels", "GradientTests"),
    Fault(LOWERING + "BiasGradient.swift", "min(Self.run, image.outputPixels - start)", "min(Self.run - 1, image.outputPixels - start)", "GradientTests"),
    # Products by OpenBLAS.
    Fault(RUNTIME + "MatrixProduct.swift", "rest.accumulates = true", "rest.accumulates = accumulates", "MatrixProductTests"),
    Fault(RUNTIME + "MatrixProduct.swift", "unsafe part.result += range.lowerBound * resultRowStride", "unsafe part.result += range.lowerBound * columns", "MatrixProductTests"),
    Fault(RUNTIME + "MatrixProduct.swift", "range.lowerBound * (right.isTransposed ? right.rowStride : 1)", "range.lowerBound * (right.isTransposed ? 1 : right.rowStride)", "MatrixProductTests"),
    # Threads, memory, what is kept.
    Fault(RUNTIME + "SharedLoop.swift", "body?(task, worker)", "body?(task, 0)", "RuntimeTests/tasksAndWorkers"),
    Fault(RUNTIME + "SharedLoop.swift", "    convolution_set_floating_point_modes(floatingPointModes)\n", "", "WorkerTests/floatingPointModes|SubnormalTests/workersToo"),
    Fault(RUNTIME + "SharedLoop.swift", "    unsafe withUnsafePointer(to: affinity) { unsafe convolution_adopt_affinity($0) }\n", "", "WorkerTests/firstCallerIsNotLikeTheProcess"),
    Fault(RUNTIME + "SharedLoop.swift", "if postponesForks { convolution_join_postponement() }", "if postponesForks { convolution_postpone_forks() }", "ForkTests/nestedPostponements"),
    Fault(RUNTIME + "Parallel.swift", "until: { loop.isAtRest }", "until: { true }", "WorkerTests/workerInATask"),
    Fault(RUNTIME + "Parallel.swift", "    let cancellation = convolution_disable_cancellation()\n    defer { convolution_restore_cancellation(cancellation) }\n", "", "WorkerTests/cancelledCaller"),
    Fault(RUNTIME + "WorkerThread.swift", "case .idle where scheduling.load(ordering: .relaxed) == caller:", "case .idle:", "WorkerTests/prioritiesThatChange"),
    Fault(RUNTIME + "WorkerThread.swift", "case .absent where caller == convolution_process_scheduling():", "case .absent:", "WorkerTests/firstCallerIsNotLikeTheProcess"),
    Fault(RUNTIME + "OpenBLAS.swift", "if openblas_get_num_threads() != 1 { openblas_set_num_threads(1) }", "", "OpenBLASTests/threadsSetByTheProgram"),
    Fault(SYSTEM + "ProductGate.c", "while (count < wanted && (count < atomic_load(&places) || buffer_can_be_had()))", "while (count < wanted)", "OpenBLASTests/noAddressSpace"),
    Fault(SYSTEM + "ProductGate.c", "return true;\n      continue;", "return true;\n      return true;", "OpenBLASTests/manyCallersHeldBySignals"),
    Fault(RUNTIME + "Lock.swift", "      unsafe convolution_mutex_lock(mutex)\n      defer { unsafe convolution_mutex_unlock(mutex) }\n", "", "LoadTests", "thread"),
    Fault(SYSTEM + "Forks.c", "  while ((now = atomic_load(&gate)) != forking) wait_while_equal(&gate, now);\n", "", "ForkTests/locks|ForkTests/insideOpenBLAS"),
    Fault("Sources/Convolution/Module/Parameter.swift", "      keptFilters = KeptFilters()\n", "", "RuntimeTests"),
    Fault(RUNTIME + "Workspace.swift", "MemoryBlock(count: count, of: type)", "MemoryBlock(count: count / 2, of: type)", "RuntimeTests|LoadTests"),
    # The layer.
    Fault(LAYER + "Conv2d+Backward.swift", "if let sum = gradients.bias { bias?.gradient = sum }", "", "AccumulationTests"),
    Fault(LAYER + "Conv2d+Backward.swift", "unsafe sums[index] += terms[index]", "unsafe sums[index] = terms[index]", "AccumulationTests"),
    Fault(LAYER + "ConvolutionCall.swift", "guard outputGradient.shape == geometry.outputShape else {", "guard outputGradient.shape.count == geometry.outputShape.count else {", "BackwardTests"),
    Fault(LAYER + "Conv2d+Configuration.swift", "if dilation != 1 {", "if dilation.height != 1 {", "GoldenTests"),
    Fault("Sources/Convolution/Module/Parameter.swift", "if !isKnownUniquelyReferenced(&identity) { identity", "if false { identity", "VelocityTests"),
    Fault("Sources/Convolution/Module/SGD.swift", "velocities = velocities.filter { $0.value.owner != nil }", "", "VelocityTests"),
    Fault(FILES + "FloatConversions.swift", "(magnitude >= 0x7C00 ? rebias : 0)", "0", "FloatConversionTests"),
    Fault(FILES + "FloatConversions.swift", "(1 << (dropped - 1)) - 1 + isOdd", "(1 << (dropped - 1))", "FloatConversionTests"),
    Fault(FILES + "FloatConversions.swift", "min(whole, infinity)", "whole", "FloatConversionTests"),
    Fault(FILES + "StoredInteger.swift", "bits <= Scalar.significandBitCount + 1", "bits <= Scalar.significandBitCount + 2", "IntegerTests"),
    Fault("Sources/Convolution/Module/KaimingUniform.swift", "Scalar((2 * unit - 1) * bound)", "Scalar(unit * bound)", "InitializationTests"),
    # Winograd: forward.
    Fault(KERNELS + "WinogradStaging.inc", "while (next < count && sources[begin] >= 0 && sources[next] == sources[next - 1] + 1) next++;", "while (next < count && sources[begin] >= 0) next++;", "WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradProducts.inc", "accumulate ? LEVEL(load)(target) + sums[row][vector] : sums[row][vector]", "sums[row][vector]", "WinogradTests/agreesWithTheDefinition|WinogradGradientTests/agreeWithTheDefinition"),
    Fault(KERNELS + "WinogradOutput.inc", "const VECTOR value = outputs[column] + bias;", "const VECTOR value = outputs[column];", "WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradScheme.h", "return index % 2 == 0 ? magnitude : -magnitude;", "return magnitude;", "WinogradTests/finiteOutputs"),
    Fault(KERNELS + "WinogradRepair.c", "!isfinite(*value)", "isnan(*value) && column > columns->firstOutput", "WinogradTests/valuesThatAreNotFinite"),
    Fault(KERNELS + "WinogradRepair.c", "filters->rotated ? 8 - tap : tap", "tap", "NonFiniteTests/imageAndTileBorders"),
    Fault(KERNELS + "WinogradRepair.c", "bias ? bias[channel] : 0, input);", "0, input);", "NonFiniteTests/imageAndTileBorders"),
    Fault(RUNTIME + "FiniteCheck.swift", "sums[lane] += self[start + lane] * 0", "sums[lane] += self[start] * 0", "NonFiniteTests/classes"),
    Fault(RUNTIME + "FiniteCheck.swift", "for index in whole..<count {", "for index in whole..<max(whole, count - 1) {", "NonFiniteTests/classes"),
    Fault(RUNTIME + "FiniteCheck.swift", "for lane in 0..<16 { total += sums[lane] }", "for lane in 0..<15 { total += sums[lane] }", "NonFiniteTests/classes|RuntimeTests"),
    Fault(LOWERING + "Winograd/WinogradTiling.swift", "set == 0 ? 0 : (set - 1) * tile.rawValue + size(ofSet: set - 1)", "set * tile.rawValue", "WinogradTests/agreesWithTheDefinition"),
    Fault(LOWERING + "Winograd/WinogradTiling.swift", "return start(ofSet: set) * dilation + phase", "return start(ofSet: set) * dilation + dilation - 1 - phase", "WinogradTests/agreesWithTheDefinition"),
    Fault(LOWERING + "Winograd/WinogradTiling.swift", "(isOneOutput ? longPhases : dilation)", "(isOneOutput ? longPhases - 1 : dilation)", "WinogradTests/agreesWithTheDefinition"),
    Fault(LOWERING + "Winograd/WinogradTiling.swift", "set == sets - 1 && phase >= longPhases", "set == sets - 1 && phase >= longPhases - 1", "WinogradTests/agreesWithTheDefinition"),
    Fault(LOWERING + "Winograd/WinogradTiling.swift", "min(count, sets.upperBound * dilation)", "sets.upperBound * dilation", "WinogradTests/agreesWithTheDefinition"),
    Fault(LOWERING + "Winograd/WinogradTiling.swift", ">= least { tiles += longPhases }", "> least { tiles += longPhases }", "WinogradTilingTests"),
    Fault(LOWERING + "Winograd/WinogradBlocking.swift", "let scratchChannels = 112", "let scratchChannels = 0", "WinogradGradientTests/blocksTakeWhatIsCountedOn"),
    Fault(KERNELS + "WinogradLayout.h", "axis->step * winograd_patch(scheme, axis->tileSizes[lastSet])", "winograd_patch(scheme, axis->tileSizes[lastSet])", "WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradInput.inc", "(row * columns + column * step)", "(row * columns + column)", "WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradOutput.inc", "        layer->columns.step);", "        1);", "WinogradTests/agreesWithTheDefinition"),
    Fault(LOWERING + "Winograd/WinogradTables.swift", "(map.kernel - 1) * map.dilation + 1", "map.kernel", "WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradInput.inc", "(row * step * columns + column)", "(row * columns + column)", "WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradOutput.inc", "layer->rows.step * region->columns.outputs,", "region->columns.outputs,", "WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradRepair.c", "columnSources[column * layer->columns.step]", "columnSources[column]", "WinogradTests/valuesThatAreNotFinite"),
    Fault(KERNELS + "WinogradGradient.inc", "(i * columns + column * step)", "(i * columns + column)", "WinogradGradientTests/agreeWithTheDefinition"),
    Fault(KERNELS + "WinogradGradient.inc", "(row * step * columns + column)", "(row * columns + column)", "WinogradGradientTests/agreeWithTheDefinition"),
    # Winograd: input gradient.
    Fault(LOWERING + "BorderMap.swift", "paddingBefore: span - paddingBefore,", "paddingBefore: span - paddingAfter,", "GradientTests|FuzzTests"),
    Fault(KERNELS + "WinogradFilters.inc", "source[filters->rotated ? 8 - tap : tap]", "source[tap]", "GradientTests"),
    Fault(LOWERING + "Winograd/WinogradFilters.swift", "? .init(weights: group, outputChannelStride: 9, inputChannelStride: outputChannels * 9, rotated: true)", "? .init(weights: group, outputChannelStride: 9, inputChannelStride: inputChannels * 9, rotated: true)", "GradientTests"),
    Fault(LOWERING + "BorderMap.swift", "guard stride == 1, mode == .zeros || isUnpadded else { return nil }", "guard stride == 1 else { return nil }", "GradientTests"),
    # Winograd: forward, from the staged input to the staged output.
    Fault(KERNELS + "WinogradStaging.inc", "for (ptrdiff_t column = end; column < columns->samples; column++)", "for (ptrdiff_t column = end; column < columns->samples - 1; column++)", "WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradInput.inc", "const float *plane = input + (block->firstImage + image) * layer->inputImageStride +", "const float *plane = input + image * layer->inputImageStride +", "WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradInput.inc", "const ptrdiff_t matrixRow = (image * layout->tileRows[i] + tileRow) * layout->tileColumns[j];", "const ptrdiff_t matrixRow = (image * layout->tileRows[0] + tileRow) * layout->tileColumns[0];", "WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradAxis.inc", "VECTOR sum = points[0] + points[1], difference = points[0] - points[1];\n    y[0] = sum + points[2];", "VECTOR sum = points[0] + points[1], difference = points[1] - points[0];\n    y[0] = sum + points[2];", "WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradAxis.inc", "y[0] = LEVEL(interpolateEnd)(scheme, tileSize, 2, x);", "y[0] = LEVEL(interpolateEnd)(scheme, tileSize, 2, x + 1);", "WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradProducts.inc", "right + (part == 0 ? first + partial : first) * PANEL_LANES, product + row * PANEL_LANES, first > 0);\n      row += count;", "right + (part == 0 ? first + partial : first) * PANEL_LANES, product + row * PANEL_LANES, first > 0);\n      row += MULTIPLY_ROWS;", "WinogradTests/agreesWithTheDefinition|GuardedPageTests/float"),
    Fault(KERNELS + "WinogradOutput.inc", "columns < FLOAT_LANES || columns - column >= FLOAT_LANES ? column : columns - FLOAT_LANES;", "column;", "GuardedPageTests/float|WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradOutput.inc", "LEVEL(storeFirst)(target + lane * planeStride, lanes[lane], columns);", "LEVEL(storeFirst)(target + lane * planeStride, lanes[lane], columns - 1);", "WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradOutput.inc", "const ptrdiff_t valid = remaining < FLOAT_LANES ? remaining : FLOAT_LANES;", "const ptrdiff_t valid = remaining <= 0 ? 0 : FLOAT_LANES;", "GuardedPageTests/float"),
    Fault(LOWERING + "Winograd/WinogradTables.swift", "Int32(sample < end ? map.source(at: sample - map.paddingBefore) : BorderMap.zero)", "Int32(sample < end ? map.source(at: sample - map.paddingAfter) : BorderMap.zero)", "WinogradTests/agreesWithTheDefinition"),
    Fault(LOWERING + "Winograd/Winograd.swift", "for index in sideBySide..<units.count {", "for index in sideBySide..<max(sideBySide, units.count - 1) {", "WinogradTests/threadsAndCompanyChangeNothing|ThreadTests/float"),
    # Winograd: filter transform.
    Fault(KERNELS + "WinogradAxis.inc", "y[2 + index] = ((taps[0] + point * point * taps[2]) + point * taps[1]) * (1 / (point * divisor));", "y[2 + index] = ((taps[0] + point * taps[2]) + point * taps[1]) * (1 / (point * divisor));", "WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradAxis.inc", "y[1 + largest + index] = taps[1] * (1 / divisor);", "y[1 + largest + index] = taps[0] * (1 / divisor);", "WinogradTests/agreesWithTheDefinition"),
    Fault(KERNELS + "WinogradFilters.inc", "LEVEL(transformFilterVector)(scheme, (const VECTOR *)taps, offsets, target + channel * PANEL_LANES);", "if (channel < inputChannels) LEVEL(transformFilterVector)(scheme, (const VECTOR *)taps, offsets, target + channel * PANEL_LANES);", "AllocationTests/poisonedMemory"),
    Fault(KERNELS + "WinogradFilters.inc", "return remaining < 0 ? 0 : remaining < FLOAT_LANES ? remaining : FLOAT_LANES;", "return remaining < 0 ? 0 : FLOAT_LANES;", "GuardedPageTests/float"),
    # Winograd: weight gradient.
    Fault(KERNELS + "WinogradAxis.inc", "if (pair + 1 < tileSize) y[ends + pair + 1] = even - odd;", "if (pair + 1 < tileSize) y[ends + pair + 1] = even + odd;", "WinogradGradientTests/agreeWithTheDefinition"),
    Fault(KERNELS + "WinogradAxis.inc", "y[ends - 1] = gradients[tileSize - 1];", "y[ends - 1] = gradients[0];", "WinogradGradientTests/agreeWithTheDefinition"),
    Fault(KERNELS + "WinogradAxis.inc", "taps[1] += point * scaled;", "taps[1] -= point * scaled;", "WinogradGradientTests/agreeWithTheDefinition"),
    Fault(KERNELS + "WinogradGradient.inc", "const ptrdiff_t row = (image * layout->tileRows[i] + tileRow) * layout->tileColumns[j];", "const ptrdiff_t row = tileRow * layout->tileColumns[j];", "WinogradGradientTests/agreeWithTheDefinition"),
    Fault(KERNELS + "WinogradGradient.inc", "const ptrdiff_t count = row < region->rowCount ? region->columnCount : 0;", "const ptrdiff_t count = region->columnCount;", "GuardedPageTests/float|GradientTests/tileEdges"),
    Fault(KERNELS + "WinogradGradient.inc", "else if (i >= firstPosition && !accumulate)", "else if (i > firstPosition && !accumulate)", "WinogradGradientTests/agreeWithTheDefinition|AllocationTests/poisonedMemory"),
    Fault(KERNELS + "WinogradProducts.inc", "accumulate || first > 0);", "accumulate);", "WinogradGradientTests/agreeWithTheDefinition"),
    Fault(KERNELS + "WinogradFilters.inc", "for (int tap = 0; tap < 9; tap++) target[tap] = taps[tap][lane];", "for (int tap = 0; tap < 8; tap++) target[tap] = taps[tap][lane];", "WinogradGradientTests/agreeWithTheDefinition|GuardedPageTests/float"),
    Fault(LOWERING + "Winograd/WinogradWeightGradient.swift", "memory.input, memory.gradients, memory.sums, !isFirst)", "memory.input, memory.gradients, memory.sums, false)", "WinogradGradientTests|GradientTests/largerLayers"),
    Fault(LOWERING + "Winograd/WinogradWeightGradient.swift", "let unit = units.unit(group * units.blocking.blocks + block)", "let unit = units.unit(group + block)", "WinogradGradientTests"),
    # Depthwise: forward.
    Fault(KERNELS + "Depthwise.inc", "if (start >= 0 && start + LANES * stride <= tile->width) {", "if (start + LANES * stride <= tile->width) {", "DepthwiseTests/otherKernels|DirectTests/depthwise"),
    Fault(KERNELS + "Depthwise.inc", "const ptrdiff_t column = next + count > width ? width - count : next;", "const ptrdiff_t column = next;", "DepthwiseTests/otherKernels|DirectTests/depthwise"),
    Fault(KERNELS + "Depthwise.inc", "for (int r = 0; r < (tileRows - 1) * stride + kernelHeight; r++) {", "for (int r = 0; r < (tileRows - 1) * stride + kernelHeight - 1; r++) {", "DepthwiseTests/otherKernels|DirectTests/depthwise"),
    Fault(KERNELS + "Depthwise.inc", "sums[i] += input * weight[h];", "sums[i] -= input * weight[h];", "DepthwiseTests/otherKernels|DirectTests/depthwise"),
    Fault(KERNELS + "Depthwise.inc", "partial[i] += weight * KERNEL(depthwiseColumns)(rows[i * tile->rowStep]", "partial[i] += weight * KERNEL(depthwiseColumns)(rows[i * tile->kernelRowStep]", "DepthwiseTests/otherKernels|DirectTests/depthwise"),
    Fault(KERNELS + "Depthwise.inc", "tile.bias = bias ? bias[m] : 0;", "tile.bias = bias ? bias[channel] : 0;", "DepthwiseTests/otherKernels|DirectTests/depthwise"),
    Fault(KERNELS + "Depthwise.inc", "tile.validRows = left < tileRows ? left : tileRows;", "tile.validRows = tileRows;", "DepthwiseTests/otherKernels|DirectTests/depthwise"),
    Fault(LOWERING + "Depthwise/DepthwiseForward.swift", "rows: blocks.lowerBound * Self.rowsPerBlock..<min(blocks.upperBound * Self.rowsPerBlock, image.rows.output),", "rows: blocks.lowerBound * Self.rowsPerBlock..<(blocks.upperBound * Self.rowsPerBlock),", "DepthwiseTests/otherKernels|DirectTests/depthwise"),
    # Rows that the kernels without im2col read and stage.
    Fault(KERNELS + "Vector.inc", "last = (int)KERNEL(clamp)(width - start, 0, LANES);", "last = (int)KERNEL(clamp)(width - start - 1, 0, LANES);", "DepthwiseTests/otherKernels|DirectTests/depthwise"),
    Fault(KERNELS + "Vector.inc", "if (left & 8) memcpy(bytes + done, source + done, 8), done += 8;", "if (left & 8) memcpy(bytes + done, source + done, 8);", "DepthwiseTests/otherKernels|DirectTests/depthwise"),
    Fault(KERNELS + "Staging.inc", "target[c] = source[2 * c];", "target[c] = source[c];", "DirectTests/direct|DirectTests/everyPaddingMode"),
    Fault(LOWERING + "Direct/KernelBorders.swift", "segments[tap % period].target + tap / period * tapStep", "segments[tap % period].target + tap / period", "DirectTests/direct"),
    Fault(LOWERING + "Direct/KernelBorders.swift", "source == last.source + last.count * step", "source >= last.source", "DirectTests/everyPaddingMode"),
    # Direct.
    Fault(KERNELS + "Direct.inc", "const Vector *const earlier = isFirst ? tile->bias : tile->sums;", "const Vector *const earlier = tile->bias;", "DirectTests/direct|DirectTests/longReductions"),
    Fault(KERNELS + "Direct.inc", "sums[o][s] += input[s] * weight;", "sums[o][s] -= input[s] * weight;", "DirectTests/direct"),
    Fault(KERNELS + "Direct.inc", "tile.validOutputs = lastOutput - o < panel ? lastOutput - o : panel;", "tile.validOutputs = panel;", "DirectTests/direct"),
    Fault(KERNELS + "Direct.inc", "for (; n % TILE_SLOTS != 0; n++) slots[n] = slots[n - 1];", "", "DirectTests/direct|GuardedPageTests"),
    Fault(KERNELS + "Direct.inc", "t % taps / columns->kernelWidth * rows->kernelStep * columns->stagedWidth", "t % taps / columns->kernelWidth * columns->stagedWidth", "DirectTests/direct"),
    Fault(KERNELS + "Direct.inc", "const ptrdiff_t left = tile->terms - t, terms = left < pieceTerms ? left : pieceTerms;", "const ptrdiff_t left = tile->terms - t, terms = pieceTerms;", "DirectTests/direct|AllocationTests/poisonedMemory"),
    Fault(LOWERING + "Direct/DirectFilters.swift", "source[output * image.reduction + term] : 0", "source[output + term] : 0", "DirectTests/direct"),
    # Dense.
    Fault(KERNELS + "Dense.inc", "result[p][v] = earlier[p][v] + sums[p][v];", "result[p][v] = earlier[p][v] - sums[p][v];", "DirectTests/dense"),
    Fault(KERNELS + "Dense.inc", "piece.channels = channels - c < pieceTerms ? channels - c : pieceTerms;", "piece.channels = channels < pieceTerms ? channels : pieceTerms;", "DirectTests/densePointwise"),
    Fault(KERNELS + "Dense.inc", "tiles[n].count = pixels - done < tilePixels ? pixels - done : tilePixels;", "tiles[n].count = tilePixels;", "DirectTests/dense"),
    Fault(KERNELS + "Dense.inc", "outputs = behind < PANEL ? behind : PANEL;", "outputs = PANEL;", "DirectTests/dense"),
    Fault(KERNELS + "Dense.inc", "if (taps == 0 && earlier != sums) memcpy(sums, earlier, tilePixels * PANEL * sizeof(SCALAR));", "", "DirectTests/dense"),
    Fault(KERNELS + "Dense.inc", "memcpy(panelBias, bias + panel * PANEL, (size_t)outputs * sizeof(SCALAR));", "memcpy(panelBias, bias, (size_t)outputs * sizeof(SCALAR));", "DirectTests/dense"),
    Fault(LOWERING + "Direct/DenseSegments.swift", "room / map.dilation + 1)", "room / map.dilation)", "DirectTests/dense"),
    # Product.
    Fault(KERNELS + "ProductTiles.inc", "sums[row][1] += factor * right1;", "sums[row][1] += factor * right0;", "DirectTests/pointwise"),
    Fault(KERNELS + "Product.inc", ".isFirst = run == 0 && index == 0", ".isFirst = index == 0", "DirectTests/productOfFewTaps"),
    Fault(LOWERING + "PackedFilters.swift", "layout: [groups] + layout)", "layout: layout)", "ForwardTests/sharedParameter"),
    Fault(KERNELS + "ProductStaging.inc", "shape->rowSources[rowTap * shape->outputHeight + block->firstRow + i]", "shape->rowSources[rowTap * shape->outputHeight + i]", "DirectTests/productOfFewTaps"),
    Fault(KERNELS + "ProductStaging.inc", "interior.source - interior.first + block->firstColumn;", "interior.source - interior.first;", "DirectTests/productOfFewTaps"),
    Fault(LOWERING + "Product/ProductFilters.swift", "(tap * inputs + first) * width", "tap * inputs * width", "DirectTests/pointwise"),
    # Depthwise: input gradient.
    Fault(KERNELS + "DepthwiseGradients.inc", "for (; done < count; done++) target[done * step] += source[done];", "for (; done < count - 1; done++) target[done * step] += source[done];", "GuardedPageTests/float"),
    Fault(LOWERING + "Depthwise/DepthwiseGradients.swift", "weight[(filter + 1) * image.taps - 1 - tap]", "weight[filter * image.taps + tap]", "GuardedPageTests/float"),
    Fault(LOWERING + "Depthwise/DepthwiseGradients.swift", "guard operands.keptFilters.isFinite(examine: { unsafe weight.isFinite }) else { return false }", "", "NonFiniteTests/classes"),
    Fault(KERNELS + "DepthwiseGradients.inc", "weights[output * taps + row * shape->columns.kernel + column], run.count * width);", "weights[output * taps + column * shape->columns.kernel + row], run.count * width);", "GuardedPageTests/float"),
    Fault(KERNELS + "DepthwiseGradients.inc", "memset(result, 0, (size_t)(shape->inputHeight * shape->inputWidth) * sizeof(SCALAR));", "", "GuardedPageTests/float"),
    Fault(KERNELS + "DepthwiseGradients.inc", "(result + row * shape->inputWidth + run.source, source + run.output, run.count, shape->columnStep);", "(result + row * shape->inputWidth + run.output, source + run.output, run.count, shape->columnStep);", "GuardedPageTests/float"),
    Fault(LOWERING + "Depthwise/DepthwiseGradients.swift", "weight[(filter + 1) * image.taps - 1 - tap]", "weight[filter * image.taps + tap]", "GuardedPageTests/float"),
    # Depthwise: weight gradient.
    Fault(KERNELS + "DepthwiseGradients.inc", "for (int lane = 0; lane < LANES; lane++) sum += total[lane];", "for (int lane = 0; lane < LANES - 1; lane++) sum += total[lane];", "GuardedPageTests/float"),
    Fault(KERNELS + "DepthwiseGradients.inc", "sums[output * taps + row * shape->columns.kernel + column] +=", "sums[row * shape->columns.kernel + column] +=", "GuardedPageTests/float"),
    Fault(KERNELS + "DepthwiseGradients.inc", "left += count, right += count, length -= count;", "left += count, length -= count;", "GradientTests/largerLayers"),
    Fault(KERNELS + "DepthwiseGradients.inc", "for (; done + LANES < count; done += LANES) {", "for (; done + LANES <= count; done += LANES) {", "GuardedPageTests"),
    Fault(LOWERING + "Depthwise/DepthwiseGradients.swift", "unsafe sums.update(repeating: 0, count: count)", "", "AllocationTests/poisonedMemory|GuardedPageTests/float"),
    Fault(LOWERING + "Depthwise/DepthwiseRuns.swift", "for output in [0..<interior.lowerBound, interior.upperBound..<map.output].joined() {", "for output in 0..<interior.lowerBound {", "GradientTests/agreesWithReference"),
    # Depthwise with a small kernel: forward.
    Fault(KERNELS + "DepthwiseSquare.inc", "if (k >= 0 && k < kernel) sums[i] += weight[part][k] * (values);", "if (k >= 0 && k < kernel - 1) sums[i] += weight[part][k] * (values);", "DepthwiseTests/smallKernels"),
    Fault(KERNELS + "DepthwiseSquare.inc", "last = width < LANES ? 0 : width - LANES;", "last = width < LANES ? 0 : width;", "DepthwiseTests/smallKernels"),
    Fault(KERNELS + "DepthwiseSquare.inc", "if (row < plane->rowEnd) KERNEL(squareRows)(plane, row, kernel, stride, 1);", "", "DepthwiseTests/smallKernels"),
    Fault(KERNELS + "DepthwiseSquare.inc", ".bias = bias ? bias[plane] : 0,", ".bias = bias ? bias[plane / shape->multiplier] : 0,", "DepthwiseTests/smallKernels"),
    Fault(KERNELS + "DepthwiseStrips.inc", "first + r >= 0 && r < end ?", "first + r >= 0 && r <= end ?", "DepthwiseTests/smallKernels"),
    # Depthwise with a small kernel: weight gradient.
    Fault(KERNELS + "DepthwiseSquareGradient.inc", "sums[(tap) * kernel + k] += gradients[i] * (values);", "sums[(tap) * kernel + k] -= gradients[i] * (values);", "DepthwiseTests/smallKernels"),
    Fault(KERNELS + "DepthwiseSquareGradient.inc", "result[plane * taps + tap % kernel * kernel + tap / kernel]", "result[plane * taps + tap]", "DepthwiseTests/smallKernels"),
    Fault(KERNELS + "DepthwiseSquareGradient.inc", "if (row < rectangle->rowEnd) KERNEL(addRows)(rectangle, row, sums, firstTap, kernel, stride, 1, taps);", "", "DepthwiseTests/smallKernels"),
    Fault(KERNELS + "DepthwiseSquareGradient.inc", ".gradient = outputGradient + image * shape->outputImage +", ".gradient = outputGradient +", "DepthwiseTests/smallKernels"),
    # Depthwise with a small kernel: input gradient.
    Fault(KERNELS + "DepthwiseSquareInput.inc", "storeFirst)(target + LANES, high, count - LANES);", "storeFirst)(target + LANES, high, count - LANES - 1);", "DepthwiseTests/smallKernels"),
    Fault(KERNELS + "DepthwiseSquareInput.inc", "sums[(tap + parity) & 1] +=", "sums[tap & 1] +=", "DepthwiseTests/smallKernels"),
    Fault(KERNELS + "DepthwiseSquareInput.inc", "first = above > 0 ? above : position & 1,", "first = position & 1,", "DepthwiseTests/smallKernels"),
    # Tensors by hand, and pixels.
    Fault(TENSOR + "Tensor+Reshaping.swift", "start += piece", "start += resultPiece - piece", "TensorFaceTests"),
    Fault(TENSOR + "Tensor+Subscripts.swift", "offset = offset * shape[axis] + indices[axis]", "offset = offset * shape[0] + indices[axis]", "TensorFaceTests"),
    Fault(TENSOR + "NumberColumn.swift", "largest / smallest > 1000", "largest / smallest >= 1000", "TensorTextTests"),
    Fault(PIXELS + "PixelRow.swift", "store(bytes, of: UInt32.self, stride: 3, pixels: width - 1)", "store(bytes, of: UInt32.self, stride: 3, pixels: width - 2)", "PixelTests"),
    Fault(PIXELS + "PixelRow.swift", "(level + 0x1p23).bitPattern & 0xFF", "UInt32(level) & 0xFF", "PixelTests"),
    Fault(PIXELS + "Tensor+Pixels.swift", "bytes + y * bytesPerRow", "bytes + y * width * channels", "PixelTests"),
]
