"""Median and 99th percentile of a pass through MobileNetV2's convolutions: alone, under a quota of half a core and of one
and a half, and beside four busy processes. Engines take turns; each is a process that finds its threads by itself, and
where a quota holds once more one that was told their number. Needs root for the control groups. Writes latency.json and
latency.md to Benchmarks/results.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys

import cgroup
import rivals

ENGINES = ["swift-convolution", "PyTorch", "ONNX Runtime"]
RIVAL = os.path.join(rivals.HERE, "latency_rival.py")


def command(engine, network, seconds, threads):
    if engine == "swift-convolution":
        return [rivals.BENCHMARK, "loop", "--network", network, "--seconds", str(seconds),
                *(["--threads", str(threads)] if threads else [])]
    return [sys.executable, RIVAL, engine, network, str(seconds), str(threads)]


@contextlib.contextmanager
def busy(count):
    """Processes that do nothing, all the time."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def percentile(values, share):
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def measure(engine, arguments, threads, enter=None):
    line = subprocess.run(
        command(engine, arguments.network, arguments.seconds, threads), check=True, stdout=subprocess.PIPE,
        preexec_fn=enter).stdout
    passes = json.loads(line)["passes"]
    return {"engine": engine, "threads": threads or "its own default", "passes": len(passes),
            "median": percentile(passes, 0.5), "p99": percentile(passes, 0.99)}


def conditions(arguments):
    """Name, a context, and the number of threads that fits it, each in turn."""
    cores = len(os.sched_getaffinity(0))
    yield "alone", contextlib.nullcontext(), None
    yield "beside 4 busy processes", busy(4), None
    for quota, threads in [(0.5, 1), (1.5, 2)]:
        yield f"quota of {quota} cores", cgroup.Quota(quota), min(threads, cores)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", default="MobileNetV2")
    parser.add_argument("--seconds", type=float, default=6, help="of each measurement")
    parser.add_argument("--only", help="conditions whose name contains this text")
    arguments = parser.parse_args()
    path = os.path.join(rivals.RESULTS, "latency.json")
    rows = []
    if arguments.only and os.path.exists(path):
        with open(path) as file:
            rows = [row for row in json.load(file) if arguments.only not in row["condition"]]
    for name, context, fitting in conditions(arguments):
        if arguments.only and arguments.only not in name:
            continue
        try:
            with context as group:
                for threads in [0, *([fitting] if fitting else [])]:
                    for engine in ENGINES:
                        row = measure(engine, arguments, threads, group.enter if group else None)
                        rows.append({"condition": name, **row})
                        print(f"{name}: {engine}, threads {row['threads']}: median {row['median'] * 1e3:.2f} ms, "
                              f"99th percentile {row['p99'] * 1e3:.2f} ms, {row['passes']} passes", flush=True)
        except OSError as error:
            print(f"{name}: not measured, no control group can be made: {error}", file=sys.stderr)
    with open(path, "w") as file:
        json.dump(rows, file, indent=1)
    with open(os.path.join(rivals.RESULTS, "latency.md"), "w") as file:
        file.write("| condition | threads | engine | median ms | 99th percentile ms | passes |\n|---|---|---|---:|---:|---:|\n")
        for row in rows:
            file.write(f"| {row['condition']} | {row['threads']} | {row['engine']} | {row['median'] * 1e3:.2f} | "
                       f"{row['p99'] * 1e3:.2f} | {row['passes']} |\n")


main()
