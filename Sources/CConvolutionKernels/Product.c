#include "include/ConvolutionProduct.h"

#include "Precision.h"

// Products that one running sum takes. The sums of such pieces are added up, so that the rounding error does not grow
// with the length of the reduction.
enum { pieceTerms = 64 };

// Lines of pixels that are brought side by side at a time: they stay in the first-level cache meanwhile.
enum { linesAtATime = 16 };

// Between the staged tiles, lest they all compete for the same lines of the first-level cache.
enum { paddingBytes = 64 };

// The first element of a part of `count` elements cut into `parts` whose sizes differ by one at most.
static inline ptrdiff_t startOfPart(ptrdiff_t part, ptrdiff_t parts, ptrdiff_t count) {
  const ptrdiff_t more = count % parts;
  return part * (count / parts) + (part < more ? part : more);
}

#define KERNEL_SOURCE "EachPrecision.inc"
#define PRECISION_SOURCE "Product.inc"
#include "Instantiate.h"

ptrdiff_t convolution_product_rows(enum ConvolutionInstructionSet set) {
#if defined(__x86_64__)
  return set == ConvolutionInstructionSetAVX512 ? 14 : 6;
#else
  (void)set;
  return 14;
#endif
}

ptrdiff_t convolution_product_lanes(enum ConvolutionInstructionSet set, size_t scalarBytes) {
  return (ptrdiff_t)(2 * ((size_t)16 << set) / scalarBytes);
}

size_t convolution_product_workspace_bytes(enum ConvolutionInstructionSet set, const struct ConvolutionProduct *shape,
                                         ptrdiff_t panelCount, size_t scalarBytes) {
  const size_t lanes = (size_t)convolution_product_lanes(set, scalarBytes);
  const size_t pixels = (size_t)shape->pixelsPerBlock, terms = (size_t)shape->termsPerPart;
  const size_t tiles = (pixels + lanes - 1) / lanes;
  const size_t staged = shape->channelsInLanes ? pixels * terms : tiles * lanes * terms;
  const size_t sums = shape->channelsInLanes ? pixels * (size_t)panelCount * lanes : 0;
  return (pixels * linesAtATime + staged + sums) * scalarBytes + tiles * paddingBytes;
}

void convolution_product_float(enum ConvolutionInstructionSet set, const struct ConvolutionProduct *shape,
                             const struct ConvolutionProductBlock *block, const float *input, const float *weights,
                             const float *bias, float *output, ptrdiff_t firstPanel, ptrdiff_t panelCount,
                             void *workspace) {
  DISPATCH(set, product_float, (shape, block, input, weights, bias, output, firstPanel, panelCount, workspace));
}

void convolution_product_double(enum ConvolutionInstructionSet set, const struct ConvolutionProduct *shape,
                              const struct ConvolutionProductBlock *block, const double *input, const double *weights,
                              const double *bias, double *output, ptrdiff_t firstPanel, ptrdiff_t panelCount,
                              void *workspace) {
  DISPATCH(set, product_double, (shape, block, input, weights, bias, output, firstPanel, panelCount, workspace));
}
