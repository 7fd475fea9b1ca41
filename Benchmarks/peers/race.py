"""Times Conv2d, PyTorch, ONNX Runtime, OpenVINO and MLX on the same layers, in separate processes that take turns.

The race is run in pieces, each a process of its own, and what each has measured is kept in results/raw: a race that was
stopped goes on with --resume. BENCH_PEERS_PREFIX, a command that runs the command behind it, is put before each piece: where
several share a machine, it may wait for the machine to be free, and keep it for the piece.
"""

import argparse
import datetime
import json
import os
import shlex
import subprocess
import sys
import time

import layers as catalog
import networks
import results
from racers import COMMANDS, HERE, Racer, measure_peaks

# MLX is slow: it races the mixed layers alone, once.
SLOW = "MLX"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, action="append",
                        help="a number of threads to race at; may be repeated (default: 1 and all cores)")
    parser.add_argument("--suite", choices=catalog.SUITES, action="append",
                        help="only these layers; may be repeated (default: all)")
    parser.add_argument("--layer", action="append", help="only layers whose name contains this text; may be repeated")
    parser.add_argument("--engine", choices=list(COMMANDS), action="append", help="only these engines; may be repeated")
    parser.add_argument("--seconds", type=float, default=0.03, help="how long one turn lasts, at least (default 0.03)")
    parser.add_argument("--rounds", type=int, default=3, help="turns that each engine has with a layer (default 3)")
    parser.add_argument("--passes", type=int, default=3,
                        help="how often all layers are raced, minutes apart: a machine may be slow for a while (default 3)")
    parser.add_argument("--resume", action="store_true", help="go on with a race that was stopped; what is done stays")
    parser.add_argument("--piece-seconds", type=float, default=80, help="how long a piece takes, about (default 80)")
    parser.add_argument("--output", default=os.path.join(HERE, "..", "results"),
                        help="the folder for this processor's summary, tables and picture (default Benchmarks/results)")
    parser.add_argument("--piece", help=argparse.SUPPRESS)
    return parser.parse_args()


def race(entry, entrants, arguments):
    """Pairs of a racer and a variant on one layer: adds the rounds' medians, and keeps the shortest and a first call."""
    layer, phase, scalar, times = entry["layer"], entry["phase"], entry["scalar"], entry["times"]
    for round_number in range(arguments.rounds):
        # Who follows whom changes from round to round.
        shift = round_number * len(entrants) // arguments.rounds
        for racer, variant in entrants[shift:] + entrants[:shift]:
            if racer.name == SLOW and (round_number or entry["passes"]):
                continue
            time_entry = times.setdefault(f"{racer.name} {variant}", {"rounds": []})
            if "unavailable" in time_entry:
                continue
            answer = racer.turn(layer, variant, phase, scalar, 0 if racer.name == SLOW else arguments.seconds)
            if "unavailable" in answer:
                time_entry["unavailable"] = answer["unavailable"]
                continue
            time_entry["rounds"].append(answer["median"])
            time_entry["seconds"] = min(time_entry["rounds"])
            if answer.get("difference", 0) > 1e-3:
                sys.exit(f"bench-peers: {racer.name} {variant} computes another {layer['name']}: its output differs by "
                         f"{answer['difference']:.1e} of the largest number")
            for key in ("first", "preparation", "difference"):
                if key in answer:
                    time_entry.setdefault(key, answer[key])
    entry["passes"] += 1


def entrants_of(racers, entry):
    return [(racer, variant) for racer in racers
            if entry["scalar"] in racer.greeting["scalars"] and (racer.greeting["backward"] or entry["phase"] == "forward")
            for variant in racer.greeting["variants"].get(catalog.kind(entry["layer"]), [])]


def race_network(entry, raw, names, arguments):
    """Each variant of each engine in a process of its own, whose memory is then the network's."""
    networks.ensure(entry["layer"])
    entrants = []
    for name in names:
        pairs = entrants_of([Racer(name, entry["threads"])], entry)
        raw["engines"][name] = pairs[0][0].greeting["engine"]
        entrants += pairs[:1] + [(Racer(name, entry["threads"]), variant) for _, variant in pairs[1:]]
    before = [racer.most_memory() for racer, _ in entrants]
    race(entry, entrants, arguments)
    for (racer, variant), bytes_before in zip(entrants, before):
        times = entry["times"][f"{racer.name} {variant}"]
        times["memory"] = max(racer.most_memory() - bytes_before, times.get("memory", 0))
        racer.finish()


def key(entry):
    return catalog.geometry(entry["layer"]), entry["threads"], entry["phase"], entry["scalar"]


def wanted_races(arguments, thread_counts):
    """What the arguments ask for, one entry for each geometry."""
    data = catalog.load()
    suites = arguments.suite or catalog.SUITES
    # A layer of two suites is raced once, and belongs to the first of all.
    home = {}
    for suite, work in catalog.work(data, catalog.SUITES):
        for layer, phase, scalar in work:
            home.setdefault((catalog.geometry(layer), phase, scalar), (suite, layer))
    entries = {}
    for threads in thread_counts:
        for _, work in catalog.work(data, suites):
            for layer, phase, scalar in work:
                if arguments.layer and not any(text in layer["name"] for text in arguments.layer):
                    continue
                suite, named = home[catalog.geometry(layer), phase, scalar]
                entry = {"suite": suite, "layer": named, "threads": threads, "phase": phase, "scalar": scalar,
                         "passes": 0, "times": {}}
                entries.setdefault(key(entry), entry)
    return entries


def next_race(raw):
    """The first race that is due: threads by threads, and pass by pass."""
    due = [entry for entry in raw["races"] if entry["passes"] < raw["passes"]]
    return min(due, key=lambda entry: (entry["threads"], entry["passes"]), default=None)


def write(path, raw):
    with open(path + ".new", "w") as file:
        json.dump(raw, file)
    os.replace(path + ".new", path)


def run_piece(arguments):
    """Races what is due for about as long as a piece takes, with one number of threads."""
    with open(arguments.piece) as file:
        raw = json.load(file)
    start = time.monotonic()
    threads = next_race(raw)["threads"]
    peaks = raw["peaks"].setdefault(str(threads), {})
    for name, value in measure_peaks(threads).items():
        peaks[name] = max(value, peaks.get(name, 0))
    racers = {}
    while time.monotonic() - start < arguments.piece_seconds:
        entry = next_race(raw)
        if entry is None or entry["threads"] != threads:
            break
        wanted = [name for name in arguments.engine or COMMANDS if name != SLOW or
                  entry["suite"] == "mixed" and entry["phase"] == "forward" and not entry["passes"]]
        if "module" in entry["layer"]:
            wanted = [name for name in wanted if name in ("Conv2d", "PyTorch")]
        if "network" in entry["layer"]:
            race_network(entry, raw, wanted, arguments)
        else:
            for name in wanted:
                if name not in racers:
                    racers[name] = Racer(name, threads)
                    raw["engines"][name] = racers[name].greeting["engine"]
            race(entry, entrants_of([racers[name] for name in wanted], entry), arguments)
        done, total = sum(entry["passes"] for entry in raw["races"]), len(raw["races"]) * raw["passes"]
        summary = ", ".join(
            f"{name} {best['seconds'] * 1e3:.3f}" for name, best in entry["times"].items() if "seconds" in best)
        print(f"[{done}/{total}] {threads} threads, {entry['scalar']}, {entry['phase']}, {entry['layer']['name']}: "
              f"{summary} ms", file=sys.stderr, flush=True)
    for racer in racers.values():
        racer.finish()
    raw["duration"] += time.monotonic() - start
    write(arguments.piece, raw)


def prepare(arguments):
    """The raw results to go on with, and their file."""
    ours = Racer("Conv2d", 1)
    machine = ours.greeting["machine"]
    ours.finish()
    folder = os.path.join(arguments.output, "raw")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, results.slug(machine) + ".json")
    raw = {"races": [], "peaks": {}, "engines": {}, "duration": 0}
    if os.path.exists(path):
        with open(path) as file:
            raw = json.load(file)
    thread_counts = arguments.threads or sorted({1, len(os.sched_getaffinity(0))})
    wanted = wanted_races(arguments, thread_counts)
    known = {key(entry): entry for entry in raw["races"]}
    if not arguments.resume:
        for entry_key in wanted:
            known.pop(entry_key, None)
    options = shlex.join(sys.argv[1:])
    quote = '"' if "'" in options else "'"
    command = "make bench-peers" + (f" ARGUMENTS={quote}{options}{quote}" if options else "")
    if set(known) - set(wanted) and raw.get("command", command) != command:
        # What is not raced now stays from the race before.
        command = f"{raw['command'].removesuffix(f', then {command}')}, then {command}"
    raw["races"] = list({**known, **{k: known.get(k, entry) for k, entry in wanted.items()}}.values())
    raw.update(
        machine=machine, passes=arguments.passes, seconds=arguments.seconds,
        date=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        command=command)
    write(path, raw)
    return path


def main():
    arguments = parse_arguments()
    if arguments.piece:
        return run_piece(arguments)
    path = prepare(arguments)
    prefix = shlex.split(os.environ.get("BENCH_PEERS_PREFIX", ""))
    failures = 0
    while True:
        with open(path) as file:
            raw = json.load(file)
        if next_race(raw) is None:
            break
        piece = subprocess.run(prefix + [sys.executable, os.path.abspath(__file__), "--piece", path] + sys.argv[1:])
        # What a piece that failed had measured is lost, and raced again.
        failures = failures + 1 if piece.returncode else 0
        if failures == 3:
            sys.exit("bench-peers: three pieces failed in a row; --resume goes on from here")
    summary = results.summarise(raw)
    print(results.write(summary, arguments.output))


if __name__ == "__main__":
    main()
