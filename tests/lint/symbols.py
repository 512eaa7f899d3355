#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The public functions a library exports are exactly those of umekomi.syms, and whatever
else it exports is private by name and by version node. --write renews the list."""
import pathlib
import subprocess
import sys

library, listed = sys.argv[1], pathlib.Path(sys.argv[2])
lines = subprocess.run(["nm", "-D", "--defined-only", "--with-symbol-versions", library],
                       check=True, capture_output=True, text=True).stdout.splitlines()
names = [line.split()[2] for line in lines if len(line.split()) > 2]
public, strangers = set(), []
for name in names:
    plain, _, version = name.partition("@")
    if plain.startswith("umk_"):
        public.add(plain)
    elif plain.startswith("UMEKOMI_1"):
        continue
    elif not (plain.startswith("_umk_") and version.lstrip("@") == "UMEKOMI_1_PRIVATE"):
        strangers.append(name)
if "--write" in sys.argv:
    listed.write_text("".join(name + "\n" for name in sorted(public)))
wanted = set(listed.read_text().split())
for name in sorted(public - wanted):
    print(f"exported but not listed in {listed.name}: {name}")
for name in sorted(wanted - public):
    print(f"listed in {listed.name} but not exported: {name}")
for name in strangers:
    print(f"neither public nor private: {name}")
if public == wanted and not strangers:
    print(f"{len(public)} public functions, all listed")
sys.exit(0 if public == wanted and not strangers else 1)
