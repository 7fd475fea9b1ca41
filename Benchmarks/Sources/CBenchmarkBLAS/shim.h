#ifndef C_BENCHMARK_BLAS_SHIM_H
#define C_BENCHMARK_BLAS_SHIM_H

#include <cblas.h>

#endif
