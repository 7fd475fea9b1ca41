"""The summary of a race as tables in Markdown."""

from layers import CLASSES, FIRST_NETWORKS, geometric_mean, geometry, products

OURS = ["standard", "strict", "im2col"]
PEERS = ["PyTorch", "ONNX Runtime", "OpenVINO", "MLX"]
COMPILED = "torch.compile"
PEAKS = {"multiplyAdds": "multiply-adds in registers", "gemm": "OpenBLAS's products"}


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


def columns_of(races, key="seconds"):
    return [name for name in OURS + PEERS if any(name in race[key] for race in races)]


def layer_table(races, key="seconds"):
    columns = columns_of(races, key)
    titles = ["layer"] + [f"{name} ms" for name in columns] + ["× PyTorch", "× best engine"]
    rows = []
    for race in races:
        times = race[key]
        rows.append([race["layer"]["name"]] + [milliseconds(times.get(name)) for name in columns]
                    + [cell(ratio(times, "standard", ["PyTorch"])), cell(ratio(times, "standard", PEERS))])
    return table(titles, rows)


def training_table(races):
    """Our variants against PyTorch, and the geometric means of the layers."""
    means = [cell(mean_ratio(races, column, ["PyTorch"])) for column in OURS]
    titles = ["layer"] + [f"{name} ms" for name in OURS + ["PyTorch"]] + [f"{name} × PyTorch" for name in OURS]
    rows = []
    for race in races:
        times = race["seconds"]
        rows.append([race["layer"]["name"]] + [milliseconds(times.get(name)) for name in OURS + ["PyTorch"]]
                    + [cell(ratio(times, name, ["PyTorch"])) for name in OURS])
    return table(titles, rows + [["geometric mean"] + ["–"] * (len(OURS) + 1) + means])


def class_means(races, column, rivals):
    """The geometric mean of our speed-up by class, and the number of its layers."""
    means = {}
    for name, belongs in CLASSES.items():
        ratios = [ratio(race["seconds"], column, rivals) for race in races if belongs(race["layer"])]
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
    """What direct summation at the peak would be, beside what we are."""
    def limit(race, rivals):
        return ratio(dict(race["seconds"], limit=2 * products(race["layer"]) / peak), "limit", rivals)

    titles = ["class"] + [f"{who} × {rival}" for rival in ("PyTorch", "best engine") for who in ("direct summation", "standard")]
    rows = []
    for name, belongs in CLASSES.items():
        members = [race for race in races if belongs(race["layer"])]
        if not members:
            continue
        means = [geometric_mean([value for value in map(measure, members) if value])
                 for rivals in (["PyTorch"], PEERS)
                 for measure in (lambda race: limit(race, rivals),
                                 lambda race: ratio(race["seconds"], "standard", rivals))]
        rows.append([name] + [cell(mean) for mean in means])
    return table(titles, rows)


def network_table(races, networks):
    """The sum over a network's convolutions; and how its distinct layers do, which weighs small ones like large ones."""
    by_geometry = {geometry(race["layer"]): race for race in races}
    known = {name: layers for name, layers in networks.items()
             if all(geometry(layer) in by_geometry for layer in layers)}
    columns = [name for name in columns_of(races) if name != "MLX"]
    titles = (["network"] + [f"{name} ms" for name in columns] + ["× PyTorch", "× best engine"]
              + ["distinct layers", "their mean × PyTorch", "× best engine", "least × best engine"])
    rows = []
    for name, layers in known.items():
        sums = {}
        for column in columns:
            times = [by_geometry[geometry(layer)]["seconds"].get(column) for layer in layers]
            if None not in times:
                sums[column] = sum(layer["times"] * seconds for layer, seconds in zip(layers, times))
        rows.append([name] + [milliseconds(sums.get(column)) for column in columns]
                    + [cell(ratio(sums, "standard", ["PyTorch"])), cell(ratio(sums, "standard", PEERS))]
                    + distinct_cells(layers, by_geometry))
    first = [layer for name in FIRST_NETWORKS for layer in known.get(name, [])]
    for title, layers in [("the first five", first), ("all", [layer for layers in known.values() for layer in layers])]:
        if layers:
            rows.append([title] + ["–"] * (len(columns) + 2) + distinct_cells(layers, by_geometry))
    return table(titles, rows) if rows else None


def network_ratios(layers, by_geometry):
    """× PyTorch and × the best engine of the sums over a network, or nothing of a network that was not raced."""
    sums = {}
    for column in ["standard"] + PEERS:
        times = [by_geometry.get(geometry(layer), {}).get(column) for layer in layers]
        if None not in times:
            sums[column] = sum(layer["times"] * seconds for layer, seconds in zip(layers, times))
    return [ratio(sums, "standard", rivals) for rivals in (["PyTorch"], PEERS)]


def mean_ratio(races, column, rivals):
    return geometric_mean([value for value in (ratio(race["seconds"], column, rivals) for race in races) if value])


def distinct_cells(layers, by_geometry):
    races = {geometry(layer): by_geometry[geometry(layer)]["seconds"] for layer in layers}.values()
    means = {rivals: [value for value in (ratio(times, "standard", rivals) for times in races) if value]
             for rivals in (("PyTorch",), tuple(PEERS))}
    return ([str(len(races))] + [cell(geometric_mean(values)) for values in means.values()]
            + [cell(min(means[tuple(PEERS)], default=None))])


def module_table(races):
    """Layers that are no convolutions, and how fast the bytes of input and output pass beside those of a copy."""
    copies = {geometry_of_input(race["layer"]): race["seconds"]["standard"] for race in races
              if race["layer"]["module"] == "copy" and "standard" in race["seconds"]}
    rows = []
    for race in races:
        layer, times = race["layer"], race["seconds"]
        copy = copies.get(geometry_of_input(layer))
        share = scalars_moved(layer) / (2 * size(layer)) * copy / times["standard"] if copy and "standard" in times else None
        rows.append([layer["name"], milliseconds(times.get("standard")), milliseconds(times.get("PyTorch")),
                     cell(ratio(times, "standard", ["PyTorch"])),
                     "–" if layer["module"] == "ConvTranspose2d" else cell(share)])
    return table(["layer", "ours ms", "PyTorch ms", "× PyTorch", "bytes a second, in those of a copy"], rows)


def whole_table(races):
    """Networks as a whole: a pass, and how long and how much memory it takes until the first answer is there."""
    columns = ["standard", "PyTorch", COMPILED, "ONNX Runtime", "OpenVINO"]
    rivals = columns[1:]
    rows = []
    for race in races:
        name, times = race["layer"]["name"], race["seconds"]
        rows.append([name, "ms a pass"] + [milliseconds(times.get(column)) for column in columns]
                    + [cell(ratio(times, "standard", ["PyTorch"])), cell(ratio(times, "standard", rivals))])
        first, memory = race["first"], race.get("memory", {})
        rows.append([name, "ms until the first answer"] + [milliseconds(first.get(column)) for column in columns]
                    + [cell(ratio(first, "standard", ["PyTorch"])), cell(ratio(first, "standard", rivals))])
        rows.append([name, "most MB resident"]
                    + [cell(memory[column] / 1e6, 0) if column in memory else "–" for column in columns]
                    + [cell(ratio(memory, "standard", ["PyTorch"])), cell(ratio(memory, "standard", rivals))])
    return table(["network", "what"] + columns + ["× PyTorch", "× best engine"], rows)


def geometry_of_input(layer):
    return tuple(layer[name] for name in "NCHW")


def size(layer):
    return layer["N"] * layer["C"] * layer["H"] * layer["W"]


def scalars_moved(layer):
    """Scalars of input and output."""
    if layer["module"] == "Upsample":
        return 5 * size(layer)
    if layer["module"] == "AdaptiveAvgPool2d":
        return size(layer) + layer["N"] * layer["C"] * layer["K"] ** 2
    return size(layer) * (1 + 1 / layer.get("S", 1) ** 2)


def count_of(threads):
    return f"{threads} thread{'s' if threads > 1 else ''}"


def origin(summary):
    forced = summary["openBLASCoreForcedByEnvironment"]
    return f"asked for by OPENBLAS_CORETYPE={forced}" if forced else "its own choice"


def commands(summary):
    return "`" + summary["command"].replace(", then ", "`, then `") + "`"


def markdown(summary, data):
    parts = [
        f"# {summary['processor']}, {summary['level']}\n",
        f"Measured {summary['date']} by {commands(summary)} in {summary['duration']} s: {summary['cores']} cores; OpenBLAS "
        f"{summary['openBLASVersion']}, core {summary['openBLASCore']}, {origin(summary)}; "
        + "; ".join(engine for name, engine in summary["engines"].items() if name != "Conv2d") + ".\n",
        f"Milliseconds: the least of {summary['rounds']} rounds' medians (MLX has one round). × is how many times faster we "
        "are: in tables of layers and networks, how many times `.standard` is.\n"]
    mixed = {geometry(layer) for layer in data["layers"]}
    for threads in sorted({race["threads"] for race in summary["races"]}):
        def races(suites, phases=("forward",)):
            return [race for race in summary["races"] if race["threads"] == threads and race["suite"] in suites
                    and race["phase"] in phases]

        forward = races(("mixed", "networks"))
        selected = [race for race in forward if geometry(race["layer"]) in mixed]
        others = [race for race in forward if geometry(race["layer"]) not in mixed]
        double, odd, modules = races(("double",)), races(("odd",), ("forward", "input", "weight", "step")), races(("layers",))
        whole = races(("whole",))
        step, backward = races(("training",), ("step",)), races(("training",), ("backward",))
        peaks = summary["peaks"].get(str(threads), {})
        # Version 0.1 knew the peak of OpenBLAS's products alone.
        peak = peaks.get("multiplyAdds") or peaks.get("gemm")
        parts.append(f"## {count_of(threads)}\n")
        parts.append("Peak: " + ", ".join(f"{value / 1e9:.0f} GFLOP/s by {PEAKS[name]}" for name, value in peaks.items()) + "\n")
        sections = [
            ("Geometric means over the mixed layers", selected and class_table(selected)),
            (f"Direct summation at {(peak or 0) / 1e9:.0f} GFLOP/s", selected and peak and limit_table(selected, peak)),
            ("Geometric means over all distinct layers", others and class_table(forward)),
            ("All convolutions of a network", forward and network_table(forward, data["networks"])),
            ("Whole networks, prepared, with the same weights in every engine", whole and whole_table(whole)),
            ("The mixed layers", selected and layer_table(selected)),
            ("The networks' other layers", others and layer_table(others)),
            ("Until the first output is there, mixed layers", selected and layer_table(selected, "first")),
            ("Forward and the three gradients, training layers", step and training_table(step)),
            ("Gradients of input, weight and bias, training layers", backward and training_table(backward)),
            ("Layers of unusual shapes", odd and layer_table(odd)),
            ("What stands around convolutions", modules and module_table(modules)),
            ("Geometric means over the mixed layers in Double", double and class_table(double)),
            ("The mixed layers in Double", double and layer_table(double)),
        ]
        parts += [f"### {title}\n\n{content}" for title, content in sections if content]
    return "\n".join(parts)
