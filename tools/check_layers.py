#!/usr/bin/env python3
"""Checks that includes respect the layers and that files stay short. Exits 1 on a breach; long functions only warn.

The table is that of docs/architecture.md: a folder of src/albef may include itself and what its line names.
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
LONGEST_HEADER, LONGEST_SOURCE, LONGEST_FUNCTION = 150, 400, 50

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'\s*#\s*include\s+["<]([^">]+)[">]')
TORCH = ("torch/", "ATen/", "c10/")


def include_breaches(path, layer):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        place, header = f"{path.relative_to(ROOT)}:{number}", match[1]
        if header.startswith(TORCH) and layer in WITHOUT_TORCH:
            yield f"{place}: {layer} is kept free of LibTorch, yet includes {header}"
        if header.startswith("apps/"):
            yield f"{place}: a layer may not include the program"
        if header.startswith("albef/"):
            folder = header.split("/")[1]
            if folder != layer and folder not in LAYERS[layer]:
                yield f"{place}: {layer} may not include {folder} ({header})"


def length_breaches(path):
    lines = len(path.read_text().splitlines())
    longest = LONGEST_HEADER if path.suffix == ".h" else LONGEST_SOURCE
    if lines > longest:
        yield f"{path.relative_to(ROOT)}: {lines} lines, at most {longest}"


def long_functions(path):
    """Functions at the outermost level: from a line that opens a brace at no indentation to the next bare one."""
    start = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("}") and start:
            if number - start + 1 > LONGEST_FUNCTION:
                yield f"{path.relative_to(ROOT)}:{start}: a function of {number - start + 1} lines, better at most {LONGEST_FUNCTION}"
            start = None
        elif line.endswith("{") and re.match(r"[A-Za-z].*\)", line) and not line.startswith(("namespace", "struct", "class")):
            start = number


def main():
    breaches, warnings = [], []
    source = ROOT / "src" / "albef"
    for path in sorted(p for folder in (source, ROOT / "apps", ROOT / "tests") for p in folder.rglob("*.[ch]*")):
        if path.suffix not in (".h", ".cpp"):
            continue
        if source in path.parents:
            layer = path.relative_to(source).parts[0]
            if layer not in LAYERS:
                breaches.append(f"{path.relative_to(ROOT)}: {layer} is no layer; see tools/check_layers.py")
                continue
            breaches += include_breaches(path, layer)
        breaches += length_breaches(path)
        warnings += long_functions(path)
    for line in warnings:
        print(f"warning: {line}")
    for line in breaches:
        print(f"error: {line}")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
