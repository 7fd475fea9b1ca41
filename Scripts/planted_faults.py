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
GEOMETRY = LOWERING + "Geometry/"
ENGINE = LOWERING + "ImplicitGemm/"
GEMM = KERNELS + "Gemm/"
DEPTHWISE = KERNELS + "Depthwise/"
WINOGRAD = KERNELS + "Winograd/"
SYSTEM = "Sources/CConvolutionKernels/System/"
LAYER = "Sources/Convolution/Conv2d/"
FILES = "Sources/ConvolutionIO/Files/"
TENSOR = "Sources/Convolution/Tensor/"
PIXELS = "Sources/ConvolutionIO/Pixels/"
LAYERS = "Sources/ConvolutionLayers/"

FAULTS = [
    # Borders and geometry.
    Fault(GEOMETRY + "AxisGeometry.swift", "output * stride + tap * dilation - paddingBefore", "output * stride + tap * dilation - paddingAfter", "AxisGeometryTests"),
    Fault(GEOMETRY + "AxisGeometry.swift", "2 * (input - 1) - position", "2 * input - 1 - position", "AxisGeometryTests"),
    Fault(GEOMETRY + "AxisGeometry.swift", "case .circular: return position < 0 ? position + input : position - input", "case .circular: return position < 0 ? position + input : 0", "AxisGeometryTests"),
    Fault(GEOMETRY + "AxisGeometry.swift", "min(output, last / stride + 1)", "min(output, last / stride)", "AxisGeometryTests"),
    Fault(GEOMETRY + "AxisGeometry.swift", "padding?.before ?? span / 2", "padding?.before ?? (span - span / 2)", "AxisGeometryTests"),
    Fault(GEOMETRY + "AxisGeometry.swift", "if let limit, amount > limit", "if let limit, amount >= limit", "ErrorTests"),
    Fault(GEOMETRY + "AxisGeometry.swift", "guard extent <= padded else", "guard extent < padded else", "GeometryTests"),
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
    Fault(LOWERING + "Im2col/Im2col.swift", "if index != AxisGeometry.zero { unsafe target[index] += values[output - outputs.lowerBound] }", "if index != AxisGeometry.zero { unsafe target[index] = values[output - outputs.lowerBound] }", "GradientTests"),
    Fault(LOWERING + "Im2col/Im2col.swift", "for step in 0..<inside.count { unsafe first[step * map.stride] += start[step] }", "for step in 0..<inside.count - 1 { unsafe first[step * map.stride] += start[step] }", "GradientTests"),
    Fault(LOWERING + "Im2col/Im2colInputGradient.swift", "if !image.isPointwise { unsafe planes.update(repeating: 0, count: channels.count * image.inputPixels) }", "if !image.isPointwise { unsafe planes.update(repeating: 0, count: image.inputPixels) }", "AllocationTests|GuardedPageTests"),
    Fault(LOWERING + "Im2col/Im2colInputGradient.swift", "group * outputChannels * image.reduction + channels.lowerBound * image.taps", "group * outputChannels * image.reduction + channels.lowerBound", "GradientTests"),
    # im2col: weight gradient.
    Fault(LOWERING + "Im2col/Im2colWeightGradient.swift", "accumulates: index != blocks.lowerBound", "accumulates: index != 0", "GradientTests|AllocationTests"),
    Fault(LOWERING + "Im2col/Im2colWeightGradient.swift", "unsafe operands.result[index] += workspace[copy * size + index]", "unsafe operands.result[index] -= workspace[copy * size + index]", "GradientTests"),
    Fault(LOWERING + "Im2col/Im2colWeightGradient.swift", "group * outputChannels * image.reduction + reduction.lowerBound", "group * outputChannels * image.reduction", "GradientTests"),
    # Bias gradient.
    Fault(LOWERING + "Execution/BiasGradient.swift", "for index in whole..<count { unsafe sum += values[index] }", "", "GradientTests"),
    Fault(LOWERING + "Execution/BiasGradient.swift", "(index * channels + channel) * pixels", "channel * pixels", "GradientTests"),
    Fault(LOWERING + "Execution/BiasGradient.swift", "min(Self.run, pixels - start)", "min(Self.run - 1, pixels - start)", "GradientTests"),
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
    Fault("Sources/Convolution/Module/Parameter.swift", "      derivedWeights = DerivedWeights()\n", "", "RuntimeTests"),
    Fault(RUNTIME + "Workspace.swift", "MemoryBlock(count: count, of: type)", "MemoryBlock(count: count / 2, of: type)", "RuntimeTests|LoadTests"),
    # The layer.
    Fault(LAYER + "ConvolutionCall.swift", "if let sum = gradients.bias { bias?.gradient = sum }", "", "AccumulationTests"),
    Fault(LAYER + "Conv2d+Backward.swift", "unsafe sums[index] += terms[index]", "unsafe sums[index] = terms[index]", "AccumulationTests"),
    Fault(LAYER + "ConvolutionCall.swift", "guard outputGradient.shape == geometry.outputShape else {", "guard outputGradient.shape.count == geometry.outputShape.count else {", "BackwardTests"),
    Fault("Sources/Convolution/Configuration/ConvolutionConfiguration.swift", "if dilation != 1 {", "if dilation.height != 1 {", "GoldenTests"),
    Fault("Sources/Convolution/Module/Parameter.swift", "if !isKnownUniquelyReferenced(&identity) { identity", "if false { identity", "VelocityTests"),
    Fault("Sources/Convolution/Module/SGD.swift", "velocities = velocities.filter { $0.value.owner != nil }", "", "VelocityTests"),
    Fault(FILES + "FloatConversions.swift", "(magnitude >= 0x7C00 ? rebias : 0)", "0", "FloatConversionTests"),
    Fault(FILES + "FloatConversions.swift", "(1 << (dropped - 1)) - 1 + isOdd", "(1 << (dropped - 1))", "FloatConversionTests"),
    Fault(FILES + "FloatConversions.swift", "min(whole, infinity)", "whole", "FloatConversionTests"),
    Fault(FILES + "StoredInteger.swift", "bits <= Scalar.significandBitCount + 1", "bits <= Scalar.significandBitCount + 2", "IntegerTests"),
    Fault("Sources/Convolution/Module/KaimingUniform.swift", "Scalar((2 * unit - 1) * bound)", "Scalar(unit * bound)", "InitializationTests"),
    # Winograd: forward.
    Fault(WINOGRAD + "WinogradStaging.inc", "while (next < count && sources[begin] >= 0 && sources[next] == sources[next - 1] + 1) next++;", "while (next < count && sources[begin] >= 0) next++;", "WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradProducts.inc", ".accumulates = first > 0};", ".accumulates = false};", "WinogradTests/agreesWithTheDefinition|WinogradGradientTests/agreeWithTheDefinition"),
    Fault(WINOGRAD + "WinogradOutput.inc", "const Vector value = outputs[column] + bias;", "const Vector value = outputs[column];", "WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradScheme.h", "return index % 2 == 0 ? magnitude : -magnitude;", "return magnitude;", "WinogradTests/transformsAlone"),
    Fault(WINOGRAD + "WinogradRepair.c", "!isfinite(*value)", "isnan(*value) && column > columns->firstOutput", "WinogradTests/valuesThatAreNotFinite"),
    Fault(WINOGRAD + "WinogradRepair.c", "filters->rotated ? 8 - tap : tap", "tap", "NonFiniteTests/imageAndTileBorders"),
    Fault(WINOGRAD + "WinogradRepair.c", "bias ? bias[channel] : 0, input);", "0, input);", "NonFiniteTests/imageAndTileBorders"),
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
    Fault(WINOGRAD + "WinogradLayout.h", "axis->step * winograd_patch(scheme, axis->tileSizes[lastSet])", "winograd_patch(scheme, axis->tileSizes[lastSet])", "WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradInput.inc", "(row * columns + column * step)", "(row * columns + column)", "WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradOutput.inc", "region->columns.outputs, layer->columns.step);", "region->columns.outputs, 1);", "WinogradTests/agreesWithTheDefinition"),
    Fault(LOWERING + "Winograd/WinogradTables.swift", "(map.kernel - 1) * map.dilation + 1", "map.kernel", "WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradInput.inc", "(row * step * columns + column)", "(row * columns + column)", "WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradOutput.inc", "layer->rows.step * region->columns.outputs,", "region->columns.outputs,", "WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradRepair.c", "columnSources[column * layer->columns.step]", "columnSources[column]", "WinogradTests/valuesThatAreNotFinite"),
    Fault(WINOGRAD + "WinogradGradient.inc", "(i * columns + column * step)", "(i * columns + column)", "WinogradGradientTests/agreeWithTheDefinition"),
    Fault(WINOGRAD + "WinogradGradient.inc", "(row * step * columns + column)", "(row * columns + column)", "WinogradGradientTests/agreeWithTheDefinition"),
    # Winograd: input gradient.
    Fault(GEOMETRY + "AdjointAxis.swift", "let padding = (taps - 1) * dilation - output", "let padding = (taps - 1) * dilation + output", "GradientTests|FuzzTests"),
    Fault(WINOGRAD + "WinogradFilters.inc", "source[filters->rotated ? 8 - tap : tap]", "source[tap]", "GradientTests"),
    Fault(LOWERING + "Winograd/WinogradFilters.swift", "? .init(weights: group, outputChannelStride: 9, inputChannelStride: outputChannels * 9, rotated: true)", "? .init(weights: group, outputChannelStride: 9, inputChannelStride: inputChannels * 9, rotated: true)", "GradientTests"),
    Fault(GEOMETRY + "AdjointAxis.swift", "guard stride == 1, mode == .zeros || isUnpadded else { return nil }", "guard stride == 1 else { return nil }", "GradientTests"),
    # Winograd: forward, from the staged input to the staged output.
    Fault(WINOGRAD + "WinogradStaging.inc", "for (ptrdiff_t column = end; column < columns->samples; column++)", "for (ptrdiff_t column = end; column < columns->samples - 1; column++)", "WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradInput.inc", "const float *plane = input + (block->firstImage + image) * layer->inputImageStride +", "const float *plane = input + image * layer->inputImageStride +", "WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradInput.inc", "const ptrdiff_t matrixRow = (image * layout->tileRows[i] + tileRow) * layout->tileColumns[j];", "const ptrdiff_t matrixRow = (image * layout->tileRows[0] + tileRow) * layout->tileColumns[0];", "WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradAxis.inc", "Vector sum = points[0] + points[1], difference = points[0] - points[1];\n    y[0] = sum + points[2];", "Vector sum = points[0] + points[1], difference = points[1] - points[0];\n    y[0] = sum + points[2];", "WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradAxis.inc", "y[0] = KERNEL(interpolateEnd)(scheme, tileSize, 2, x);", "y[0] = KERNEL(interpolateEnd)(scheme, tileSize, 2, x + 1);", "WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradProducts.inc", ".left = left + row * leftStride + first,", ".left = left + row * leftStride,", "WinogradTests/agreesWithTheDefinition|GuardedPageTests/float"),
    Fault(WINOGRAD + "WinogradOutput.inc", "columns < LANES || columns - column >= LANES ? column : columns - LANES;", "column;", "GuardedPageTests/float|WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradOutput.inc", "KERNEL(storeFirst)(target + lane * planeStride, lanes[lane], columns);", "KERNEL(storeFirst)(target + lane * planeStride, lanes[lane], columns - 1);", "WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradOutput.inc", "const ptrdiff_t valid = remaining < LANES ? remaining : LANES;", "const ptrdiff_t valid = remaining <= 0 ? 0 : LANES;", "GuardedPageTests/float"),
    Fault(LOWERING + "Winograd/WinogradTables.swift", "Int32(sample < end ? map.source(at: sample - map.paddingBefore) : AxisGeometry.zero)", "Int32(sample < end ? map.source(at: sample - map.paddingAfter) : AxisGeometry.zero)", "WinogradTests/agreesWithTheDefinition"),
    Fault(LOWERING + "Winograd/Winograd.swift", "for index in sideBySide..<units.count {", "for index in sideBySide..<max(sideBySide, units.count - 1) {", "WinogradTests/threadsAndCompanyChangeNothing|ThreadTests/float"),
    # Winograd: filter transform.
    Fault(WINOGRAD + "WinogradAxis.inc", "y[2 + index] = ((taps[0] + point * point * taps[2]) + point * taps[1]) * (1 / (point * divisor));", "y[2 + index] = ((taps[0] + point * taps[2]) + point * taps[1]) * (1 / (point * divisor));", "WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradAxis.inc", "y[1 + largest + index] = taps[1] * (1 / divisor);", "y[1 + largest + index] = taps[0] * (1 / divisor);", "WinogradTests/agreesWithTheDefinition"),
    Fault(WINOGRAD + "WinogradFilters.inc", "KERNEL(transformFilterVector)(scheme, (const Vector *)taps, offsets, target + channel * TILE_LANES);", "if (channel < inputChannels) KERNEL(transformFilterVector)(scheme, (const Vector *)taps, offsets, target + channel * TILE_LANES);", "AllocationTests/poisonedMemory"),
    Fault(WINOGRAD + "WinogradFilters.inc", "return remaining < 0 ? 0 : remaining < LANES ? remaining : LANES;", "return remaining < 0 ? 0 : LANES;", "GuardedPageTests/float"),
    # Winograd: weight gradient.
    Fault(WINOGRAD + "WinogradAxis.inc", "if (pair + 1 < tileSize) y[ends + pair + 1] = even - odd;", "if (pair + 1 < tileSize) y[ends + pair + 1] = even + odd;", "WinogradGradientTests/agreeWithTheDefinition"),
    Fault(WINOGRAD + "WinogradAxis.inc", "y[ends - 1] = gradients[tileSize - 1];", "y[ends - 1] = gradients[0];", "WinogradGradientTests/agreeWithTheDefinition"),
    Fault(WINOGRAD + "WinogradAxis.inc", "taps[1] += point * scaled;", "taps[1] -= point * scaled;", "WinogradGradientTests/agreeWithTheDefinition"),
    Fault(WINOGRAD + "WinogradGradient.inc", "const ptrdiff_t row = (image * layout->tileRows[i] + tileRow) * layout->tileColumns[j];", "const ptrdiff_t row = tileRow * layout->tileColumns[j];", "WinogradGradientTests/agreeWithTheDefinition"),
    Fault(WINOGRAD + "WinogradGradient.inc", "const ptrdiff_t count = row < region->rowCount ? region->columnCount : 0;", "const ptrdiff_t count = region->columnCount;", "GuardedPageTests/float|GradientTests/tileEdges"),
    Fault(WINOGRAD + "WinogradGradient.inc", "else if (i >= firstPosition && !accumulate)", "else if (i > firstPosition && !accumulate)", "WinogradGradientTests/agreeWithTheDefinition|AllocationTests/poisonedMemory"),
    Fault(WINOGRAD + "WinogradProducts.inc", ".accumulates = accumulate || first > 0};", ".accumulates = accumulate};", "WinogradGradientTests/agreeWithTheDefinition"),
    Fault(WINOGRAD + "WinogradFilters.inc", "for (int tap = 0; tap < 9; tap++) target[tap] = taps[tap][lane];", "for (int tap = 0; tap < 8; tap++) target[tap] = taps[tap][lane];", "WinogradGradientTests/agreeWithTheDefinition|GuardedPageTests/float"),
    Fault(LOWERING + "Winograd/WinogradWeightGradient.swift", "memory.input, memory.gradients, memory.sums, !isFirst)", "memory.input, memory.gradients, memory.sums, false)", "WinogradGradientTests|GradientTests/largerLayers"),
    Fault(LOWERING + "Winograd/WinogradWeightGradient.swift", "let unit = units.unit(group * units.blocking.blocks + block)", "let unit = units.unit(group + block)", "WinogradGradientTests"),
    # The register tile.
    Fault(GEMM + "Tile.inc", "sums[row * vectors + v] += lanes[v] * factor;", "sums[row * vectors + v] -= lanes[v] * factor;", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Tile.inc", "operands->right += terms * operands->rightStep;", "operands->right += (terms - 1) * operands->rightStep;", "ImplicitGemmTests/pointwiseInRows"),
    Fault(GEMM + "Tile.inc", "    goal.accumulates = true;\n", "", "ImplicitGemmTests/pointwiseInRows"),
    Fault(GEMM + "Tile.inc", "if (goal.outputs && depth == 0) {", "if (goal.outputs) {", "ImplicitGemmTests/pointwise"),
    Fault(GEMM + "Tile.inc", "goal->channel + i / TILE_VECTORS)", "goal->channel)", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Tile.inc", "enum { KERNEL(pieceTerms) = 64 };", "enum { KERNEL(pieceTerms) = 1 << 30 };", "ImplicitGemmTests/longReductionsOfEqualProducts"),
    # From sums to outputs.
    Fault(GEMM + "Epilogue.inc", "outputs->bias[channel] : 0", "outputs->bias[0] : 0", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Epilogue.inc", "(value > high, high, value)", "(value > high, low, value)", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Epilogue.inc", "(value < low, low, value)", "(value > low, value, low)", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Epilogue.inc", "(value < (Vector){0}, value * ", "(value > (Vector){0}, value * ", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Epilogue.inc", "sum[lane] += residual[lane * step];", "sum[lane] += residual[lane];", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Epilogue.inc", "sum += KERNEL(load)(outputs->residual + (target - outputs->first));\n    sum = KERNEL(activated)(outputs, sum);", "sum = KERNEL(activated)(outputs, sum) + KERNEL(load)(outputs->residual + (target - outputs->first));\n    else sum = KERNEL(activated)(outputs, sum);", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Epilogue.inc", ".isPlain = !epilogue->residual && epilogue->activation == ConvolutionEpilogueActivationNone", ".isPlain = !epilogue->residual", "GemmKernelTests/epilogue"),
    # Where taps read.
    Fault(GEMM + "Axis.h", "2 * (axis->input - 1) - position", "2 * axis->input - 1 - position", "ImplicitGemmTests/everyPaddingMode"),
    Fault(GEMM + "Axis.h", "position + axis->input : position - axis->input", "position + axis->input : 0", "ImplicitGemmTests/everyPaddingMode"),
    Fault(GEMM + "Axis.h", "(-start + step - 1) / step", "-start / step", "ImplicitGemmTests/stagedRows"),
    Fault(GEMM + "Axis.h", "(input - 1 - start) / step + 1", "(input - 1 - start) / step", "GemmKernelTests/weightGradient"),
    Fault(GEMM + "Axis.h", "(part < more ? part : more)", "more", "GemmKernelTests/epilogue"),
    # Lines, packed pixels and staged rows.
    Fault(GEMM + "Lines.inc", "    KERNEL(store)(target + count - LANES, KERNEL(load)(source + count - LANES));\n", "", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Lines.inc", "step == 2 && done < count - LANES;", "step == 2 && done + LANES <= count;", "ImplicitGemmTests/stagedRows|ImplicitGemmEdgeTests/everyOtherColumnUpToTheEnd"),
    Fault(GEMM + "Lines.inc", "source < 0 ? 0 : row[c * plane + source]", "source < 0 ? 0 : row[source]", "ImplicitGemmTests/everyPaddingMode"),
    Fault(GEMM + "Lines.inc", "firstTerm * plane + block->firstRow * width + block->firstPixel", "firstTerm * plane + block->firstRow * width", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Lines.inc", "place.image * gemm->inputImage + source * width", "source * width", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Lines.inc", "0, (size_t)count * sizeof(SCALAR)", "0, (size_t)(count - 1) * sizeof(SCALAR)", "GemmKernelTests/epilogue"),
    Fault(GEMM + "PackedSource.inc", "KERNEL(loadFirst)(line + whole + v, rest - v)", "KERNEL(loadFirst)(line + whole + v, rest)", "GemmKernelTests/epilogue"),
    Fault(GEMM + "PackedSource.inc", "packed + pixel * terms + t * rows", "packed + pixel * terms + t", "GemmKernelTests/epilogue"),
    Fault(GEMM + "StagedSource.inc", "distance % stride / staged->phaseStep * staged->phaseWidth", "distance % stride * staged->phaseWidth", "ImplicitGemmTests/stagedRows"),
    Fault(GEMM + "StagedSource.inc", "position > end ? -1 : axisSource(axis, position)", "axisSource(axis, position)", "ImplicitGemmEdgeTests/circularPaddingAsWideAsTheInput"),
    Fault(GEMM + "StagedSource.inc", "distance / rows->stride < outputRows", "distance / rows->stride < outputRows - 1", "GemmKernelTests/epilogue"),
    Fault(GEMM + "StagedSource.inc", "        memset(row, 0, (size_t)staged->width * sizeof(SCALAR));\n", "", "GemmKernelTests/epilogue"),
    Fault(GEMM + "StagedSource.inc", "planes + (c * rows->input + source) * columns->input", "planes + source * columns->input", "GemmKernelTests/epilogue"),
    # Packed filters.
    Fault(GEMM + "Filters.inc", "rows[i], panel->width - o)", "rows[i], panel->width)", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Filters.inc", "o < panel->channels ? filters", "o <= panel->channels ? filters", "GuardedPageTests/float"),
    Fault(GEMM + "Filters.inc", "row = tap / gemm->columns.kernel, column = tap % gemm->columns.kernel", "row = tap % gemm->columns.kernel, column = tap / gemm->columns.kernel", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Filters.inc", "tap * inputs + first;", "tap * inputs;", "ImplicitGemmTests/packed"),
    Fault(GEMM + "Filters.inc", "(panel.firstChannel + panel.width) * reduction(gemm)", "(panel.firstChannel + panel.channels) * reduction(gemm)", "GemmKernelTests/epilogue"),
    # Blocks of pixels times filters.
    Fault(GEMM + "Multiply.inc", ".isFirst = run == 0 && index == 0", ".isFirst = index == 0", "ImplicitGemmTests/fewTaps"),
    Fault(GEMM + "Multiply.inc", "runs = taps == 0 || block", "runs = block", "ImplicitGemmTests/fewTaps"),
    Fault(GEMM + "Multiply.inc", ".outputs = part.isLast && !isApart", ".outputs = !isApart", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Multiply.inc", "row < panel.channels && own.accumulates", "row < panel.channels - 1 && own.accumulates", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Multiply.inc", "pixels * KERNEL(linesAtATime);", "pixels * KERNEL(linesAtATime) / 2;", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Multiply.inc", "      if (i < channels)\n", "      if (i <= channels)\n", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Multiply.inc", "block->firstPixel + block->pixels <= block->rows * block->columns;", "true;", "ImplicitGemmEdgeTests/imagesThatShareABlock"),
    Fault(GEMM + "Multiply.inc", "    sums += pixelCount * TILE_LANES;\n", "", "GemmKernelTests/epilogue"),
    Fault(GEMM + "MultiplyStaged.inc", "column = least(next, width - count);", "column = next;", "GemmKernelTests/epilogue"),
    Fault(GEMM + "MultiplyStaged.inc", "  for (; n % STAGED_VECTORS != 0; n++) slots[n] = slots[n - 1];\n", "", "GemmKernelTests/epilogue"),
    Fault(GEMM + "MultiplyStaged.inc", ".accumulates = first > 0", ".accumulates = false", "GemmKernelTests/epilogue"),
    Fault(GEMM + "MultiplyStaged.inc", "t % taps / gemm->columns.kernel * gemm->rows.dilation", "t % taps / gemm->columns.kernel", "ImplicitGemmTests/stagedRows"),
    Fault(GEMM + "MultiplyStaged.inc", "areWhole = areWhole && slot->count == LANES;", "areWhole = areWhole && slot->count > 0;", "GemmKernelTests/epilogue"),
    Fault(GEMM + "MultiplyStaged.inc", "if (channelsPerPart < gemm->inputChannels) sums +=", "if (channelsPerPart > gemm->inputChannels) sums +=", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Gemm.c", "  place->image++;\n", "", "GemmKernelTests/epilogue"),
    Fault(GEMM + "Gemm.c", "axes[i]->padding != 0 || axes[i]->input != axes[i]->output", "axes[i]->padding != 0", "ImplicitGemmEdgeTests/pointwiseWithPaddingBehind"),
    # The gradient of the weight.
    Fault(GEMM + "WeightGradient.inc", "*rest += (*a - (sum - part)) + (b - part);", "*rest += b - part;", "GemmKernelTests/restsOfTotals"),
    Fault(GEMM + "WeightGradient.inc", "*rests - *rests == 0 ? total : *sums", "total", "GemmKernelTests/restsOfTotals"),
    Fault(GEMM + "WeightGradient.inc", "    if (moreRests) rests[i] += moreRests[i];\n", "", "GemmKernelTests/restsOfTotals"),
    Fault(GEMM + "WeightGradient.inc", "{least(all.first, inside.first), most(all.end, inside.end)}", "{inside.first, inside.end}", "GradientTests/agreesWithReference"),
    Fault(GEMM + "WeightGradient.inc", "if (!accumulates) memset(panelSums", "if (accumulates) memset(panelSums", "GemmKernelTests/weightGradient"),
    Fault(GEMM + "WeightGradient.inc", "term % inputs * taps + term / inputs", "term", "GemmKernelTests/weightGradient"),
    Fault(GEMM + "WeightGradient.inc", "outputGradient + image * gemm->outputImage + block", "outputGradient + block", "GemmKernelTests/weightGradient"),
    Fault(GEMM + "WeightGradient.inc", "enum { KERNEL(pixelsPerSum) = 1024 };", "enum { KERNEL(pixelsPerSum) = 1 << 30 };", "ImplicitGemmEdgeTests/longSumsOfEqualProducts"),
    Fault(GEMM + "WeightGradient.inc", "sums, NULL, layout.sums);\n    pixels = 0;\n", "sums, NULL, layout.sums);\n", "ImplicitGemmEdgeTests/longSumsOfEqualProducts"),
    # Implicit GEMM: forward.
    Fault(ENGINE + "ImplicitGemm.swift", "var needsFiniteWeight: Bool { regions.skipsPadding }", "var needsFiniteWeight: Bool { false }", "ImplicitGemmTests/weightsThatAreNotFinite"),
    Fault(ENGINE + "ImplicitGemm.swift", "row: outputSteps.plane, column: outputSteps.row)", "row: outputSteps.plane, column: outputSteps.column)", "ImplicitGemmEdgeTests/mapsOfOneColumn"),
    Fault(ENGINE + "ImplicitGemmCall.swift", "operands.filters + task.group * filterSize", "operands.filters", "ImplicitGemmTests/fewTaps"),
    Fault(ENGINE + "TaskGrid.swift", "|| gemm.regions.columns.count > 1", "", "ImplicitGemmTests/fewTaps"),
    Fault(ENGINE + "TaskGrid.swift", "images: min(imagesPerBlock, batch - image)", "images: imagesPerBlock", "ImplicitGemmEdgeTests/imagesThatShareABlock"),
    Fault(ENGINE + "TaskGrid.swift", "min(grains.upperBound * grain, pixels) - first", "grains.upperBound * grain - first", "ImplicitGemmEdgeTests/imagesThatShareABlock|ImplicitGemmTests/fewTaps"),
    Fault(ENGINE + "TaskGrid.swift", "firstColumnTap: columns.firstTap", "firstColumnTap: 0", "ImplicitGemmTests/fewTaps"),
    Fault(ENGINE + "TaskGrid.swift", "firstColumn: width.lowerBound", "firstColumn: 0", "ImplicitGemmEdgeTests/stagedRowsOfWideMaps"),
    Fault(LOWERING + "Plan/AlgorithmChoice.swift", "&& $0.paddingBefore == 0 && $0.input == $0.output", "&& $0.paddingBefore == 0", "ImplicitGemmEdgeTests/pointwiseWithPaddingBehind"),
    Fault(LOWERING + "Plan/AlgorithmChoice.swift", "pixels >= BlockSizes.pixelsOfSmallImage", "pixels < BlockSizes.pixelsOfSmallImage", "ImplicitGemmTests/theSourceFollowsTheGeometry"),
    Fault(GEOMETRY + "TapRegions.swift", "room / axis.dilation + 1)", "room / axis.dilation)", "ImplicitGemmTests/fewTaps"),
    Fault(GEOMETRY + "TapRegions.swift", "last.tapCount == taps, last.firstTap == first || taps == 0", "last.tapCount == taps", "ImplicitGemmTests/fewTaps"),
    Fault(GEOMETRY + "TapRegions.swift", "guard rows.mode == .zeros, ", "guard ", "ImplicitGemmTests/everyPaddingMode"),
    Fault(LOWERING + "Execution/DerivedWeights.swift", "alike.count >= Self.keptForms", "alike.count > Self.keptForms", "RuntimeTests"),
    # Implicit GEMM: input gradient.
    Fault(GEOMETRY + "AdjointAxis.swift", "let dilation = axis.dilation / divisor", "let dilation = axis.dilation", "GradientTests/agreesWithReference"),
    Fault(GEOMETRY + "AdjointAxis.swift", "firstTap: tap + (taps - 1) * period", "firstTap: tap", "GradientTests/agreesWithReference"),
    Fault(GEOMETRY + "AdjointAxis.swift", "(positions.count - offset - 1) / axis.stride + 1", "(positions.count - 1) / axis.stride + 1", "GradientTests/agreesWithReference|GuardedPageTests/float"),
    Fault(GEOMETRY + "AdjointAxis.swift", "- axis.paddingBefore - positions.lowerBound", "- axis.paddingBefore", "GradientTests/agreesWithReference"),
    Fault(ENGINE + "FilterView.swift", "rows.tapStep * image.columns.kernel", "rows.tapStep * image.rows.kernel", "GradientTests/agreesWithReference"),
    Fault(ENGINE + "FilterView.swift", "rows.firstTap * image.columns.kernel + columns.firstTap", "rows.firstTap * image.columns.kernel", "GradientTests/agreesWithReference"),
    Fault(ENGINE + "FilterView.swift", "columnStep = view.rowStep", "columnStep = view.columnStep", "ImplicitGemmEdgeTests/mapsOfOneColumn"),
    Fault(ENGINE + "ImplicitGemmInputGradient.swift", "target[image.columns.source(at: column)] += next.pointee", "target[image.columns.source(at: column)] = next.pointee", "GradientTests/agreesWithReference"),
    Fault(ENGINE + "ImplicitGemmInputGradient.swift", "rowPhases.count < min(image.rows.stride, rows.count)", "false", "GradientTests/unreadPixelsGetZero|GuardedPageTests/float"),
    Fault(ENGINE + "ImplicitGemmInputGradient.swift", "if part.hasGaps { fill() }", "", "AllocationTests/poisonedMemory"),
    Fault(ENGINE + "ImplicitGemmInputGradient.swift", "          unsafe filters = borderFilters\n", "", "GradientTests/adjointIdentity"),
    Fault(ENGINE + "ImplicitGemmInputGradient.swift", "var needsFiniteWeight: Bool { !image.isPointwise }", "var needsFiniteWeight: Bool { false }", "NonFiniteTests/classes"),
    Fault(ENGINE + "ImplicitGemmInputGradient.swift", "(inside, -left..<0),", "(-above..<rows.input, -left..<0),", "GradientTests/agreesWithReference"),
    Fault(ENGINE + "ImplicitGemmInputGradient.swift", "layout: phases.flatMap(\\.filterLayout))", "layout: interior.phases.flatMap(\\.filterLayout))", "ImplicitGemmEdgeTests/sharedWeightOfOtherModes"),
    # Implicit GEMM: weight gradient.
    Fault(ENGINE + "ImplicitGemmWeightGradient.swift", "firstBlock: blocks.lowerBound", "firstBlock: 0", "GradientTests/largerLayers"),
    Fault(ENGINE + "ImplicitGemmWeightGradient.swift", "for part in 1..<parts {", "for part in 1..<parts - 1 {", "GradientTests/largerLayers|GradientTests/agreesWithReference"),
    Fault(ENGINE + "ImplicitGemmWeightGradient.swift", "skipsPadding: isFinite", "skipsPadding: skipsPadding", "ImplicitGemmEdgeTests/gradientsThatAreNotFinite"),
    Fault(ENGINE + "ImplicitGemmWeightGradient.swift", "result + group * image.outputChannelsPerGroup * image.reduction", "result", "GradientTests/agreesWithReference"),
    Fault(ENGINE + "ImplicitGemmWeightGradient.swift", "input: operands.input + group * image.inputChannelsPerGroup * image.inputPixels", "input: operands.input", "GradientTests/agreesWithReference"),
    # Depthwise.
    Fault(LOWERING + "Depthwise/Depthwise357.swift", "operands.weight[(filter + 1) * image.taps - 1 - tap]", "operands.weight[filter * image.taps + tap]", "DepthwiseTests/smallKernels"),
    Fault(LOWERING + "Plan/Plan.swift", "case .depthwise357(let depthwise) where isFinite(): try", "case .depthwise357(let depthwise): try", "NonFiniteTests/classes"),
    Fault(KERNELS + "Vector/Vector.inc", "if (left & 8) memcpy(bytes + done, source + done, 8), done += 8;", "if (left & 8) memcpy(bytes + done, source + done, 8);", "DepthwiseTests/smallKernels"),
    # Depthwise with a small kernel: forward.
    Fault(DEPTHWISE + "Depthwise357.inc", "if (k >= 0 && k < kernel) sums[i] += weight[part][k] * (values);", "if (k >= 0 && k < kernel - 1) sums[i] += weight[part][k] * (values);", "DepthwiseTests/smallKernels"),
    Fault(DEPTHWISE + "Depthwise357.inc", "last = width < LANES ? 0 : width - LANES;", "last = width < LANES ? 0 : width;", "DepthwiseTests/smallKernels"),
    Fault(DEPTHWISE + "Depthwise357.inc", "if (row < plane->rowEnd) KERNEL(squareRows)(plane, row, kernel, stride, 1);", "", "DepthwiseTests/smallKernels"),
    Fault(DEPTHWISE + "Depthwise357.inc", "KERNEL(biasOf)(&outputs, plane)", "KERNEL(biasOf)(&outputs, plane / shape->multiplier)", "DepthwiseTests/smallKernels"),
    Fault(DEPTHWISE + "Strips.inc", "first + r >= 0 && r < end ?", "first + r >= 0 && r <= end ?", "DepthwiseTests/smallKernels"),
    # Depthwise with a small kernel: weight gradient.
    Fault(DEPTHWISE + "Depthwise357WeightGradient.inc", "sums[k + kernel * (tap)] += gradients[i] * (values);", "sums[k + kernel * (tap)] -= gradients[i] * (values);", "DepthwiseTests/smallKernels"),
    Fault(DEPTHWISE + "Depthwise357WeightGradient.inc", "result[plane * taps + tap % kernel * kernel + tap / kernel]", "result[plane * taps + tap]", "DepthwiseTests/smallKernels"),
    Fault(DEPTHWISE + "Depthwise357WeightGradient.inc", "if (row < rectangle->rowEnd) KERNEL(addRows)(rectangle, row, sums, firstTap, kernel, stride, 1, taps);", "", "DepthwiseTests/smallKernels"),
    Fault(DEPTHWISE + "Depthwise357WeightGradient.inc", ".gradient = (const SCALAR *)outputGradient + image * shape->outputImage +", ".gradient = (const SCALAR *)outputGradient +", "DepthwiseTests/smallKernels"),
    # Depthwise with a small kernel: input gradient.
    Fault(DEPTHWISE + "Depthwise357InputGradient.inc", "storeFirst)(target + LANES, high, count - LANES);", "storeFirst)(target + LANES, high, count - LANES - 1);", "DepthwiseTests/smallKernels"),
    Fault(DEPTHWISE + "Depthwise357InputGradient.inc", "sums[(tap + parity) & 1] +=", "sums[tap & 1] +=", "DepthwiseTests/smallKernels"),
    Fault(DEPTHWISE + "Depthwise357InputGradient.inc", "first = above > 0 ? above : position & 1,", "first = position & 1,", "DepthwiseTests/smallKernels"),
    # Tensors by hand, and pixels.
    Fault(TENSOR + "Tensor+Reshaping.swift", "start += piece", "start += resultPiece - piece", "TensorFaceTests"),
    Fault(TENSOR + "Tensor+Subscripts.swift", "offset = offset * shape[axis] + indices[axis]", "offset = offset * shape[0] + indices[axis]", "TensorFaceTests"),
    Fault(TENSOR + "NumberColumn.swift", "largest / smallest > 1000", "largest / smallest >= 1000", "TensorTextTests"),
    Fault(PIXELS + "PixelRow.swift", "store(bytes, of: UInt32.self, stride: 3, pixels: width - 1)", "store(bytes, of: UInt32.self, stride: 3, pixels: width - 2)", "PixelTests"),
    Fault(PIXELS + "PixelRow.swift", "(level + 0x1p23).bitPattern & 0xFF", "UInt32(level) & 0xFF", "PixelTests"),
    Fault(PIXELS + "Tensor+Pixels.swift", "bytes + y * bytesPerRow", "bytes + y * width * channels", "PixelTests"),
]
