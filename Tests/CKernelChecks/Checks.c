#define _GNU_SOURCE
#include "Checks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int failures, checks;

void expect(const struct Case *case_, bool holds, const char *what) {
  checks++;
  if (holds) return;
  if (++failures <= 20)
    fprintf(stderr, "failed: %s, level %d, %s: %s\n", what, case_->level, case_->kind ? "Double" : "Float",
            case_->name);
}

// SplitMix64.
static uint64_t state;

ptrdiff_t any(ptrdiff_t low, ptrdiff_t high) {
  uint64_t number = state += 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return low + (ptrdiff_t)((number ^ (number >> 31)) % (uint64_t)(high - low + 1));
}

bool either(void) { return any(0, 1) == 1; }

size_t scalar_size(const struct Case *case_) { return case_->kind ? sizeof(double) : sizeof(float); }

double scalar_at(const struct Case *case_, const void *scalars, ptrdiff_t index) {
  return case_->kind ? ((const double *)scalars)[index] : ((const float *)scalars)[index];
}

static struct {
  void *start;
  size_t length;
} pieces[64];
static int piece_count;

void *memory(size_t byte_count) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (byte_count + page - 1) / page * page;
  char *start = mmap(NULL, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED || mprotect(start + whole, page, PROT_NONE) != 0 || piece_count == 64) abort();
  pieces[piece_count].start = start;
  pieces[piece_count++].length = whole + page;
  return start + whole - byte_count;
}

void forget_memory(void) {
  while (piece_count > 0) {
    piece_count--;
    munmap(pieces[piece_count].start, pieces[piece_count].length);
  }
}

static void *filled(const struct Case *case_, ptrdiff_t count, bool isRandom, double value) {
  void *scalars = memory((size_t)count * scalar_size(case_));
  for (ptrdiff_t i = 0; i < count; i++) {
    const double number = isRandom ? (double)any(-8, 8) : value;
    if (case_->kind) ((double *)scalars)[i] = number;
    else ((float *)scalars)[i] = (float)number;
  }
  return scalars;
}

void *integers(const struct Case *case_, ptrdiff_t count) { return filled(case_, count, true, 0); }

void *nans(const struct Case *case_, ptrdiff_t count) { return filled(case_, count, false, NAN); }

void *zeros(const struct Case *case_, ptrdiff_t count) { return filled(case_, count, false, 0); }

double *doubles(ptrdiff_t count) {
  double *numbers = memory((size_t)count * sizeof(double));
  memset(numbers, 0, (size_t)count * sizeof(double));
  return numbers;
}

void *workspace(size_t byte_count) {
  byte_count = (byte_count + 63) / 64 * 64;
  return memset(memory(byte_count), 0xff, byte_count);
}

bool equal(const struct Case *case_, const void *actual, const double *expected, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++)
    if (scalar_at(case_, actual, i) != expected[i]) return false;
  return true;
}

// The work of `do_…`, once to touch its memory and then `times` times; prints the number of outputs of one time.
static int do_work(const char *name, int times) {
  struct Case case_ = {.level = convolution_supported_instruction_set(), .kind = ConvolutionScalarFloat};
  ptrdiff_t outputs = do_product(&case_, name, times);
  if (outputs == 0) outputs = do_depthwise(&case_, name, times);
  if (outputs == 0) outputs = do_winograd(&case_, name, times);
  printf("%td\n", outputs);
  return outputs == 0;
}

// [CASES [SEED]], or `work` NAME TIMES.
int main(int count, char **arguments) {
  if (count == 4 && strcmp(arguments[1], "work") == 0) return do_work(arguments[2], atoi(arguments[3]));
  const int cases = count > 1 ? atoi(arguments[1]) : 200;
  struct Case case_ = {.level = 0};
  state = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
  for (int level = 0; level <= (int)convolution_supported_instruction_set(); level++)
    for (int kind = 0; kind < 2; kind++)
      for (int i = 0; i < cases; i++) {
        case_.level = (enum ConvolutionInstructionSet)level;
        case_.kind = (enum ConvolutionScalarKind)kind;
        check_products(&case_);
        check_depthwise(&case_);
        if (kind == 0) check_winograd(&case_);
        forget_memory();
      }
  check_system(&case_);
  printf("%d checks, %d failed\n", checks, failures);
  return failures > 0;
}
