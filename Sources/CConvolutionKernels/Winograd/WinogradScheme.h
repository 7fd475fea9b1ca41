#ifndef WINOGRAD_SCHEME_H
#define WINOGRAD_SCHEME_H

#include "../include/ConvolutionWinograd.h"

// A one-dimensional tile of m outputs is interpolated at m nonzero points and infinity, and with stride 1 at zero too.
// Positions are ordered so that a smaller tile uses the first ones of a larger: (zero,) infinity, a, -a, b, -b, c, -c.
//
// Stride 2 adds two convolutions, of the even samples with the outer taps and of the odd ones with the middle tap. The
// odd samples are brought to the same points (their polynomial is of lower degree, so that infinity is zero for them),
// and the two become one product of double depth: every position but infinity has two slots.
//
// A transposed convolution of 4x4 filters with stride 2 is four convolutions of 2x2 filters, one for each phase of the rows
// and columns. Outputs 2q and 2q + 1, counted from the first before cropping, read the same samples, so that the phases share
// the transformed tile, and each has filters of its own. Two taps take a point less than three, five two more.

enum {
  WinogradMaximumTile = 4,
  WinogradMaximumPositions = 8, // of the transformed tile along one axis
  WinogradMaximumTaps = 5, // along one axis
  WinogradMaximumWeights = WinogradMaximumTaps * WinogradMaximumTaps, // of a pair of channels
  WinogradMaximumPatch = 9 // samples that a tile reads along one axis, and as many transformed ones
};

static inline int winograd_stride(enum ConvolutionWinogradScheme scheme) {
  return scheme >= ConvolutionWinogradSchemeStrided2x2 && scheme <= ConvolutionWinogradSchemeStrided4x4 ? 2 : 1;
}

// Outputs along an axis that read the same samples, and taps that each has.
static inline int winograd_phases(enum ConvolutionWinogradScheme scheme) {
  return scheme == ConvolutionWinogradSchemeTransposed3x3 ? 2 : 1;
}

static inline int winograd_taps(enum ConvolutionWinogradScheme scheme) {
  switch (scheme) {
  case ConvolutionWinogradSchemeTransposed3x3: return 2;
  case ConvolutionWinogradSchemeWide4x4: return 5;
  default: return 3;
  }
}

// Weights of a pair of channels: the taps of all phases.
static inline int winograd_weights(enum ConvolutionWinogradScheme scheme) {
  const int side = winograd_phases(scheme) * winograd_taps(scheme);
  return side * side;
}

// Which of these is tap `tap` of phase `phase`, both counted row by row. The taps of a phase follow its samples, which the kernel
// of a transposed convolution meets in reverse.
static inline int winograd_weight(enum ConvolutionWinogradScheme scheme, bool rotated, int phase, int tap) {
  if (winograd_phases(scheme) == 2) return 4 * (phase / 2 + 2 - tap / 2 * 2) + phase % 2 + 2 - tap % 2 * 2;
  return rotated ? winograd_weights(scheme) - 1 - tap : tap;
}

static inline int winograd_largest_tile(enum ConvolutionWinogradScheme scheme) {
  switch (scheme) {
  case ConvolutionWinogradScheme2x2:
  case ConvolutionWinogradSchemeStrided2x2: return 2;
  case ConvolutionWinogradScheme3x3:
  case ConvolutionWinogradSchemeTransposed3x3:
  case ConvolutionWinogradSchemeStrided3x3: return 3;
  default: return 4;
  }
}

// Nonzero points of a tile.
static inline int winograd_points(enum ConvolutionWinogradScheme scheme, int tileSize) {
  return tileSize - 3 + winograd_taps(scheme);
}

static inline int winograd_positions(enum ConvolutionWinogradScheme scheme, int tileSize) {
  return winograd_points(scheme, tileSize) + (winograd_stride(scheme) == 1 ? 2 : 1);
}

static inline int winograd_patch(enum ConvolutionWinogradScheme scheme, int tileSize) {
  return winograd_stride(scheme) == 1 ? winograd_positions(scheme, tileSize) : 2 * tileSize + 1;
}

static inline int winograd_slots(enum ConvolutionWinogradScheme scheme, int position) {
  return winograd_stride(scheme) == 1 || position == 0 ? 1 : 2;
}

// Transformed sample `index` of an axis belongs to this position and this slot.
static inline int winograd_sample_position(enum ConvolutionWinogradScheme scheme, int tileSize, int index) {
  return winograd_stride(scheme) == 1 || index <= tileSize ? index : index - tileSize;
}

static inline int winograd_sample_slot(enum ConvolutionWinogradScheme scheme, int tileSize, int index) {
  return winograd_stride(scheme) == 1 || index <= tileSize ? 0 : 1;
}

// The nonzero points a, -a, b, -b, c, -c. Where there are two at most, or six, they are exact in binary arithmetic; the others
// were chosen for the least rounding error.
static inline float winograd_point(enum ConvolutionWinogradScheme scheme, int index) {
  float a, b, c = 0;
  switch (scheme) {
  case ConvolutionWinogradScheme2x2:
  case ConvolutionWinogradSchemeTransposed3x3:
  case ConvolutionWinogradSchemeStrided2x2:
    a = 1;
    b = 2;
    break;
  case ConvolutionWinogradScheme3x3:
  case ConvolutionWinogradScheme4x4:
    a = 0.75f;
    b = 1.5f;
    break;
  case ConvolutionWinogradSchemeWide4x4:
    a = 0.5f;
    b = 1;
    c = 2;
    break;
  default:
    a = 0.5f;
    b = 1.25f;
    break;
  }
  float magnitude = index < 2 ? a : index < 4 ? b : c;
  return index % 2 == 0 ? magnitude : -magnitude;
}

static inline float winograd_power(enum ConvolutionWinogradScheme scheme, int index, int exponent) {
  const float point = winograd_point(scheme, index), square = point * point;
  return (exponent >= 4 ? square * square : exponent >= 2 ? square : 1) * (exponent % 2 == 1 ? point : 1);
}

// The product of (x - point) over the points `first ..< end`. Written out, so that it is a constant where its arguments are.
static inline float winograd_factor(enum ConvolutionWinogradScheme scheme, float x, int first, int end, int index) {
  return index >= first && index < end ? x - winograd_point(scheme, index) : 1;
}

static inline float winograd_nodal(enum ConvolutionWinogradScheme scheme, float x, int first, int end) {
  return winograd_factor(scheme, x, first, end, 0) * winograd_factor(scheme, x, first, end, 1) *
         winograd_factor(scheme, x, first, end, 2) * winograd_factor(scheme, x, first, end, 3) *
         winograd_factor(scheme, x, first, end, 4) * winograd_factor(scheme, x, first, end, 5);
}

// The derivative of the largest tile's product at one of its points: what the filters are divided by there.
static inline float winograd_divisor(enum ConvolutionWinogradScheme scheme, int index) {
  const float point = winograd_point(scheme, index);
  return winograd_nodal(scheme, point, 0, index) *
         winograd_nodal(scheme, point, index + 1, winograd_points(scheme, winograd_largest_tile(scheme)));
}

#endif
