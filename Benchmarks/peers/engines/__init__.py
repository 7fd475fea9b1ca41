"""The rivals, one module each: a `versions()` function, `VARIANTS`, `SCALARS`, `HAS_BACKWARD`, `HAS_MODULES`, and
`prepare(layer, variant, threads, phase, scalar)`, which returns a function that computes the layer once, filters packed and memory allocated where the engine can, and the
seconds that the engine spent on that preparation."""
