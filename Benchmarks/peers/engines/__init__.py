"""The rivals, one module each: a `versions()` function, `VARIANTS` for each kind of layer, `SCALARS`, `HAS_BACKWARD`, and
`prepare(layer, variant, threads, phase, scalar)`, which returns a function that computes the layer once, filters packed and
memory allocated where the engine can, the seconds that the engine spent on that preparation, and of a whole network how far
its output is from what is expected."""
