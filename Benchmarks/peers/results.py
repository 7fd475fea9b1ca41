"""What stays of a race: a summary for each processor, and the tables and the picture that are made from it."""

import json
import os
import re

import layers as catalog
import picture
import report


def level(machine):
    """What our kernels used: the processor's level, or the lower one that the environment kept them to."""
    forced = machine.get("instructionSetForcedByEnvironment")
    return f"kept to {forced}" if forced else machine["instructionSet"]


def slug(machine):
    """The name of a processor's files, such as amd-epyc-family-25-model-17-avx-512."""
    text = f"{machine['processor']} {level(machine).removesuffix(' and FMA')}"
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def shortened(seconds):
    return float(f"{seconds:.4g}")


def summarise(raw):
    """Of every race the best time of each column, and the time until its first output; of the machine what names it."""
    machine = raw["machine"]
    summary = {
        "name": slug(machine), "processor": machine["processor"], "cores": machine["cores"],
        "level": level(machine), "openBLASVersion": machine["openBLASVersion"],
        "openBLASCore": machine["openBLASCore"],
        "openBLASCoreForcedByEnvironment": machine.get("openBLASCoreForcedByEnvironment"),
        "date": raw["date"], "command": raw["command"], "duration": round(raw["duration"]), "rounds": rounds(raw["races"]),
        "engines": raw["engines"], "peaks": raw["peaks"], "races": []}
    for entry in raw["races"]:
        if not entry["times"]:
            continue
        first = {name: dict(times, total=times["first"] + times.get("preparation", 0))
                 for name, times in entry["times"].items() if "first" in times}
        race = {
            "suite": entry["suite"], "threads": entry["threads"], "phase": entry["phase"], "scalar": entry["scalar"],
            "layer": entry["layer"], "seconds": best_times(entry["times"], "seconds"), "first": best_times(first, "total")}
        memory = best_times(entry["times"], "memory")
        summary["races"].append(dict(race, memory=memory) if memory else race)
    return summary


def rounds(races):
    """How many rounds our layers were raced in, as text."""
    counts = [len(times["rounds"]) for entry in races for name, times in entry["times"].items()
              if name.startswith("Conv2d") and times["rounds"]]
    return f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else str(counts[0])


def best_times(times, key):
    """The least by column: each of our variants, and each peer at its better variant; torch.compile has its own."""
    columns = {}
    for name, entry in times.items():
        engine = next((peer for peer in report.PEERS if name.startswith(peer)), None)
        column = report.COMPILED if name == "PyTorch compiled" else engine or name.removeprefix("Conv2d ")
        if key in entry and entry[key] < columns.get(column, float("inf")):
            columns[column] = shortened(entry[key])
    return columns


def load(folder):
    """Every processor's summary, the newest first; other measurements have files beside them."""
    summaries = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json"):
            with open(os.path.join(folder, name)) as file:
                content = json.load(file)
            if isinstance(content, dict) and "races" in content:
                summaries.append(content)
    return sorted(summaries, key=lambda summary: summary["date"], reverse=True)


def write(summary, folder):
    """Writes the summary, one race a line, its tables and its picture; says where."""
    head = {name: value for name, value in summary.items() if name != "races"}
    races = ",\n".join("  " + json.dumps(race) for race in summary["races"])
    text = json.dumps(head, indent=1)[:-2] + ',\n "races": [\n' + races + "\n ]\n}\n"
    data = catalog.load()
    names = []
    for ending, content in [("json", text), ("md", report.markdown(summary, data)), ("svg", picture.svg(summary, data))]:
        names.append(f"{summary['name']}.{ending}")
        path = os.path.join(folder, names[-1])
        with open(path + ".new", "w") as file:
            file.write(content)
        os.replace(path + ".new", path)
    return f"Written: {', '.join(names)} in {os.path.normpath(folder)}"
