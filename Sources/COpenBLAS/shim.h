#ifndef C_OPENBLAS_SHIM_H
#define C_OPENBLAS_SHIM_H

#include <cblas.h>

#endif
