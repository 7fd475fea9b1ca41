#ifndef C_OPENBLAS_SHIM_H
#define C_OPENBLAS_SHIM_H

#include <cblas.h>

// Every build exports how its products get their buffers, though cblas.h does not name it: the argument is not used.
extern void *blas_memory_alloc(int procedure);
extern void blas_memory_free(void *buffer);

#endif
