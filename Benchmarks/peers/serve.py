"""One rival in a process of its own: times a layer whenever it is its turn.

Each line of standard input is a request, each line of standard output the answer, as in `conv2d-bench serve`.
"""

import importlib
import json
import statistics
import sys
import time


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measure(call, budget):
    """The first call's time, then the median of calls until the budget is spent."""
    first = seconds(call)
    times = []
    while not times or (sum(times) < budget and len(times) < 10_000):
        times.append(seconds(call))
    return first, statistics.median(times), len(times)


def main():
    engine = importlib.import_module(f"engines.{sys.argv[1]}")
    print(json.dumps({"engine": engine.versions(), "variants": engine.VARIANTS, "scalars": engine.SCALARS,
                      "backward": engine.HAS_BACKWARD}), flush=True)
    prepared, current = {}, None
    for line in sys.stdin:
        turn = json.loads(line)
        if turn["layer"] != current:
            prepared, current = {}, turn["layer"]
        key = (turn["variant"], turn["phase"], turn["scalar"])
        is_fresh = key not in prepared
        if is_fresh:
            prepared[key] = engine.prepare(
                turn["layer"], turn["variant"], turn["threads"], turn["phase"], turn["scalar"])
        call, preparation, difference = prepared[key]
        first, median, runs = measure(call, turn["seconds"])
        answer = {"median": median, "runs": runs}
        if is_fresh:
            answer["first"] = first
            answer["preparation"] = preparation
            if difference:
                answer["difference"] = difference()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
