#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which room may include which: the table of ARCHITECTURE.md as data, checked."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])

# layer: layers whose private headers it may include (itself always)
ALLOWED = {
    "core": set(),
    "linalg": {"core"},
    "io": {"core"},
    "nn": {"core", "linalg", "io"},
    "space": {"core", "linalg", "io"},
    "store": {"core", "io"},
    "index": {"core", "linalg"},
    "projection": {"core", "linalg", "index"},
    "cluster": {"core", "linalg", "index"},
    "eval": {"core", "linalg", "index", "stats"},
    "bias": {"core", "linalg", "stats", "index", "eval"},
    "stats": {"core"},
    "hub": {"core", "io"},
    "train": {"core", "linalg", "nn", "space"},
    "modalities/text": {"core", "linalg", "io", "nn"},
    "modalities/image": {"core", "linalg", "io", "nn"},
    "modalities/audio": {"core", "linalg", "io", "nn"},
    "modalities/graph": {"core", "linalg", "io", "nn"},
}
ALLOWED["facade"] = set(ALLOWED)

# rooms of the window: rooms whose headers they may include
ROOMS = {
    "draw": set(),
    "scene": {"draw"},
    "map": {"draw", "scene"},
    "panels": {"draw", "scene", "map"},
    "audit": {"draw", "scene", "map"},
    "window": {"draw", "scene", "map", "panels", "audit"},
}

# what only one place may open a window to
FOREIGN = {
    "engine": re.compile(r"#\s*include\s*<(gtk|gdk|cairo|pango|adwaita)"),
}
# what a frontend may take from the folder that they share
COMMON = ("umk-report.h", "umk-chart.h")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def layer_of(path):
    parts = path.relative_to(ROOT / "engine").parts
    return "/".join(parts[:2]) if parts[0] == "modalities" else parts[0]


def private_layer(name):
    parts = name.split("/")
    if parts[0] == "modalities" and len(parts) > 2:
        return "/".join(parts[:2])
    return parts[0] if len(parts) > 1 else None


def check_engine(problems):
    for path in sorted((ROOT / "engine").rglob("*.[ch]")):
        layer = layer_of(path)
        text = path.read_text(encoding="utf-8")
        if FOREIGN["engine"].search(text):
            problems.append(f"{path}: the engine includes no toolkit")
        if layer not in ALLOWED:
            if layer not in ("include", "doc"):
                problems.append(f"{path}: the layer “{layer}” is not in the table")
            continue
        for kind, name in INCLUDE.findall(text):
            other = private_layer(name) if kind == '"' else None
            if other and other != layer and other not in ALLOWED[layer]:
                problems.append(f"{path}: {layer} may not include “{name}”")


def allowed_in_common(kind, name):
    if kind == '"':
        return (ROOT / "frontends" / "common" / name).is_file()
    library = name.split("/")[0]
    return name == "umekomi/umekomi.h" or library in ("json-glib", "glib", "pango") or (
        name.startswith("cairo") or "/" not in name)


def check_frontends(problems):
    for path in sorted((ROOT / "frontends").rglob("*.[ch]")):
        own = path.relative_to(ROOT / "frontends").parts[0]
        text = path.read_text(encoding="utf-8")
        for kind, name in INCLUDE.findall(text):
            if kind == "<" and name.startswith("umekomi/") and name != "umekomi/umekomi.h":
                problems.append(f"{path}: frontends include <umekomi/umekomi.h> only")
            if kind == '"' and "-private.h" in name:
                problems.append(f"{path}: a frontend includes no private header")
            if kind == '"' and "/" in name and name.split("/")[0] != own:
                problems.append(f"{path}: frontends do not include one another")
            if kind == '"' and own != "common" and (
                    ROOT / "frontends" / "common" / name).is_file() and name not in COMMON:
                problems.append(f"{path}: of common only {COMMON} are for others")
            if own == "common" and not allowed_in_common(kind, name):
                problems.append(f"{path}: common may not include “{name}”")


def check_rooms(problems):
    where = {path.name: path.parent.name
             for path in (ROOT / "frontends" / "gtk").glob("*/*.h")}
    for path in sorted((ROOT / "frontends" / "gtk").glob("*/*.[ch]")):
        room = path.parent.name
        for kind, name in INCLUDE.findall(path.read_text(encoding="utf-8")):
            other = where.get(name) if kind == '"' else None
            if other and other != room and other not in ROOMS[room]:
                problems.append(f"{path}: {room} may not include “{name}” of {other}")


problems = []
check_engine(problems)
check_frontends(problems)
check_rooms(problems)
print("\n".join(problems) or "every include is within the table")
sys.exit(1 if problems else 0)
