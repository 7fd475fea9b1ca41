#include "../include/ConvolutionSystem.h"

// x86-64: MXCSR without its six flags below, the x87 control word above. aarch64: FPCR.
#if defined(__x86_64__)
static const uint64_t flags = 0x3f;
static const uint64_t subnormals_are_zero = 0x8040; // FTZ for results, DAZ for operands

uint64_t convolution_floating_point_modes(void) {
  uint16_t x87;
  __asm__ volatile("fnstcw %0" : "=m"(x87));
  return (uint64_t)x87 << 32 | (__builtin_ia32_stmxcsr() & ~flags);
}

void convolution_set_floating_point_modes(uint64_t modes) {
  uint16_t x87 = (uint16_t)(modes >> 32);
  __asm__ volatile("fldcw %0" : : "m"(x87));
  __builtin_ia32_ldmxcsr((uint32_t)modes | (__builtin_ia32_stmxcsr() & flags));
}
#elif defined(__aarch64__)
static const uint64_t subnormals_are_zero = UINT64_C(1) << 24; // FZ, for operands and results

uint64_t convolution_floating_point_modes(void) {
  uint64_t modes;
  __asm__ volatile("mrs %0, fpcr" : "=r"(modes));
  return modes;
}

void convolution_set_floating_point_modes(uint64_t modes) { __asm__ volatile("msr fpcr, %0" : : "r"(modes)); }
#else
#include <fenv.h>
static const uint64_t subnormals_are_zero = 0; // no switch that we know of

uint64_t convolution_floating_point_modes(void) { return (uint64_t)fegetround(); }

void convolution_set_floating_point_modes(uint64_t modes) { fesetround((int)modes); }
#endif

uint64_t convolution_modes_flushing_subnormals(uint64_t modes) { return modes | subnormals_are_zero; }

uint64_t convolution_modes_with_subnormals_like(uint64_t modes, uint64_t like) {
  return (modes & ~subnormals_are_zero) | (like & subnormals_are_zero);
}
