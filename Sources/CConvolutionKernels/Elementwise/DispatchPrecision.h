// Calls the kernel of a precision and level, for the `set` and `scalarBytes` that are in scope. The arguments see the
// scalar's type as `scalar`.
#define DISPATCH_PRECISION(name, arguments)          \
  do {                                               \
    if (scalarBytes == sizeof(float)) {              \
      typedef float scalar __attribute__((unused));  \
      DISPATCH(set, name##_float, arguments);        \
    } else {                                         \
      typedef double scalar __attribute__((unused)); \
      DISPATCH(set, name##_double, arguments);       \
    }                                                \
  } while (0)
