// Forgets what one level of Instantiate.h has defined.
#undef LEVEL_SUFFIX
#undef FLOAT_LANES
#undef DOUBLE_LANES
#undef VECTOR_REGISTERS
#undef HAS_FMA
