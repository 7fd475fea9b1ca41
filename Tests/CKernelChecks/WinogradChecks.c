// Winograd: 3x3 layers, forward and the weight's gradient, in one block of tiles.
#include "Checks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { mostTiles = 64, mostSamples = 160 };

// One axis with padding 1, cut as Swift's WinogradTiling cuts it: the largest tiles first, and at the end those that fit.
struct Tiling {
  int32_t sources[mostSamples], sizes[mostTiles], starts[mostTiles];
  ptrdiff_t input, output, stride, tiles;
};

static void cut(struct Tiling *tiling, ptrdiff_t input, ptrdiff_t stride, int32_t tile) {
  *tiling = (struct Tiling){.input = input, .output = (input - 1) / stride + 1, .stride = stride};
  const int32_t smallest = tile == 2 ? 1 : 2;
  int32_t start = 0;
  while (start < tiling->output) {
    const int32_t left = (int32_t)(tiling->output - start);
    int32_t size = left < tile ? left : tile;
    if (size < smallest) size = smallest; // reaches beyond the output
    if (left > tile && left - tile < smallest) size = tile - 1; // leaves enough for another
    tiling->sizes[tiling->tiles] = size;
    tiling->starts[tiling->tiles++] = start;
    start += size;
  }
  for (int32_t i = 0; i < mostSamples; i++) tiling->sources[i] = i - 1 < input ? i - 1 : -1;
}

static const enum ConvolutionWinogradScheme schemes[2][3] = {
    {ConvolutionWinogradScheme2x2, ConvolutionWinogradScheme3x3, ConvolutionWinogradScheme4x4},
    {ConvolutionWinogradSchemeStrided2x2, ConvolutionWinogradSchemeStrided3x3, ConvolutionWinogradSchemeStrided4x4}};

struct Convolution {
  struct Tiling rows, columns;
  struct ConvolutionWinogradLayer layer;
  struct ConvolutionWinogradBlock block;
  struct ConvolutionWinogradFilters filters;
  const float *input;
  ptrdiff_t inputCount, outputCount, weightCount, panels, channelBlocks;
  float *transformedFilters, *transformedInput, *scratch;
};

static void prepare(const struct Case *case_, struct Convolution *it, ptrdiff_t batch, ptrdiff_t inputs,
                    ptrdiff_t outputs, ptrdiff_t height, ptrdiff_t width, ptrdiff_t stride, int32_t tile) {
  const enum ConvolutionInstructionSet level = case_->level;
  cut(&it->rows, height, stride, tile);
  cut(&it->columns, width, stride, tile);
  it->layer = (struct ConvolutionWinogradLayer){
      .scheme = schemes[stride - 1][tile - 2],
      .batch = batch,
      .inputChannels = inputs,
      .inputHeight = height,
      .inputWidth = width,
      .inputImageStride = inputs * height * width,
      .outputChannels = outputs,
      .outputHeight = it->rows.output,
      .outputWidth = it->columns.output,
      .outputImageStride = outputs * it->rows.output * it->columns.output,
      .rows = {1, 0, it->rows.sources, it->rows.sizes, it->rows.starts},
      .columns = {1, 0, it->columns.sources, it->columns.sizes, it->columns.starts}};
  it->block =
      (struct ConvolutionWinogradBlock){.images = batch, .tileRows = it->rows.tiles, .tileColumns = it->columns.tiles};
  it->inputCount = batch * it->layer.inputImageStride;
  it->outputCount = batch * it->layer.outputImageStride;
  it->weightCount = outputs * inputs * 9;
  it->panels = convolution_winograd_panels(level, it->layer.scheme, outputs);
  it->channelBlocks = convolution_winograd_channel_blocks(level, inputs);
  it->input = integers(case_, it->inputCount);
  it->filters = (struct ConvolutionWinogradFilters){
      .weights = integers(case_, it->weightCount), .outputChannelStride = inputs * 9, .inputChannelStride = 9};
  const ptrdiff_t panel = convolution_winograd_filter_panel_size(level, it->layer.scheme, inputs);
  it->transformedFilters = workspace((size_t)(it->panels * panel) * sizeof(float));
  it->transformedInput = workspace(
      (size_t)convolution_winograd_transformed_input_size(level, &it->layer, &it->block, false) * sizeof(float));
  it->scratch = workspace((size_t)convolution_winograd_scratch_size(level, &it->layer, &it->block) * sizeof(float));
}

static void transform_filters(const struct Case *case_, const struct Convolution *it) {
  convolution_winograd_transform_filters(case_->level, it->layer.scheme, &it->filters, it->layer.inputChannels,
                                         it->layer.outputChannels, 0, it->panels, it->transformedFilters);
}

static void transform_input(const struct Case *case_, const struct Convolution *it, float *magnitudes) {
  convolution_winograd_transform_input(case_->level, &it->layer, &it->block, 0, it->channelBlocks, NULL, it->input,
                                       it->transformedInput, magnitudes, it->scratch);
}

static void multiply(const struct Case *case_, const struct Convolution *it, float *output) {
  const struct ConvolutionEpilogue epilogue = {.bias = NULL};
  convolution_winograd_multiply(case_->level, &it->layer, &it->block, 0, it->panels, NULL, it->transformedInput,
                                it->transformedFilters, &it->filters, &epilogue, it->input, output, it->scratch);
}

// Adds every product to the output or, with its gradient, to that of the weights, and the product's size to `sizes`.
static void add_products(const struct Convolution *it, const float *gradient, double *sums, double *sizes) {
  const struct ConvolutionWinogradLayer *layer = &it->layer;
  const ptrdiff_t plane = layer->outputHeight * layer->outputWidth;
  for (ptrdiff_t place = 0; place < it->outputCount; place++) {
    const ptrdiff_t image = place / layer->outputImageStride, o = place % layer->outputImageStride / plane;
    const ptrdiff_t row = place % plane / layer->outputWidth, column = place % layer->outputWidth;
    for (ptrdiff_t tap = 0; tap < 9; tap++) {
      const ptrdiff_t y = row * it->rows.stride + tap / 3 - 1, x = column * it->columns.stride + tap % 3 - 1;
      if (y < 0 || y >= layer->inputHeight || x < 0 || x >= layer->inputWidth) continue;
      for (ptrdiff_t c = 0; c < layer->inputChannels; c++) {
        const ptrdiff_t weight = (o * layer->inputChannels + c) * 9 + tap, target = gradient ? weight : place;
        const double factor = gradient ? gradient[place] : it->filters.weights[weight];
        const double product =
            factor * it->input[image * layer->inputImageStride + (c * layer->inputHeight + y) * layer->inputWidth + x];
        sums[target] += product;
        sizes[target] += fabs(product);
      }
    }
  }
}

// Whether the errors stay below `units` of the largest sum of sizes; below nothing where tiles of 2 are exact.
static bool is_near(const float *actual, const double *sums, const double *sizes, ptrdiff_t count, double units) {
  double largest = 0, error = 0;
  for (ptrdiff_t i = 0; i < count; i++) {
    largest = fmax(largest, sizes[i]);
    const double distance = fabs(actual[i] - sums[i]);
    error = distance <= error ? error : distance; // NaN stays
  }
  return error <= units * 0x1p-24 * largest;
}

void check_winograd(struct Case *case_) {
  struct Convolution it;
  const ptrdiff_t inputs = any(1, 20), outputs = any(1, 36), stride = any(1, 2), height = any(1, 12);
  const ptrdiff_t width = any(1, 20);
  const int32_t tile = (int32_t)any(2, 4);
  snprintf(case_->name, sizeof case_->name, "Winograd, tiles of %d, stride %td, %td to %td channels, %tdx%td", tile,
           stride, inputs, outputs, height, width);
  prepare(case_, &it, 2, inputs, outputs, height, width, stride, tile);
  const double units = tile == 2 ? 0 : 32;
  float *output = nans(case_, it.outputCount);
  double *sums = doubles(it.outputCount), *sizes = doubles(it.outputCount);
  transform_filters(case_, &it);
  transform_input(case_, &it, NULL);
  multiply(case_, &it, output);
  add_products(&it, NULL, sums, sizes);
  expect(case_, is_near(output, sums, sizes, it.outputCount, units), "winograd_multiply");

  float *gradient = integers(case_, it.outputCount), *result = nans(case_, it.weightCount);
  const enum ConvolutionInstructionSet level = case_->level;
  const ptrdiff_t padded = 2 * outputs + 64; // the output channels of all panels
  float *of_input = zeros(case_, (convolution_winograd_magnitudes_size(level, inputs) + 15) / 16 * 16);
  float *of_output = zeros(case_, (convolution_winograd_magnitudes_size(level, padded) + 15) / 16 * 16);
  float *transformed = workspace(
      (size_t)(it.panels * convolution_winograd_transformed_gradient_panel_size(level, &it.layer, &it.block)) *
      sizeof(float));
  transform_input(case_, &it, of_input);
  convolution_winograd_transform_output_gradient(
      level, &it.layer, &it.block, 0, it.panels, gradient, transformed, of_output, it.scratch);
  convolution_winograd_sum_filter_gradient(
      level, &it.layer, &it.block, 0, it.panels, 0, convolution_winograd_positions(it.layer.scheme),
      it.transformedInput, transformed, it.transformedFilters, false);
  convolution_winograd_transform_filter_gradient(
      level, it.layer.scheme, inputs, outputs, 0, it.panels, it.transformedFilters, result);
  double *of_weights = doubles(it.weightCount), *weight_sizes = doubles(it.weightCount);
  add_products(&it, gradient, of_weights, weight_sizes);
  expect(case_, is_near(result, of_weights, weight_sizes, it.weightCount, units), "winograd weight gradient");
  forget_memory();
}

// winograd-TILE-PART of 64 channels @28, where PART is filters, input or multiply.
ptrdiff_t do_winograd(struct Case *case_, const char *name, int times) {
  static struct Convolution it;
  int tile;
  char part[16];
  if (sscanf(name, "winograd-%d-%15s", &tile, part) != 2) return 0;
  prepare(case_, &it, 1, 64, 64, 28, 28, 1, tile);
  transform_filters(case_, &it);
  transform_input(case_, &it, NULL);
  float *output = nans(case_, it.outputCount);
  for (int turn = 0; turn < times; turn++) {
    if (strcmp(part, "filters") == 0) transform_filters(case_, &it);
    else if (strcmp(part, "input") == 0) transform_input(case_, &it, NULL);
    else multiply(case_, &it, output);
  }
  return it.outputCount;
}
