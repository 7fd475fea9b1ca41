"""Times Conv2d, PyTorch, ONNX Runtime and OpenVINO on the same layers, in separate processes that take turns."""

import argparse
import datetime
import json
import os
import sys
import time

import layers as catalog
import picture
import report
from racers import COMMANDS, HERE, Racer, measure_peak


# The mixed layers, those of whole networks, gradients of the training layers, the mixed layers in Double.
SUITES = ["mixed", "networks", "training", "double"]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, action="append",
                        help="a number of threads to race at; may be repeated (default: 1 and all cores)")
    parser.add_argument("--suite", choices=SUITES, action="append",
                        help="only these layers; may be repeated (default: all)")
    parser.add_argument("--layer", action="append", help="only layers whose name contains this text; may be repeated")
    parser.add_argument("--engine", choices=list(COMMANDS), action="append", help="only these engines; may be repeated")
    parser.add_argument("--seconds", type=float, default=0.03, help="how long one turn lasts, at least (default 0.03)")
    parser.add_argument("--rounds", type=int, default=3, help="turns that each engine has with a layer (default 3)")
    parser.add_argument("--passes", type=int, default=3,
                        help="how often all layers are raced, minutes apart: a machine may be slow for a while (default 3)")
    parser.add_argument("--output", default=os.path.join(HERE, "..", "results"),
                        help="the folder for peers.json, peers.md and peers.svg (default Benchmarks/results)")
    return parser.parse_args()


def race(layer, racers, phase, scalar, arguments, times):
    """Every racer's variants on one layer: adds the rounds' medians to `times`, and keeps the shortest and a first call."""
    entrants = [
        (racer, variant) for racer in racers
        if scalar in racer.greeting["scalars"] and (racer.greeting["backward"] or phase == "forward")
        for variant in racer.greeting["variants"]]
    for round_number in range(arguments.rounds):
        # Who follows whom changes from round to round.
        shift = round_number * len(entrants) // arguments.rounds
        for racer, variant in entrants[shift:] + entrants[:shift]:
            entry = times.setdefault(f"{racer.name} {variant}", {"rounds": []})
            if "unavailable" in entry:
                continue
            answer = racer.turn(layer, variant, phase, scalar, arguments.seconds)
            if "unavailable" in answer:
                entry["unavailable"] = answer["unavailable"]
                continue
            entry["rounds"].append(answer["median"])
            entry["seconds"] = min(entry["rounds"])
            for key in ("first", "preparation"):
                if key in answer:
                    entry.setdefault(key, answer[key])


def select(layers, arguments):
    return [
        layer for layer in catalog.distinct(layers)
        if not arguments.layer or any(text in layer["name"] for text in arguments.layer)]


def main():
    arguments = parse_arguments()
    data = catalog.load()
    suites = arguments.suite or SUITES
    forward = select(
        (data["layers"] if "mixed" in suites else [])
        + [layer for network in data["networks"].values() for layer in network if "networks" in suites], arguments)
    training = select(data["training"] if "training" in suites else [], arguments)
    double = select(data["layers"] if "double" in suites else [], arguments)
    thread_counts = arguments.threads or sorted({1, len(os.sched_getaffinity(0))})
    start = time.time()
    results = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": "make bench-peers" + (f" ARGUMENTS='{' '.join(sys.argv[1:])}'" if sys.argv[1:] else ""),
        "seconds": arguments.seconds, "rounds": arguments.rounds * arguments.passes, "threads": thread_counts,
        "peaks": {}, "races": []}
    for threads in thread_counts:
        racers = [Racer(name, threads) for name in arguments.engine or COMMANDS]
        results["engines"] = {racer.name: racer.greeting["engine"] for racer in racers}
        results["machine"] = next((racer.greeting["machine"] for racer in racers if "machine" in racer.greeting), {})
        work = ([(layer, "forward", "float") for layer in forward]
                + [(layer, phase, "float") for phase in ("step", "backward") for layer in training]
                + [(layer, "forward", "double") for layer in double])
        races = [{"layer": layer, "threads": threads, "phase": phase, "scalar": scalar, "times": {}}
                 for layer, phase, scalar in work]
        results["races"] += races
        peaks = []
        for number, entry in enumerate(races * arguments.passes):
            if number % 20 == 0:
                peaks.append(measure_peak(threads))
            race(entry["layer"], racers, entry["phase"], entry["scalar"], arguments, entry["times"])
            summary = ", ".join(
                f"{name} {best['seconds'] * 1e3:.3f}" for name, best in entry["times"].items() if "seconds" in best)
            print(f"[{number + 1}/{len(races) * arguments.passes}] {threads} threads, {entry['scalar']}, "
                  f"{entry['phase']}, {entry['layer']['name']}: {summary} ms", file=sys.stderr, flush=True)
        results["peaks"][str(threads)] = max(peaks, default=None)
        for racer in racers:
            racer.finish()
    results["duration"] = round(time.time() - start)

    os.makedirs(arguments.output, exist_ok=True)
    text = report.markdown(results, data)
    for name, content in [("peers.json", json.dumps(results, indent=1)), ("peers.md", text),
                          ("peers.svg", picture.svg(results, data))]:
        with open(os.path.join(arguments.output, name), "w") as file:
            file.write(content)
    print(text)
    print(f"Written: peers.json, peers.md and peers.svg in {os.path.normpath(arguments.output)}", file=sys.stderr)


if __name__ == "__main__":
    main()
