#!/usr/bin/env python3
"""Checks the layout of the code: which includes are allowed, how long files and lines are, stray white space.

Exits 1 on a breach; long functions only warn. LAYERS is the table of docs/architecture.md: a folder of src/albef may
include itself and what its line names. What holds within src/albef/tasks stands below it.
"""
import pathlib
import re
import sys

LAYERS = {
    "base": set(),
    "text": {"base"},
    "image": {"base"},
    "io": {"base"},
    "dist": {"base"},
    "data": {"base", "text", "image"},
    "model": {"base"},
    "loss": {"base"},
    "search": {"base"},
    "synth": {"base", "image"},
    "train": {"base", "io", "dist"},
}
LAYERS["tasks"] = set(LAYERS)
LAYERS["serve"] = LAYERS["verify"] = set(LAYERS)
WITHOUT_TORCH = {"base", "text", "image", "data", "search", "synth"}

# A folder of tasks is a task, which may include common and no other; but these have no rule of their own.
USERS_OF_TASKS = {"bench", "convert", "predict", "report"}
# Edges between tasks that are meant: (who includes, the header): why.
TASK_EXCEPTIONS = {
    ("pretrain/settings.cpp", "retrieval/metrics.h"): "recall_at is checked where the settings are read",
    ("grounding/task.cpp", "retrieval/step.h"): "grounding is trained as retrieval (paper, section 5)",
    ("pretrain/task.cpp", "retrieval/eval.h"): "held-out recall during training",
}

LONGEST_HEADER, LONGEST_SOURCE, LONGEST_FUNCTION, LONGEST_LINE = 150, 400, 50, 120

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "albef"
INCLUDE = re.compile(r'\s*#\s*include\s+["<]([^">]+)[">]')
TORCH = ("torch/", "ATen/", "c10/")


def task_breach(file, header):
    """What is wrong with a file of tasks/ including another of tasks/, both named from there; or None."""
    task, other = file.split("/")[0], header.split("/")[0]
    allowed = other == task or task in USERS_OF_TASKS or (other == "common" and task != "common")
    if not allowed and (file, header) not in TASK_EXCEPTIONS:
        return f"tasks/{task} may not include tasks/{other} ({header})"
    return None


def include_breaches(path, lines):
    layer = path.relative_to(SOURCE).parts[0]
    if layer not in LAYERS:
        yield f"{path.relative_to(ROOT)}: {layer} is no layer; see tools/check_layers.py"
        return
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        place, header = f"{path.relative_to(ROOT)}:{number}", match[1]
        if header.startswith(TORCH) and layer in WITHOUT_TORCH:
            yield f"{place}: {layer} is kept free of LibTorch, yet includes {header}"
        if header.startswith("apps/"):
            yield f"{place}: a layer may not include the program"
        if header.startswith("albef/"):
            folder, inner = header.split("/", 2)[1:]
            if folder != layer and folder not in LAYERS[layer]:
                yield f"{place}: {layer} may not include {folder} ({header})"
            breach = layer == folder == "tasks" and task_breach(path.relative_to(SOURCE / "tasks").as_posix(), inner)
            if breach:
                yield f"{place}: {breach}"


def layout_breaches(path, text):
    """What any text of ours must keep to."""
    name = path.relative_to(ROOT)
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST_LINE:
            yield f"{name}:{number}: {len(line)} columns, at most {LONGEST_LINE}"
        if "\t" in line or "\r" in line:
            yield f"{name}:{number}: a tab or a carriage return; indent by spaces, end by a line feed"
        if line != line.rstrip(" "):
            yield f"{name}:{number}: spaces at the end"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield f"{name}: must end with one line feed"


def length_breaches(path, lines):
    longest = LONGEST_HEADER if path.suffix == ".h" else LONGEST_SOURCE
    if len(lines) > longest:
        yield f"{path.relative_to(ROOT)}: {len(lines)} lines, at most {longest}"


def order_breaches(path, lines):
    """The includes of a block (lines in a row) are sorted, those in <> before those in ""."""
    before = None
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        key = (line.lstrip().startswith('#include "'), match[1]) if match else None
        if before and key and key < before:
            yield f"{path.relative_to(ROOT)}:{number}: {key[1]} belongs before {before[1]}"
        before = key


def long_functions(path, lines):
    """Functions at the outermost level: from a line that opens a brace at no indentation to the next bare one."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("}") and start:
            length = number - start + 1
            if length > LONGEST_FUNCTION:
                yield (f"{path.relative_to(ROOT)}:{start}: a function of {length} lines, "
                       f"better at most {LONGEST_FUNCTION}")
            start = None
        elif (line.endswith("{") and re.match(r"[A-Za-z].*\)", line)
              and not line.startswith(("namespace", "struct", "class"))):
            start = number


def main():
    breaches, warnings = [], []
    for path in sorted(p for folder in (SOURCE, ROOT / "apps", ROOT / "tests") for p in folder.rglob("*.[ch]*")):
        if path.suffix not in (".h", ".cpp"):
            continue
        text = path.read_text()
        lines = text.splitlines()
        if SOURCE in path.parents:
            breaches += include_breaches(path, lines)
        breaches += layout_breaches(path, text)
        breaches += length_breaches(path, lines)
        breaches += order_breaches(path, lines)
        warnings += long_functions(path, lines)
    for path in sorted((ROOT / "tools").glob("*.py")):
        breaches += layout_breaches(path, path.read_text())
    for line in warnings:
        print(f"warning: {line}")
    for line in breaches:
        print(f"error: {line}")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
