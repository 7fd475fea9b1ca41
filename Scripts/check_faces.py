"""Runs CenterFace by `faces` and by ONNX Runtime on the same photograph, and prints both times and the largest difference of
what the networks give; fails where it is more than 1e-4. The last line is the worse of one thread and two.

    make faces-check
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import time

try:
    import numpy
    import onnx
    import onnxruntime
    from PIL import Image
except ImportError as error:
    sys.exit(f"check_faces: the Python package {error.name} is missing; make faces-check installs it")

PROGRAM, PHOTOGRAPH, FOLDER = "Examples/.build/release/faces", ".build/photograph/astronaut.png", ".build/networks"
RUNS, LARGEST = 20, 1e-4


def found_by_us(threads):
    with tempfile.TemporaryDirectory() as folder:
        outputs = pathlib.Path(folder) / "outputs.npy"
        result = subprocess.run(
            [PROGRAM, PHOTOGRAPH, pathlib.Path(folder) / "blurred.png", "--weights", f"{FOLDER}/centerface.safetensors", "--threads", str(threads),
             "--runs", str(RUNS), "--outputs", outputs], stdout=subprocess.PIPE, text=True)
        if result.returncode != 0:
            sys.exit("check_faces: faces failed")
        return numpy.load(outputs), float(re.search(r"in ([\d.]+) s", result.stdout).group(1))


def found_by_onnxruntime(model, picture, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        outputs = session.run(None, {session.get_inputs()[0].name: picture})
        best = min(best, time.perf_counter() - start)
    return numpy.concatenate(outputs, axis=1), best


def main():
    # The file is made for ten pictures of 32 x 32; the size of a picture is left open instead.
    model = onnx.load(f"{FOLDER}/centerface.onnx")
    for value in [model.graph.input[0], *model.graph.output]:
        for axis, name in {0: "N", 2: "H", 3: "W"}.items():
            value.type.tensor_type.shape.dim[axis].dim_param = f"{name} of {value.name}"
    photograph = numpy.asarray(Image.open(PHOTOGRAPH).convert("RGB"))
    picture = numpy.ascontiguousarray(photograph.transpose(2, 0, 1)[None].astype(numpy.float32))
    differences, ratios = [], []
    for threads in 1, 2:
        ours, seconds = found_by_us(threads)
        theirs, other_seconds = found_by_onnxruntime(model.SerializeToString(), picture, threads)
        differences.append(float(abs(ours - theirs).max()))
        ratios.append(other_seconds / seconds)
        print(f"{threads} thread{'s' if threads > 1 else ''}: {seconds:.4f} s, ONNX Runtime {other_seconds:.4f} s, {ratios[-1]:.2f} times; "
              f"largest difference {differences[-1]:.1e}", flush=True)
    print(f"largest difference {max(differences):.1e}, {min(ratios):.2f} times ONNX Runtime")
    if not max(differences) <= LARGEST:
        sys.exit(f"check_faces: expected at most {LARGEST:.0e}")


if __name__ == "__main__":
    main()
