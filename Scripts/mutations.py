"""Faults made up on the spot for the lines that a change touches: a comparison or bound off by one, a sign, an exchanged
operator, a tail or a statement left out. For Scripts/plant-faults --change."""

import re
import subprocess

from fault_patches import ROOT, all_faults, made

LANGUAGES = (".swift", ".c", ".h", ".inc")
OPERATORS = [
    (r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "), (r" >= ", " > "), (r" == ", " != "), (r" != ", " == "),
    (r" && ", " || "), (r" \|\| ", " && "), (r" \+ ", " - "), (r" - ", " + "), (r" \+= ", " -= "), (r"\.\.<", "..."),
    (r" \+ 1\b", ""), (r" - 1\b", ""), (r" \* ", " + "), (r" / ", " * "), (r"\bmin\(", "max("), (r"\bmax\(", "min("),
    (r"\bleast\(", "most("), (r"\bmost\(", "least("), (r"\btrue\b", "false"), (r"\bfalse\b", "true"),
]
# A whole statement on one line: a loop over a tail, an assignment, a call.
STATEMENTS = [
    r"\s*for (\(.*\) [^{]*;|.* \{ .* \})$", r"\s*if .*[^{];$",
    r"\s*(unsafe )?[\w.>\-]+(\[.*\])? [+\-*/|]?= .*[^{(,]$", r"\s*(try )?(unsafe )?[\w.]+\([^{]*\);?$",
]


def changed_lines(base):
    """(path, index) of each line of code in Sources that the work tree has and `base` has not."""
    arguments = ["git", "diff", "-U0", "--no-color", "--no-ext-diff", "--find-renames", base, "--", "Sources"]
    printed = subprocess.run(arguments, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    path = None
    for line in printed.splitlines():
        if line.startswith("+++ "):
            path = line[6:] if line.startswith("+++ b/") and line.endswith(LANGUAGES) else None
        elif path and (hunk := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line)):
            first, count = int(hunk[1]) - 1, int(hunk[2] or 1)
            yield from ((path, index) for index in range(first, first + count))


def altered(line):
    """Every line that differs from this one in a single operator, or `None` for the line left out."""
    code = line.split("//")[0].rstrip()
    # Strings, imports, attributes and preprocessor lines hold no arithmetic.
    if not code.strip() or re.match(r"\s*([#*@]|import |///|\*/|/\*)", code) or '"' in code:
        return
    for operator, other in OPERATORS:
        for match in re.finditer(operator, code):
            yield code[: match.start()] + other + code[match.end() :]
    if any(re.fullmatch(statement, code) for statement in STATEMENTS):
        yield None


def tests_of(path, faults):
    """The tests that catch the planted faults of a file, of its folder where it has none, or all of them."""
    for start in (path, path.rpartition("/")[0] + "/"):
        patterns = {part for fault in faults if fault.path.startswith(start) for part in fault.tests.split("|")}
        if patterns:
            return "|".join(sorted(patterns))
    return "Tests"


def mutations(base, pattern):
    """A fault for each operator and each statement in the lines that changed since `base`."""
    faults = all_faults()
    for path, index in changed_lines(base):
        before = (ROOT / path).read_text()
        lines = before.splitlines()
        for number, line in enumerate(altered(lines[index]), 1):
            after = "\n".join(lines[:index] + ([] if line is None else [line]) + lines[index + 1 :]) + "\n"
            fault = made(
                f"{path}:{index + 1}/{number}", pattern or tests_of(path, faults), "", path, before, after)
            if fault:
                yield fault
