#!/usr/bin/env python3
"""Checks that every relative link of the Markdown files leads to a file, and its #part to a heading. Exits 1 if not."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOT_OURS = {".git", "build", "output"}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)[^)]*\)")


def headings(path):
    """The anchors of a file's headings, as GitHub and GitLab make them."""
    found = re.findall(r"^#+ +(.*)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def broken_links(path):
    text = re.sub(r"```.*?```", lambda code: "\n" * code[0].count("\n"), path.read_text(), flags=re.DOTALL)
    for number, line in enumerate(text.splitlines(), 1):
        for link in LINK.findall(line):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, part = link.partition("#")
            target = (path.parent / name).resolve() if name else path
            if not target.exists():
                yield f"{path.relative_to(ROOT)}:{number}: {link} leads nowhere"
            elif part and target.suffix == ".md" and part not in headings(target):
                yield f"{path.relative_to(ROOT)}:{number}: {name or 'this file'} has no heading #{part}"


def main():
    places = [place for place in ROOT.iterdir() if place.name not in NOT_OURS]
    pages = [page for place in places for page in ([place] if place.suffix == ".md" else place.rglob("*.md"))]
    broken = [line for page in sorted(pages) for line in broken_links(page)]
    for line in broken:
        print(f"error: {line}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
