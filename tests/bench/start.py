#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole-process figures as JSON lines: start of the command line, and wall time, processor time
and peak memory of embedding the garden's words, pictures and sounds with the built-in model.
usage: start.py UMEKOMI GARDEN"""
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

program, garden = sys.argv[1], pathlib.Path(sys.argv[2])


def run(*arguments):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    child = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - start
    if child.returncode:
        sys.exit(f"{arguments}: exit status {child.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def report(name, unit, value, **more):
    print(json.dumps({"bench": name, "unit": unit, "value": round(value, 2), **more}), flush=True)


starts = [run("--version") for _ in range(21)]
report("start-cli", "ms", statistics.median(s[0] for s in starts) * 1000, runs=len(starts),
       peak_mib=round(starts[0][2], 1))
pictures = sorted(map(str, (garden / "pictures").glob("*.png")))
sounds = sorted(map(str, (garden / "sounds").glob("*.ogg")))
words = [line.split("\t")[1] for line in
         (garden / "words.tsv").read_text(encoding="utf-8").splitlines()[1:]]
with tempfile.TemporaryDirectory() as folder:
    text = os.path.join(folder, "words.txt")
    pathlib.Path(text).write_text("\n".join(words) + "\n", encoding="utf-8")
    for name, modality, arguments, count in (
            ("texts", "text", ["--input", text], len(words)),
            ("pictures", "image", ["--files", *pictures], len(pictures)),
            ("sounds", "audio", ["--files", *sounds], len(sounds))):
        wall, cpu, peak = min(run("embed", "--model", "starter", "--modality", modality, *arguments,
                                  "--output", os.path.join(folder, "v.npy")) for _ in range(3))
        report(f"embed-{name}", "items/s", count / wall, items=count, seconds=round(wall, 3),
               cpu_seconds=round(cpu, 3), peak_mib=round(peak, 1))
