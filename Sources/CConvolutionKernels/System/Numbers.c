#include <stdio.h>

#include "../include/ConvolutionSystem.h"

void convolution_print_number(double number, int digits, char *text, size_t capacity) {
  snprintf(text, capacity, "%.*e", digits - 1, number);
}
