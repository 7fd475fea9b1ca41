// Implicit GEMM: a convolution from each source, with and without an epilogue, and the weight's gradient.
#include "Checks.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// One image's layer.
struct Layer {
  struct ConvolutionGemm gemm;
  const void *input, *weight;
};

static ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

static ptrdiff_t terms(const struct ConvolutionGemm *gemm) {
  return gemm->inputChannels * gemm->rows.kernel * gemm->columns.kernel;
}

static struct ConvolutionAxis any_axis(bool isPlain) {
  struct ConvolutionAxis axis = {.kernel = 1, .stride = 1, .dilation = 1, .input = any(1, 21)};
  if (!isPlain) {
    axis.kernel = any(1, 5);
    axis.stride = any(1, 3);
    axis.dilation = any(1, 2);
    axis.padding = any(0, 3);
  }
  const ptrdiff_t span = axis.dilation * (axis.kernel - 1) + 1, behind = any(0, 3);
  if (axis.input + axis.padding < span) axis.input = span;
  axis.output = (axis.input + axis.padding + (isPlain ? 0 : behind) - span) / axis.stride + 1;
  // What such padding allows.
  axis.border = axis.padding < axis.input && behind < axis.input ? (enum ConvolutionBorder)any(0, 3) : 0;
  return axis;
}

// The input that a tap reads, or -1 for a zero.
static ptrdiff_t source_of(const struct ConvolutionAxis *axis, ptrdiff_t output, ptrdiff_t tap) {
  const ptrdiff_t at = output * axis->stride + tap * axis->dilation - axis->padding, last = axis->input - 1;
  if (at >= 0 && at <= last) return at;
  switch (axis->border) {
  case ConvolutionBorderReflect: return at < 0 ? -at : 2 * last - at;
  case ConvolutionBorderReplicate: return at < 0 ? 0 : last;
  case ConvolutionBorderCircular: return at < 0 ? at + axis->input : at - axis->input;
  default: return -1;
  }
}

static struct Layer any_layer(const struct Case *case_, enum ConvolutionSource source) {
  const struct ConvolutionGemmKernels *kernels = convolution_kernels(case_->level, case_->kind)->gemm;
  const bool isInPlace = source == ConvolutionSourceInPlace, areFactors = source == ConvolutionSourceStagedFactors;
  const bool isStaged = source == ConvolutionSourceStagedRows || areFactors;
  struct ConvolutionGemm gemm = {.source = source, .inputChannels = any(1, 20), .outputChannels = any(1, 40)};
  gemm.rows = any_axis(isInPlace);
  gemm.columns = any_axis(isInPlace);
  const ptrdiff_t taps = gemm.rows.kernel * gemm.columns.kernel, pixels = gemm.rows.output * gemm.columns.output;
  gemm.keepsSums = either();
  gemm.outputColumn = gemm.keepsSums && !isInPlace ? any(1, 3) : 1;
  gemm.inputRow = gemm.columns.input;
  gemm.inputColumn = 1;
  if (isStaged && !areFactors && gemm.rows.stride == 1 && gemm.columns.stride == 1 && either())
    gemm.stagedLanes = ConvolutionStagedLanesAcrossRows;
  gemm.outputRow = gemm.columns.output * gemm.outputColumn;
  gemm.outputPlane = gemm.rows.output * gemm.outputRow;
  gemm.inputImage = gemm.inputChannels * gemm.rows.input * gemm.columns.input;
  gemm.outputImage = gemm.outputChannels * gemm.outputPlane;
  gemm.termsPerPart = least(gemm.inputChannels, any(1, 70 / taps + 1)) * taps;
  gemm.pieceTerms = any(1, 64);
  gemm.pairwisePieces = (ptrdiff_t)1 << any(0, ConvolutionPairwiseLevels);
  gemm.keepsRests = any(0, 1);
  gemm.pixelsPerBlock =
      isStaged ? least(gemm.rows.output, any(1, 4)) * gemm.columns.output
               : least(pixels, source == ConvolutionSourcePackedRows ? any(20, 70) : kernels->tileLanes * any(1, 3));
  gemm.columnsPerBlock = gemm.columns.output;
  return (struct Layer){.gemm = gemm,
                        .input = integers(case_, gemm.inputImage),
                        .weight = integers(case_, gemm.outputChannels * terms(&gemm))};
}

// Calls `body` with every product of the layer.
typedef void Product(void *context, ptrdiff_t output, ptrdiff_t weight, ptrdiff_t input);
static void for_each_product(const struct ConvolutionGemm *gemm, Product *body, void *context) {
  const ptrdiff_t taps = gemm->rows.kernel * gemm->columns.kernel;
  for (ptrdiff_t o = 0; o < gemm->outputChannels; o++)
    for (ptrdiff_t row = 0; row < gemm->rows.output; row++)
      for (ptrdiff_t column = 0; column < gemm->columns.output; column++)
        for (ptrdiff_t tap = 0; tap < taps; tap++) {
          const ptrdiff_t y = source_of(&gemm->rows, row, tap / gemm->columns.kernel);
          const ptrdiff_t x = source_of(&gemm->columns, column, tap % gemm->columns.kernel);
          if (y < 0 || x < 0) continue;
          for (ptrdiff_t c = 0; c < gemm->inputChannels; c++)
            body(context, o * gemm->outputPlane + row * gemm->outputRow + column * gemm->outputColumn,
                 (o * gemm->inputChannels + c) * taps + tap, (c * gemm->rows.input + y) * gemm->columns.input + x);
        }
}

struct Sums {
  const struct Case *case_;
  const void *left, *right;
  double *sums;
};

static void add_output(void *context, ptrdiff_t output, ptrdiff_t weight, ptrdiff_t input) {
  struct Sums *sums = context;
  sums->sums[output] += scalar_at(sums->case_, sums->left, weight) * scalar_at(sums->case_, sums->right, input);
}

static void add_weight(void *context, ptrdiff_t output, ptrdiff_t weight, ptrdiff_t input) {
  struct Sums *sums = context;
  sums->sums[weight] += scalar_at(sums->case_, sums->left, output) * scalar_at(sums->case_, sums->right, input);
}

static ptrdiff_t panel_count(const struct ConvolutionGemmKernels *kernels, const struct ConvolutionGemm *gemm) {
  const ptrdiff_t most = kernels->panel_channels(gemm->source);
  return (gemm->outputChannels + most - 1) / most;
}

// Multiplies block by block, the first panels and then the others.
static void multiply(const struct ConvolutionGemmKernels *kernels, const struct Layer *layer,
                     const struct ConvolutionEpilogue *epilogue, const void *packed, void *output, void *work,
                     ptrdiff_t first_panels) {
  const struct ConvolutionGemm *gemm = &layer->gemm;
  const ptrdiff_t panels = panel_count(kernels, gemm);
  const ptrdiff_t pixels = gemm->rows.output * gemm->columns.output;
  for (ptrdiff_t first = 0; first < pixels; first += gemm->pixelsPerBlock) {
    struct ConvolutionGemmBlock block = {
        .rows = gemm->rows.output,
        .columns = gemm->columns.output,
        .firstPixel = first,
        .pixels = least(gemm->pixelsPerBlock, pixels - first),
        .rowTaps = gemm->rows.kernel,
        .columnTaps = gemm->columns.kernel,
        .images = 1};
    if (gemm->source == ConvolutionSourceStagedRows || gemm->source == ConvolutionSourceStagedFactors) {
      block.firstRow = first / block.columns;
      block.rows = block.pixels / block.columns;
      block.firstPixel = 0;
    }
    if (first_panels > 0)
      kernels->multiply(gemm, &block, epilogue, layer->input, packed, output, 0, first_panels, work);
    kernels->multiply(gemm, &block, epilogue, layer->input, packed, output, first_panels, panels - first_panels, work);
  }
}

static void *pack(const struct Case *case_, const struct ConvolutionGemmKernels *kernels, const struct Layer *layer) {
  const struct ConvolutionGemm *gemm = &layer->gemm;
  const ptrdiff_t most = kernels->panel_channels(gemm->source);
  void *packed = nans(case_, kernels->filter_size(gemm));
  const struct ConvolutionFilterView view = {
      .weights = layer->weight,
      .outputStep = terms(gemm),
      .inputStep = gemm->rows.kernel * gemm->columns.kernel,
      .rowStep = gemm->columns.kernel,
      .columnStep = 1};
  for (ptrdiff_t panel = 0; panel * most < gemm->outputChannels; panel++)
    kernels->pack_filters(gemm, &view, panel, packed);
  return packed;
}

// Packed filters in 16 bits; small integers lose nothing.
static void *narrowed(const float *packed, ptrdiff_t count, enum ConvolutionFilterFormat format) {
  uint16_t *halves = memory((size_t)count * sizeof(uint16_t));
  for (ptrdiff_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, packed + i, sizeof(bits));
    const uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    const uint32_t half = sign | (magnitude == 0 ? 0 : (magnitude >> 13) - (112 << 10));
    halves[i] = (uint16_t)(format == ConvolutionFilterFormatFloat16 ? half : bits >> 16);
  }
  return halves;
}

static void check_forward(const struct Case *case_, enum ConvolutionSource source) {
  const struct ConvolutionGemmKernels *kernels = convolution_kernels(case_->level, case_->kind)->gemm;
  struct Layer layer = any_layer(case_, source);
  const struct ConvolutionGemm *gemm = &layer.gemm;
  struct ConvolutionEpilogue epilogue = {.bias = NULL};
  double *expected = doubles(gemm->outputImage);
  for_each_product(gemm, add_output, &(struct Sums){case_, layer.weight, layer.input, expected});
  if (either()) {
    epilogue.bias = integers(case_, gemm->outputChannels);
    epilogue.residual = integers(case_, gemm->outputImage);
    epilogue.activation = ConvolutionEpilogueActivationClamp;
    epilogue.low = -9;
    epilogue.high = 99;
    for (ptrdiff_t i = 0; i < gemm->outputImage; i++) {
      const double sum =
          expected[i] + scalar_at(case_, epilogue.bias, i / gemm->outputPlane) + scalar_at(case_, epilogue.residual, i);
      expected[i] = fmin(fmax(sum, epilogue.low), epilogue.high);
    }
  }
  void *output = zeros(case_, gemm->outputImage);
  // What lies between the outputs stays as it was.
  for (ptrdiff_t i = 0; i < gemm->outputImage; i++)
    if (i % gemm->outputPlane % gemm->outputColumn != 0) expected[i] = 0;
  void *packed = pack(case_, kernels, &layer);
  if (case_->kind == ConvolutionScalarFloat && either()) {
    layer.gemm.filterFormat = either() ? ConvolutionFilterFormatFloat16 : ConvolutionFilterFormatBFloat16;
    packed = narrowed(packed, kernels->filter_size(gemm), layer.gemm.filterFormat);
  }
  multiply(kernels, &layer, &epilogue, packed, output,
           workspace(kernels->workspace_bytes(gemm, panel_count(kernels, gemm))),
           any(0, panel_count(kernels, gemm) - 1));
  expect(case_, equal(case_, output, expected, gemm->outputImage), "multiply");
}

static void check_weight_gradient(const struct Case *case_) {
  const struct ConvolutionGemmKernels *kernels = convolution_kernels(case_->level, case_->kind)->gemm;
  struct Layer layer = any_layer(case_, ConvolutionSourcePackedLanes);
  struct ConvolutionGemm *gemm = &layer.gemm;
  const ptrdiff_t pixels = gemm->rows.output * gemm->columns.output;
  const ptrdiff_t rows = least(gemm->rows.output, any(1, 4)), count = gemm->outputChannels * terms(gemm);
  gemm->outputColumn = 1;
  gemm->outputRow = gemm->columns.output;
  gemm->outputPlane = pixels;
  gemm->outputImage = gemm->outputChannels * pixels;
  gemm->pixelsPerBlock = rows * gemm->columns.output;
  gemm->rows.border = gemm->columns.border = ConvolutionBorderZeros;
  static const enum ConvolutionSource sources[] = {
      ConvolutionSourcePackedLanes, ConvolutionSourceStagedChannels, ConvolutionSourceStagedTaps};
  gemm->source = sources[any(0, gemm->columns.kernel == 1 || gemm->columns.dilation == 1 ? 2 : 1)];
  const ptrdiff_t panels = kernels->weight_gradient_panels(gemm);
  const ptrdiff_t sum_count = panels * gemm->outputChannels * kernels->tileLanes;
  const ptrdiff_t blocks = (gemm->rows.output + rows - 1) / rows;
  void *gradient = integers(case_, gemm->outputImage);
  void *sums = nans(case_, sum_count), *rests = nans(case_, sum_count), *result = nans(case_, count);
  const struct ConvolutionWeightGradient call = {
      .input = layer.input,
      .outputGradient = gradient,
      .blocks = blocks,
      .blocksPerImage = blocks,
      .skipsPadding = either()};
  kernels->weight_gradient(
      gemm, &call, 0, panels, sums, rests, workspace(kernels->weight_gradient_workspace_bytes(gemm, panels)));
  const bool is_transposed = terms(gemm) == gemm->inputChannels && either();
  kernels->store_weight_gradient(gemm, 0, panels, is_transposed, sums, rests, result);
  double *expected = doubles(count), *in_order = doubles(count);
  for_each_product(gemm, add_weight, &(struct Sums){case_, gradient, layer.input, in_order});
  for (ptrdiff_t i = 0; i < count; i++)
    expected[is_transposed ? i % gemm->inputChannels * gemm->outputChannels + i / gemm->inputChannels : i] =
        in_order[i];
  expect(case_, equal(case_, result, expected, count), "weight_gradient");
}

void check_products(struct Case *case_) {
  for (int source = 0; source < 5; source++) {
    snprintf(case_->name, sizeof case_->name, "source %d", source);
    check_forward(case_, (enum ConvolutionSource)source);
    forget_memory();
  }
  check_weight_gradient(case_);
  forget_memory();
}

ptrdiff_t do_product(struct Case *case_, const char *name, int times) {
  static const struct {
    const char *name;
    enum ConvolutionSource source;
    ptrdiff_t inputs, outputs, kernel, size;
  } layers[] = {{"packed-lanes", ConvolutionSourcePackedLanes, 64, 64, 3, 14},
                {"packed-rows", ConvolutionSourcePackedRows, 256, 256, 1, 7},
                {"in-place", ConvolutionSourceInPlace, 64, 64, 1, 28},
                {"staged-rows", ConvolutionSourceStagedRows, 3, 64, 3, 56}};
  const struct ConvolutionGemmKernels *kernels = convolution_kernels(case_->level, case_->kind)->gemm;
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
    if (strcmp(name, layers[i].name) != 0) continue;
    const ptrdiff_t size = layers[i].size, plane = size * size, kernel = layers[i].kernel, taps = kernel * kernel;
    const struct ConvolutionAxis axis = {
        .input = size, .output = size, .kernel = kernel, .stride = 1, .dilation = 1, .padding = kernel / 2};
    struct Layer layer = {
        .gemm = {.source = layers[i].source,
                 .inputChannels = layers[i].inputs,
                 .outputChannels = layers[i].outputs,
                 .rows = axis,
                 .columns = axis,
                 .inputRow = size,
                 .inputColumn = 1,
                 .outputPlane = plane,
                 .outputRow = size,
                 .outputColumn = 1,
                 .inputImage = layers[i].inputs * plane,
                 .outputImage = layers[i].outputs * plane,
                 .termsPerPart = least(256 / taps, layers[i].inputs) * taps,
                 .pieceTerms = 64,
                 .pairwisePieces = 1,
                 .pixelsPerBlock = plane,
                 .columnsPerBlock = size}};
    layer.input = integers(case_, layer.gemm.inputImage);
    layer.weight = integers(case_, layer.gemm.outputChannels * terms(&layer.gemm));
    void *packed = pack(case_, kernels, &layer), *output = nans(case_, layer.gemm.outputImage);
    void *work = workspace(kernels->workspace_bytes(&layer.gemm, panel_count(kernels, &layer.gemm)));
    const struct ConvolutionEpilogue epilogue = {.bias = NULL};
    for (int turn = 0; turn < times; turn++) multiply(kernels, &layer, &epilogue, packed, output, work, 0);
    return layer.gemm.outputImage;
  }
  return 0;
}
