"""The results of a race as tables in Markdown."""

from layers import CLASSES, geometric_mean, geometry, products

OURS = ["standard", "strict", "im2col"]
PEERS = ["PyTorch", "ONNX Runtime", "OpenVINO"]


def best_times(race, key="seconds"):
    """Seconds by column: each of our variants, and each peer at its better variant."""
    columns = {}
    for name, entry in race["times"].items():
        engine = next((peer for peer in PEERS if name.startswith(peer)), None)
        column = engine or name.removeprefix("Conv2d ")
        if key in entry and entry[key] < columns.get(column, float("inf")):
            columns[column] = entry[key]
    return columns


def first_times(race):
    """Seconds until the first output is there: packing, where it is done ahead, and the first call."""
    total = {name: dict(entry, total=entry["first"] + entry.get("preparation", 0))
             for name, entry in race["times"].items() if "first" in entry}
    return best_times(dict(race, times=total), "total")


def ratio(times, column, rivals):
    """How many times faster we are than the fastest of the rivals."""
    rival_times = [times[name] for name in rivals if name in times]
    return min(rival_times) / times[column] if rival_times and column in times else None


def cell(value, digits=2, suffix=""):
    return "–" if value is None else f"{value:.{digits}f}{suffix}"


def milliseconds(value):
    return "–" if value is None else f"{value * 1e3:.3f}" if value < 0.1 else f"{value * 1e3:.1f}"


def table(titles, rows):
    lines = ["| " + " | ".join(titles) + " |", "|---|" + "---:|" * (len(titles) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def layer_table(races, times_of=best_times):
    columns = [name for name in OURS + PEERS if any(name in times_of(race) for race in races)]
    titles = ["layer"] + [f"{name} ms" for name in columns] + ["× PyTorch", "× best engine"]
    rows = []
    for race in races:
        times = times_of(race)
        rows.append([race["layer"]["name"]] + [milliseconds(times.get(name)) for name in columns]
                    + [cell(ratio(times, "standard", ["PyTorch"])), cell(ratio(times, "standard", PEERS))])
    return table(titles, rows)


def training_table(races):
    """Our variants against PyTorch, and the geometric means of the layers."""
    means = [cell(geometric_mean([value for value in (
        ratio(best_times(race), column, ["PyTorch"]) for race in races) if value])) for column in OURS]
    titles = ["layer"] + [f"{name} ms" for name in OURS + ["PyTorch"]] + [f"{name} × PyTorch" for name in OURS]
    rows = []
    for race in races:
        times = best_times(race)
        rows.append([race["layer"]["name"]] + [milliseconds(times.get(name)) for name in OURS + ["PyTorch"]]
                    + [cell(ratio(times, name, ["PyTorch"])) for name in OURS])
    return table(titles, rows + [["geometric mean"] + ["–"] * (len(OURS) + 1) + means])


def class_means(races, column, rivals):
    """The geometric mean of our speed-up by class, and the number of its layers."""
    means = {}
    for name, belongs in CLASSES.items():
        ratios = [ratio(best_times(race), column, rivals) for race in races if belongs(race["layer"])]
        ratios = [value for value in ratios if value]
        means[name] = (geometric_mean(ratios), len(ratios))
    return means


def class_table(races):
    means = {(column, index): class_means(races, column, rivals)
             for column in OURS for index, rivals in enumerate([["PyTorch"], PEERS])}
    titles = ["class", "layers"] + [f"{column} × {rival}" for column in OURS for rival in ("PyTorch", "best engine")]
    rows = [[name, str(max(mean[name][1] for mean in means.values()))]
            + [cell(means[column, index][name][0]) for column in OURS for index in (0, 1)]
            for name in CLASSES]
    return table(titles, [row for row in rows if row[1] != "0"])


def limit_table(races, peak):
    """What a plain sum at the speed of matrix products would be, beside what we are."""
    def limit(race, rivals):
        return ratio(dict(best_times(race), limit=2 * products(race["layer"]) / peak), "limit", rivals)

    titles = ["class"] + [f"{who} × {rival}" for rival in ("PyTorch", "best engine") for who in ("plain sum", "standard")]
    rows = []
    for name, belongs in CLASSES.items():
        members = [race for race in races if belongs(race["layer"])]
        if not members:
            continue
        means = [geometric_mean([value for value in map(measure, members) if value])
                 for rivals in (["PyTorch"], PEERS)
                 for measure in (lambda race: limit(race, rivals),
                                 lambda race: ratio(best_times(race), "standard", rivals))]
        rows.append([name] + [cell(mean) for mean in means])
    return table(titles, rows)


def network_table(races, networks):
    by_geometry = {geometry(race["layer"]): best_times(race) for race in races}
    titles = ["network"] + [f"{name} ms" for name in OURS + PEERS] + ["× PyTorch", "× best engine"]
    rows = []
    for name, layers in networks.items():
        if not all(geometry(layer) in by_geometry for layer in layers):
            continue
        sums = {}
        for column in OURS + PEERS:
            times = [by_geometry[geometry(layer)].get(column) for layer in layers]
            if None not in times:
                sums[column] = sum(layer["times"] * seconds for layer, seconds in zip(layers, times))
        rows.append([name] + [milliseconds(sums.get(column)) for column in OURS + PEERS]
                    + [cell(ratio(sums, "standard", ["PyTorch"])), cell(ratio(sums, "standard", PEERS))])
    return table(titles, rows) if rows else None


def markdown(results, data):
    machine = results["machine"]
    parts = [
        f"Measured {results['date']} by `{results['command']}` in {results['duration']} s: "
        f"{machine.get('processor', 'unknown processor')}, {machine.get('cores', '?')} cores, "
        f"{machine.get('instructionSet', '?')}; " + "; ".join(results["engines"].values()) + ".\n",
        f"Milliseconds: the least of {results['rounds']} rounds' medians. × is how many times faster we are: in tables of "
        "layers and networks, how many times `.standard` is.\n"]
    mixed = {geometry(layer) for layer in data["layers"]}
    for threads in results["threads"]:
        races = [race for race in results["races"] if race["threads"] == threads]
        if not races:
            continue
        forward = [race for race in races if race["phase"] == "forward" and race["scalar"] == "float"]
        double = [race for race in races if race["scalar"] == "double"]
        selected = [race for race in forward if geometry(race["layer"]) in mixed]
        others = [race for race in forward if geometry(race["layer"]) not in mixed]
        step = [race for race in races if race["phase"] == "step"]
        backward = [race for race in races if race["phase"] == "backward"]
        peak = results["peaks"][str(threads)]
        parts.append(f"## {threads} thread{'s' if threads > 1 else ''}\n")
        sections = [
            ("Geometric means over the mixed layers", selected and class_table(selected)),
            (f"A plain sum at {peak / 1e9:.0f} GFLOP/s", selected and limit_table(selected, peak)),
            ("Geometric means over all distinct layers", others and class_table(forward)),
            ("All convolutions of a network", forward and network_table(forward, data["networks"])),
            ("The mixed layers", selected and layer_table(selected)),
            ("The networks' other layers", others and layer_table(others)),
            ("Until the first output is there, mixed layers", selected and layer_table(selected, first_times)),
            ("Forward and the three gradients, training layers", step and training_table(step)),
            ("Gradients of input, weight and bias, training layers", backward and training_table(backward)),
            ("Geometric means over the mixed layers in Double", double and class_table(double)),
            ("The mixed layers in Double", double and layer_table(double)),
        ]
        parts += [f"### {title}\n\n{content}" for title, content in sections if content]
    return "\n".join(parts)
