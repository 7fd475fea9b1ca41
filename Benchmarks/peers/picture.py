"""The summary of a race as a picture: speed relative to PyTorch, by class of layers."""

from html import escape

from layers import CLASSES, geometric_mean, geometry

BARS = {
    "Conv2d .standard": ("standard", "#d9480f"),
    "Conv2d .strict": ("strict", "#ff922b"),
    "Conv2d .im2col": ("im2col", "#ffd8a8"),
    "ONNX Runtime": ("ONNX Runtime", "#4dabf7"),
    "OpenVINO": ("OpenVINO", "#1971c2"),
    "PyTorch": ("PyTorch", "#868e96"),
}
LABEL_WIDTH, PANEL_WIDTH, BAR, GAP, TOP, PADDING = 250, 330, 11, 14, 74, 16


def relative_speeds(races):
    """By class and bar: the geometric mean of PyTorch's time over the bar's."""
    speeds = {}
    for name, belongs in CLASSES.items():
        times = [race["seconds"] for race in races if belongs(race["layer"])]
        for label, (column, _) in BARS.items():
            ratios = [entry["PyTorch"] / entry[column] for entry in times if column in entry and "PyTorch" in entry]
            if ratios:
                speeds.setdefault(name, {})[label] = geometric_mean(ratios)
    return speeds


def text(x, y, content, size=12, anchor="start", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}">'
            f"{escape(content)}</text>")


def svg(summary, data):
    mixed = {geometry(layer) for layer in data["layers"]}
    panels = {}
    for threads in sorted({race["threads"] for race in summary["races"]}):
        races = [race for race in summary["races"]
                 if race["threads"] == threads and race["phase"] == "forward" and race["scalar"] == "float"
                 and geometry(race["layer"]) in mixed]
        panels[threads] = relative_speeds(races)
    classes = [name for name in CLASSES if any(name in panel for panel in panels.values())]
    largest = max((speed for panel in panels.values() for bars in panel.values() for speed in bars.values()), default=1)
    scale = (PANEL_WIDTH - 60) / largest
    class_height = BAR * len(BARS) + GAP
    width = LABEL_WIDTH + PANEL_WIDTH * len(panels) + PADDING
    height = TOP + class_height * len(classes) + PADDING
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" fill="#212529">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        text(PADDING, 24, "Speed relative to PyTorch (longer is faster), float32, geometric means", 15, weight="bold")]
    x = PADDING
    for label, (_, color) in BARS.items():
        parts += [f'<rect x="{x}" y="36" width="11" height="11" fill="{color}"/>', text(x + 16, 46, label)]
        x += 30 + 7.5 * len(label)
    for index, name in enumerate(classes):
        y = TOP + index * class_height
        parts.append(text(PADDING, y + BAR * len(BARS) / 2 + 4, name, 11))
        for panel_index, panel in enumerate(panels.values()):
            x = LABEL_WIDTH + panel_index * PANEL_WIDTH
            for position, (label, (_, color)) in enumerate(BARS.items()):
                speed = panel.get(name, {}).get(label)
                if speed:
                    top = y + position * BAR
                    parts += [
                        f'<rect x="{x}" y="{top}" width="{speed * scale:.1f}" height="{BAR - 1}" fill="{color}"/>',
                        text(x + speed * scale + 4, top + BAR - 2, f"{speed:.2f}", 9)]
    for panel_index, threads in enumerate(panels):
        parts.append(text(
            LABEL_WIDTH + panel_index * PANEL_WIDTH, TOP - 8, f"{threads} thread{'s' if threads > 1 else ''}",
            weight="bold"))
    return "\n".join(parts + ["</svg>"]) + "\n"
