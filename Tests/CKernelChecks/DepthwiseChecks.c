// The kernels for small depthwise kernels: forward and both gradients.
#include "Checks.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { channels = 2 };

static ptrdiff_t plane_in(const struct ConvolutionDepthwise357 *shape) {
  return shape->inputHeight * shape->inputWidth;
}

static ptrdiff_t plane_out(const struct ConvolutionDepthwise357 *shape) {
  return shape->outputHeight * shape->outputWidth;
}

static struct ConvolutionDepthwise357 any_shape(void) {
  struct ConvolutionDepthwise357 shape = {
      .kernel = (int)(3 + 2 * any(0, 2)), .stride = (int)any(1, 2), .isStrict = any(0, 1), .batch = 2};
  shape.multiplier = any(1, 2);
  shape.paddingTop = any(0, shape.kernel - 1);
  shape.paddingLeft = any(0, shape.kernel - 1);
  shape.inputHeight = shape.kernel + any(0, 9);
  // Rows narrower than a vector, too, where padding allows.
  shape.inputWidth = either() ? shape.kernel + any(0, 40) : any(1, 8);
  if (shape.inputWidth + 2 * shape.paddingLeft < shape.kernel) shape.paddingLeft = shape.kernel - 1;
  shape.outputHeight = (shape.inputHeight + 2 * shape.paddingTop - shape.kernel) / shape.stride + 1;
  shape.outputWidth = (shape.inputWidth + 2 * shape.paddingLeft - shape.kernel) / shape.stride + 1;
  shape.inputImage = channels * plane_in(&shape);
  shape.outputImage = channels * shape.multiplier * plane_out(&shape);
  return shape;
}

// Adds every product of the layer to the gradients of input and weight, or to the output; those that are null are left out.
static void add_products(const struct Case *case_, const struct ConvolutionDepthwise357 *shape, const void *input,
                         const void *weight, const void *gradient, double *output, double *of_input,
                         double *of_weight) {
  const ptrdiff_t kernel = shape->kernel, taps = kernel * kernel, planes = channels * shape->multiplier;
  for (ptrdiff_t place = 0; place < shape->batch * shape->outputImage; place++) {
    const ptrdiff_t plane = place / plane_out(shape), pixel = place % plane_out(shape);
    for (ptrdiff_t tap = 0; tap < taps; tap++) {
      const ptrdiff_t y = pixel / shape->outputWidth * shape->stride + tap / kernel - shape->paddingTop;
      const ptrdiff_t x = pixel % shape->outputWidth * shape->stride + tap % kernel - shape->paddingLeft;
      if (y < 0 || y >= shape->inputHeight || x < 0 || x >= shape->inputWidth) continue;
      const ptrdiff_t from = plane / shape->multiplier * plane_in(shape) + y * shape->inputWidth + x;
      const ptrdiff_t by = plane % planes * taps + tap;
      if (output) output[place] += scalar_at(case_, weight, by) * scalar_at(case_, input, from);
      if (of_input) of_input[from] += scalar_at(case_, gradient, place) * scalar_at(case_, weight, by);
      if (of_weight) of_weight[by] += scalar_at(case_, gradient, place) * scalar_at(case_, input, from);
    }
  }
}

// The scalars of an image from `scalars` on.
static const void *image_of(const struct Case *case_, const void *scalars, ptrdiff_t image, ptrdiff_t step) {
  return (const char *)scalars + (size_t)(image * step) * scalar_size(case_);
}

void check_depthwise(struct Case *case_) {
  const struct ConvolutionDepthwise357Kernels *kernels = convolution_kernels(case_->level, case_->kind)->depthwise357;
  const struct ConvolutionDepthwise357 shape = any_shape();
  snprintf(case_->name, sizeof case_->name, "depthwise %d, stride %d, %tdx%td, padding %td %td", shape.kernel,
           shape.stride, shape.inputHeight, shape.inputWidth, shape.paddingTop, shape.paddingLeft);
  const ptrdiff_t inputs = shape.batch * shape.inputImage, outputs = shape.batch * shape.outputImage;
  const ptrdiff_t weights = channels * shape.multiplier * shape.kernel * shape.kernel;
  void *input = integers(case_, inputs), *weight = integers(case_, weights), *gradient = integers(case_, outputs);
  void *row = zeros(case_, shape.inputWidth);

  double *expected = doubles(outputs);
  add_products(case_, &shape, input, weight, NULL, expected, NULL, NULL);
  void *output = nans(case_, outputs), *bias = integers(case_, channels * shape.multiplier);
  const bool isFinished = either();
  struct ConvolutionEpilogue epilogue = {.bias = NULL};
  if (isFinished) {
    epilogue = (struct ConvolutionEpilogue){
        .bias = bias, .activation = ConvolutionEpilogueActivationClamp, .low = -9, .high = 99};
    for (ptrdiff_t i = 0; i < outputs; i++)
      expected[i] = fmin(fmax(expected[i] + scalar_at(case_, bias, i % shape.outputImage / plane_out(&shape)), -9), 99);
  }
  // In two ranges of rows.
  const ptrdiff_t cut = any(0, shape.outputHeight);
  for (ptrdiff_t image = 0; image < shape.batch; image++) {
    const void *from = image_of(case_, input, image, shape.inputImage);
    void *to = (void *)image_of(case_, output, image, shape.outputImage);
    kernels->forward(&shape, channels, 0, cut, &epilogue, from, weight, row, to);
    kernels->forward(&shape, channels, cut, shape.outputHeight, &epilogue, from, weight, row, to);
  }
  expect(case_, equal(case_, output, expected, outputs), "forward");

  double *of_input = doubles(inputs), *of_weight = doubles(weights);
  add_products(case_, &shape, input, weight, gradient, NULL, of_input, of_weight);
  void *result = nans(case_, weights);
  kernels->weight_gradient(&shape, channels, input, gradient, row, result);
  expect(case_, equal(case_, result, of_weight, weights), "weight_gradient");
  if (shape.stride == 2) {
    void *back = nans(case_, inputs);
    epilogue = (struct ConvolutionEpilogue){.bias = NULL};
    for (ptrdiff_t image = 0; image < shape.batch; image++)
      kernels->input_gradient(&shape, channels, &epilogue, image_of(case_, gradient, image, shape.outputImage), weight,
                              (void *)image_of(case_, back, image, shape.inputImage));
    expect(case_, equal(case_, back, of_input, inputs), "input_gradient");
  }
  forget_memory();
}

// depthwise-KERNEL-STRIDE-SIZE, forward; with `-weight` behind it, the weight's gradient, and with `-input` the input's.
ptrdiff_t do_depthwise(struct Case *case_, const char *name, int times) {
  int kernel, stride, size;
  if (sscanf(name, "depthwise-%d-%d-%d", &kernel, &stride, &size) != 3) return 0;
  struct ConvolutionDepthwise357 shape = {
      .inputHeight = size,
      .inputWidth = size,
      .outputHeight = (size - 1) / stride + 1,
      .outputWidth = (size - 1) / stride + 1,
      .paddingTop = kernel / 2,
      .paddingLeft = kernel / 2,
      .multiplier = 1,
      .kernel = kernel,
      .stride = stride,
      .batch = 1};
  shape.inputImage = channels * plane_in(&shape);
  shape.outputImage = channels * plane_out(&shape);
  const struct ConvolutionDepthwise357Kernels *kernels = convolution_kernels(case_->level, case_->kind)->depthwise357;
  const ptrdiff_t weights = channels * kernel * kernel;
  void *input = integers(case_, shape.inputImage), *output = integers(case_, shape.outputImage);
  void *weight = integers(case_, weights), *row = zeros(case_, size);
  const struct ConvolutionEpilogue epilogue = {.bias = NULL};
  for (int turn = 0; turn < times; turn++) {
    if (strstr(name, "-weight")) kernels->weight_gradient(&shape, channels, input, output, row, weight);
    else if (strstr(name, "-input")) kernels->input_gradient(&shape, channels, &epilogue, output, weight, input);
    else kernels->forward(&shape, channels, 0, shape.outputHeight, &epilogue, input, weight, row, output);
  }
  return shape.outputImage;
}
