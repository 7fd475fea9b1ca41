#ifndef CMPI_SHIM_H
#define CMPI_SHIM_H

#include <mpi.h>

// Swift does not see the macros of MPI, and buffers are spans on its side. What fails ends all ranks: that is the default of
// MPI, whose functions then do not return.
#define CMPI_BUFFER(count) __attribute__((__counted_by__(count))) __attribute__((noescape))

/// Begins; only the thread that calls it may call the others.
static inline void cmpi_begin(void) { MPI_Init(NULL, NULL); }
static inline void cmpi_end(void) { MPI_Finalize(); }
/// Ends all ranks.
static inline void cmpi_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

static inline int cmpi_rank(void) {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

static inline int cmpi_ranks(void) {
  int ranks = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  return ranks;
}

/// How many ranks share this machine.
static inline int cmpi_ranks_here(void) {
  int ranks = 1;
  MPI_Comm here;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here);
  MPI_Comm_size(here, &ranks);
  MPI_Comm_free(&here);
  return ranks;
}

/// Waits for all ranks.
static inline void cmpi_barrier(void) { MPI_Barrier(MPI_COMM_WORLD); }

/// The i-th of equal pieces goes to rank i; `received` holds what each rank had for this one.
static inline void cmpi_exchange(
    const float *CMPI_BUFFER(count) pieces, int count, float *CMPI_BUFFER(receivedCount) received, int receivedCount) {
  (void)receivedCount;
  int ranks = cmpi_ranks();
  MPI_Alltoall(pieces, count / ranks, MPI_FLOAT, received, count / ranks, MPI_FLOAT, MPI_COMM_WORLD);
}

/// `gathered` holds the pieces of all ranks.
static inline void cmpi_gather(
    const float *CMPI_BUFFER(count) piece, int count, float *CMPI_BUFFER(gatheredCount) gathered, int gatheredCount) {
  (void)gatheredCount;
  MPI_Allgather(piece, count, MPI_FLOAT, gathered, count, MPI_FLOAT, MPI_COMM_WORLD);
}

#endif
