#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain things about the text of the sources: no tabs, no trailing blanks, a licence line, no
promise without an issue number, every translatable file in POTFILES, every string in Japanese.
Sizes of files and functions are printed as a guide and never fail."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1])
SOURCES = ("engine", "frontends", "tests", "tools")
PROMISE = re.compile(r"\b(TODO|FIXME|XXX)\b(?!\s*\(#\d+\))")
problems = []


def sources(*endings):
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in endings and path.is_file() and "build" not in path.parts:
                yield path


for path in sources(".c", ".h", ".py", ".sh", ".build"):
    text = path.read_text(encoding="utf-8")
    where = path.relative_to(ROOT)
    if path.suffix in (".c", ".h", ".py", ".sh") and "SPDX-License-Identifier" not in text[:300]:
        problems.append(f"{where}: no SPDX licence line")
    for number, line in enumerate(text.splitlines(), 1):
        if "\t" in line:
            problems.append(f"{where}:{number}: tab")
        if line != line.rstrip():
            problems.append(f"{where}:{number}: trailing blank")
        if PROMISE.search(line) and path.name != "text.py":
            problems.append(f"{where}:{number}: a promise without an issue number")

listed = set((ROOT / "po" / "POTFILES.in").read_text().split())
needed = set()
for path in list((ROOT / "engine").rglob("*.c")) + list((ROOT / "frontends").rglob("*.c")):
    if re.search(r"\b(_|N_|C_|ngettext|g_dngettext)\s?\(", path.read_text(encoding="utf-8")):
        needed.add(str(path.relative_to(ROOT)))
for path in (ROOT / "frontends").rglob("*.ui"):
    if 'translatable="' in path.read_text(encoding="utf-8"):
        needed.add(str(path.relative_to(ROOT)))
for name in sorted(needed - listed):
    problems.append(f"po/POTFILES.in: {name} is missing")
for name in sorted(listed):
    if not (ROOT / name).is_file():
        problems.append(f"po/POTFILES.in: {name} does not exist")
for language in (ROOT / "po" / "LINGUAS").read_text().split():
    counts = subprocess.run(["msgfmt", "--check", "--statistics", "-o", "/dev/null",
                             str(ROOT / "po" / f"{language}.po")],
                            capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    if counts.returncode or "untranslated" in counts.stderr or "fuzzy" in counts.stderr:
        problems.append(f"po/{language}.po: {counts.stderr.strip()}")

lengths = [len(p.read_text(encoding="utf-8").splitlines()) for p in sources(".c")]
lengths.sort()
print(f"guide: {len(lengths)} C files, median {lengths[len(lengths) // 2]} lines, longest {lengths[-1]}")
print("\n".join(problems) or "the text is clean")
sys.exit(1 if problems else 0)
