"""The faults that Scripts/plant-faults plants: patches in Scripts/faults, a folder for each area, each with a header that
names the tests which are meant to catch it.

    Tests: GemmKernelTests/epilogue|GuardedPageTests/float
    Sanitizer: thread                                          (only where the fault shows under one)

    --- a/Sources/…
    +++ b/Sources/…
    @@ …
"""

import difflib
import pathlib
import re
import subprocess
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "Scripts" / "faults"
MOST_CONTEXT = 8


class Fault(NamedTuple):
    name: str  # area/what-is-wrong
    tests: str
    sanitizer: str
    patch: str

    @property
    def path(self):
        return re.search(r"^\+\+\+ b/(.+)$", self.patch, re.MULTILINE)[1]

    def hunks(self):
        """Each with what it expects and what it leaves, as lists of lines."""
        for text in re.split(r"^@@ .*@@.*\n", self.patch, flags=re.MULTILINE)[1:]:
            lines = text.splitlines()
            yield [line[1:] for line in lines if line[:1] in " -"], [line[1:] for line in lines if line[:1] in " +"]


def parsed(name, text):
    header, _, patch = text.partition("\n\n")
    fields = dict(line.split(": ", 1) for line in header.splitlines())
    return Fault(name, fields["Tests"], fields.get("Sanitizer", ""), patch)


def all_faults():
    return [
        parsed(str(path.relative_to(FOLDER).with_suffix("")), path.read_text()) for path in sorted(FOLDER.glob("*/*.patch"))
    ]


def places(lines, wanted):
    """Where `lines` hold the lines `wanted` side by side."""
    if not wanted:
        return []
    starts = (index for index, line in enumerate(lines) if line == wanted[0])
    return [start for start in starts if lines[start : start + len(wanted)] == wanted]


def made(name, tests, sanitizer, path, before, after):
    """The fault that turns one text of a file into another, with as few lines around it as make its place unique; or `None`."""
    for context in range(1, MOST_CONTEXT + 1):
        lines = difflib.unified_diff(
            before.splitlines(), after.splitlines(), f"a/{path}", f"b/{path}", n=context, lineterm="")
        fault = Fault(name, tests, sanitizer, "\n".join(lines) + "\n")
        if all(len(places(before.splitlines(), expected)) == 1 for expected, _ in fault.hunks()):
            return fault
    return None


def apply(fault, folder, *options):
    """Has git apply a fault to a copy of the sources, which need not be a checkout; what git says against it, or ``."""
    done = subprocess.run(
        ["git", "apply", *options], cwd=folder, input=fault.patch, capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "GIT_CEILING_DIRECTORIES": str(folder.parent)})
    return done.stderr.strip() if done.returncode else ""


def obstacles(fault, test_names):
    """Why a fault cannot be planted in the work tree as it is meant."""
    path = ROOT / fault.path
    if not path.is_file():
        return [f"{fault.path} is not there"]
    lines = path.read_text().splitlines()
    reasons = [
        f"{fault.path} holds it {count} times, expected once"
        for count in (len(places(lines, expected)) for expected, _ in fault.hunks()) if count != 1
    ]
    reasons += [f"no test {name}" for name in re.split(r"[|/]", fault.tests)
                if not any(test.startswith(name) for test in test_names)]
    refused = not reasons and apply(fault, ROOT, "--check")
    return reasons + ([refused] if refused else [])


def changed_lines(hunk):
    """A hunk without the lines around it that stay as they are."""
    expected, left = hunk
    shorter = min(len(expected), len(left))
    first = next((i for i in range(shorter) if expected[i] != left[i]), shorter)
    last = next((i for i in range(shorter - first) if expected[-1 - i] != left[-1 - i]), shorter - first)
    return expected[first : len(expected) - last], left[first : len(left) - last]


def refreshed(fault):
    """The fault for the file as it is now: where its surroundings have changed, its own lines are looked for. Or `None`."""
    if not (ROOT / fault.path).is_file():
        return None
    before = (ROOT / fault.path).read_text()
    lines = before.splitlines()
    for hunk in fault.hunks():
        candidates = [hunk, changed_lines(hunk)]
        found = [(found, part) for part in candidates if len(found := places(lines, part[0])) == 1]
        if not found:
            return None
        (start,), (expected, left) = found[0]
        lines[start : start + len(expected)] = left
    return made(fault.name, fault.tests, fault.sanitizer, fault.path, before, "\n".join(lines) + "\n")


def write(fault):
    header = f"Tests: {fault.tests}\n" + (f"Sanitizer: {fault.sanitizer}\n" if fault.sanitizer else "")
    path = FOLDER / f"{fault.name}.patch"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + "\n" + fault.patch)
