"""Resident memory over images of changing size: four layers of this library, PyTorch, ONNX Runtime and OpenVINO, each in a
process of its own with the settings it comes with. The most that three passes of the largest size alone ever hold is what an
engine needs anyhow; what 500 random sizes hold beyond that, changing sizes cost. Writes memory.json and memory.svg to
Benchmarks/results.
"""

import argparse
import json
import os
import random
import subprocess
import sys

import rivals
from picture import text

COLORS = {"swift-convolution": "#d9480f", "PyTorch": "#868e96", "ONNX Runtime": "#4dabf7", "OpenVINO": "#1971c2"}
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 420, 60, 50, 150, 44


def resident(engine, sizes):
    """Bytes after each pass, and the most at any time."""
    command = ([rivals.BENCHMARK, "sizes"] if engine == "swift-convolution"
               else [sys.executable, os.path.join(rivals.HERE, "memory_rival.py"), engine])
    lines = "".join(f"{height} {width}\n" for height, width in sizes)
    output = subprocess.run(command, input=lines, text=True, check=True, stdout=subprocess.PIPE).stdout
    lines = [tuple(map(int, line.split())) for line in output.splitlines()]
    return {"after": [after for after, _ in lines], "peak": lines[-1][1]}


def svg(results, largest):
    most = max(max(*result["after"], result["largest"]) for result in results.values())
    count = max(len(result["after"]) for result in results.values())
    x = lambda call: LEFT + (WIDTH - LEFT - RIGHT) * call / max(count - 1, 1)  # noqa: E731
    y = lambda value: HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most  # noqa: E731
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" fill="#212529">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        text(16, 24, f"Resident memory over images of random size, up to {largest} × {largest}", 15, weight="bold"),
        text(LEFT, HEIGHT - 12, "calls, memory after each; dashed: the most with the largest size alone")]
    step = next(size for size in (64, 128, 256, 512, 1024, 2048, 4096) if most / (size << 20) <= 8)
    for line in range(0, most >> 20, step):
        at = y(line << 20)
        parts += [f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#dee2e6"/>',
                  text(LEFT - 6, at + 4, f"{line} MiB", 10, "end")]
    for engine, result in results.items():
        points = " ".join(f"{x(call):.1f},{y(value):.1f}" for call, value in enumerate(result["after"]))
        parts += [
            f'<polyline points="{points}" fill="none" stroke="{COLORS[engine]}" stroke-width="1.5"/>',
            f'<path d="M{LEFT} {y(result["largest"]):.1f}H{WIDTH - RIGHT}" stroke="{COLORS[engine]}" '
            'stroke-dasharray="4 4"/>']
    # Labels at the lines' ends, moved apart where they would cover each other.
    bottom = None
    for engine, result in sorted(results.items(), key=lambda item: item[1]["after"][-1]):
        at = y(result["after"][-1]) + 4
        bottom = at if bottom is None else min(at, bottom - 14)
        parts.append(f'<g fill="{COLORS[engine]}">' + text(WIDTH - RIGHT + 8, bottom, engine) + "</g>")
    return "\n".join(parts + ["</svg>"]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--largest", type=int, default=768, help="height and width, from 32")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    generator = random.Random(arguments.seed)
    sizes = [(generator.randint(32, arguments.largest), generator.randint(32, arguments.largest))
             for _ in range(arguments.calls)]
    results = {}
    for engine in COLORS:
        largest = resident(engine, [(arguments.largest, arguments.largest)] * 3)["peak"]
        results[engine] = {"largest": largest, **resident(engine, sizes)}
        after, peak = results[engine]["after"], results[engine]["peak"]
        print(f"{engine}: at most {largest / 2**20:.0f} MiB with the largest size alone, {peak / 2**20:.0f} MiB over "
              f"{len(sizes)} sizes, {(peak - largest) / 2**20:+.0f}; after a pass at most {max(after) / 2**20:.0f} MiB, "
              f"after the last {after[-1] / 2**20:.0f} MiB", flush=True)
    with open(os.path.join(rivals.RESULTS, "memory.json"), "w") as file:
        json.dump(results, file)
    with open(os.path.join(rivals.RESULTS, "memory.svg"), "w") as file:
        file.write(svg(results, arguments.largest))
    ours = results["swift-convolution"]
    if ours["peak"] > ours["largest"] + (64 << 20):
        sys.exit("this library's memory passes that of the largest call by more than 64 MiB")


main()
