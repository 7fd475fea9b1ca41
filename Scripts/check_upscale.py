"""Enlarges a part of a photograph by `upscale` and by the same weights in PyTorch, and prints both times and the largest
difference of the pictures; the last line is the worse of one thread and two.

    make upscale-check
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import time

try:
    import numpy
    import torch
    from PIL import Image
    from safetensors.torch import load_file
    from rrdbnet import RRDBNet
except ImportError as error:
    sys.exit(f"check_upscale: the Python package {error.name} is missing; make upscale-check installs it")

PROGRAM, PHOTOGRAPH, WEIGHTS = "Examples/.build/release/upscale", ".build/photograph/astronaut.png", ".build/networks/realesrgan-x4plus.safetensors"
TOP, LEFT, SIDE, RUNS = 40, 160, 128, 3


def enlarged_by_us(threads):
    with tempfile.TemporaryDirectory() as folder:
        picture = pathlib.Path(folder) / "picture.png"
        result = subprocess.run(
            [PROGRAM, PHOTOGRAPH, picture, "--weights", WEIGHTS, "--threads", str(threads), "--runs", str(RUNS), "--crop", f"{TOP},{LEFT},{SIDE},{SIDE}"],
            stdout=subprocess.PIPE, text=True)
        if result.returncode != 0:
            sys.exit("check_upscale: upscale failed")
        seconds = float(re.search(r"in ([\d.]+) s", result.stdout).group(1))
        return numpy.asarray(Image.open(picture)).astype(int), seconds


def enlarged_by_torch(network, picture, threads):
    torch.set_num_threads(threads)
    best = float("inf")
    for layout in torch.contiguous_format, torch.channels_last:
        network.to(memory_format=layout)
        tensor = picture.contiguous(memory_format=layout)
        with torch.inference_mode():
            for _ in range(RUNS):
                start = time.perf_counter()
                output = network(tensor)
                best = min(best, time.perf_counter() - start)
    pixels = (output[0].clamp(0, 1) * 255).round().to(torch.uint8)
    return pixels.permute(1, 2, 0).numpy().astype(int), best


def main():
    network = RRDBNet().eval()
    network.load_state_dict({name: tensor.float() for name, tensor in load_file(WEIGHTS).items()})
    photograph = numpy.asarray(Image.open(PHOTOGRAPH).convert("RGB"))[TOP : TOP + SIDE, LEFT : LEFT + SIDE]
    picture = torch.from_numpy(photograph.copy()).permute(2, 0, 1)[None].float() / 255
    differences, ratios = [], []
    for threads in 1, 2:
        ours, seconds = enlarged_by_us(threads)
        theirs, torch_seconds = enlarged_by_torch(network, picture, threads)
        differences.append(int(abs(ours - theirs).max()))
        ratios.append(torch_seconds / seconds)
        print(f"{threads} thread{'s' if threads > 1 else ''}: {seconds:.3f} s, PyTorch {torch_seconds:.3f} s (the better of two layouts), "
              f"{ratios[-1]:.2f} times; largest difference {differences[-1]} of 255", flush=True)
    print(f"largest difference {max(differences)} of 255, {min(ratios):.2f} times PyTorch")


if __name__ == "__main__":
    main()
