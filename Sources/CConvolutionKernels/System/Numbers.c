#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h>
#endif

#include "../include/ConvolutionSystem.h"

bool convolution_random_bytes(void *bytes, size_t count) {
#ifdef __BIONIC__
  arc4random_buf(bytes, count); // getentropy came later
  return true;
#else
  return getentropy(bytes, count) == 0;
#endif
}

void convolution_print_number(double number, int digits, char *text, size_t capacity) {
  snprintf(text, capacity, "%.*e", digits - 1, number);
}
