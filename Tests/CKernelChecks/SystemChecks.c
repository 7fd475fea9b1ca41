// What the library asks of the system: files, threads, random numbers, modes of floating point.
#define _GNU_SOURCE
#include "Checks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check_files(const struct Case *case_) {
  char folder[] = P_tmpdir "/c-kernel-checks-XXXXXX", path[64], other[64], resolved[ConvolutionLongestPath];
  if (!mkdtemp(folder)) abort();
  snprintf(path, sizeof path, "%s/a", folder);
  snprintf(other, sizeof other, "%s/b", folder);
  const int file = convolution_open_file(path, ConvolutionFileCreate);
  expect(case_, file >= 0, "create");
  expect(case_, convolution_open_file(path, ConvolutionFileCreate) == -EEXIST, "create what is there");
  expect(case_, convolution_write_file(file, "12345", 5) == 5, "write");
  expect(case_, convolution_set_permissions(file, 0640) == 0 && convolution_flush_file(file) == 0, "flush");
  convolution_close_file(file);
  expect(case_, convolution_rename_file(path, other) == 0, "rename");
  struct ConvolutionFileProperties properties;
  expect(case_, convolution_path_properties(path, &properties) == -ENOENT, "properties of nothing");
  expect(case_, convolution_path_properties(folder, &properties) == 0 && !properties.isRegular, "of a folder");
  const int again = convolution_open_file(other, ConvolutionFileRead);
  expect(case_,
         convolution_file_properties(again, &properties) == 0 && properties.isRegular && properties.size == 5 &&
             properties.permissions == 0640,
         "properties");
  const void *bytes = NULL;
  expect(case_, convolution_map_file(again, 5, &bytes) == 0 && memcmp(bytes, "12345", 5) == 0, "map");
  convolution_unmap_file(bytes, 5);
  convolution_close_file(again);
  expect(case_, convolution_resolve_path(other, resolved) && strstr(resolved, "/b"), "resolve");
  convolution_remove_file(other);
  expect(case_, convolution_open_file(other, ConvolutionFileRead) == -ENOENT, "open nothing");
  expect(case_, strlen(convolution_error_text(ENOENT)) > 0, "words");
  rmdir(folder);
}

struct Turns {
  void *mutex, *done;
  int count;
};

static void take_turns(void *pointer) {
  struct Turns *turns = pointer;
  for (int i = 0; i < 1000; i++) {
    convolution_mutex_lock(turns->mutex);
    turns->count++;
    convolution_mutex_unlock(turns->mutex);
  }
  convolution_semaphore_signal(turns->done);
}

static void check_threads(const struct Case *case_) {
  static struct Turns turns; // outlives the threads
  turns = (struct Turns){.mutex = convolution_mutex_create(), .done = convolution_semaphore_create()};
  for (int i = 0; i < 4; i++) expect(case_, convolution_start_thread(take_turns, &turns), "start");
  for (int i = 0; i < 4; i++) convolution_semaphore_wait(turns.done);
  expect(case_, turns.count == 4000, "turns");
  expect(case_, convolution_process_cores() > 0, "cores");
  const struct ConvolutionAffinity affinity = convolution_affinity();
  convolution_adopt_affinity(&affinity);
  const int64_t before = convolution_nanoseconds();
  convolution_sleep(2000000);
  expect(case_, convolution_nanoseconds() - before >= 2000000, "sleep");
}

static void check_numbers(const struct Case *case_) {
  char text[32];
  convolution_print_number(1.0 / 3, 4, text, sizeof text);
  expect(case_, strcmp(text, "3.333e-01") == 0, "digits");
  const uint64_t modes = convolution_floating_point_modes();
  volatile double smallest = 0x1p-1074, flushed, kept;
  convolution_set_floating_point_modes(convolution_modes_flushing_subnormals(modes));
  flushed = smallest * 2;
  convolution_set_floating_point_modes(modes);
  kept = smallest * 2;
  expect(case_, flushed == 0 && kept != 0, "subnormal numbers");
}

static void check_memory(const struct Case *case_) {
  for (size_t count = 1; count < (size_t)1 << 23; count *= 3) {
    char *bytes = convolution_allocate(count, 64);
    expect(case_, bytes && (uintptr_t)bytes % 64 == 0, "allocate");
    bytes[0] = bytes[count - 1] = 1;
    convolution_advise_large_pages(bytes, count);
    convolution_free(bytes, count);
  }
  expect(case_, !convolution_allocate(SIZE_MAX / 2, 64), "more than there is");
}

void check_system(struct Case *case_) {
  strcpy(case_->name, "system");
  check_files(case_);
  check_threads(case_);
  check_numbers(case_);
  check_memory(case_);
}
