#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the command line's cases. A case file is a session in an empty folder:

    # a remark
    $ umekomi …          a shell line; $GARDEN, $STARTER, $MODELS, $SHARED and $CASES are set,
                         XDG_DATA_HOME and HF_HUB_CACHE are empty folders
    ? 1                  expected exit status (0 if not said)
    text                 the next line of stdout, exactly
    ~ regex              the next line of stdout matches
    ...                  any number of lines of stdout
    ! text               stderr contains it
    @ needs shared       the whole file is skipped where the shared data are absent
    @ needs numpy        likewise where no Python has NumPy; $NUMPY is one that has

usage: run-cases.py UMEKOMI ASSETS SHARED CASE-FILE"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

program, assets, shared, case = sys.argv[1:5]


def fail(number, line, result, why):
    print(f"{pathlib.Path(case).name}:{number}: {line}\n  {why}")
    print("  stdout:", *result.stdout.splitlines(), sep="\n    ")
    print("  stderr:", *result.stderr.splitlines(), sep="\n    ")
    sys.exit(1)


def matches(expected, lines):
    if not expected:
        return not lines
    if expected[0] == "...":
        return any(matches(expected[1:], lines[i:]) for i in range(len(lines) + 1))
    if not lines:
        return False
    if expected[0].startswith("~ "):
        same = re.search(expected[0][2:], lines[0]) is not None
    else:
        same = expected[0] == lines[0]
    return same and matches(expected[1:], lines[1:])


def steps(text):
    step = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("$ "):
            if step:
                yield step
            step = {"number": number, "line": line[2:], "status": 0, "stdout": [], "stderr": []}
        elif line.startswith("? "):
            step["status"] = int(line[2:])
        elif line.startswith("! "):
            step["stderr"].append(line[2:])
        elif line.startswith(("#", "@")) or (not line.strip() and step is None):
            continue
        elif line.strip():
            step["stdout"].append(line)
    if step:
        yield step


text = pathlib.Path(case).read_text(encoding="utf-8")
if "@ needs shared" in text and not os.path.isdir(os.path.join(shared, "golden")):
    print("the shared data are absent")
    sys.exit(77)
numpy = None
if "@ needs numpy" in text:
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import numpy"], capture_output=True).returncode == 0:
            numpy = python
    if numpy is None:
        print("there is no NumPy")
        sys.exit(77)
environment = dict(os.environ, GARDEN=os.path.join(assets, "garden"),
                   STARTER=os.path.join(assets, "starter"), SHARED=os.path.abspath(shared),
                   MODELS=str(pathlib.Path(case).resolve().parents[1] / "golden" / "cross-encoder"),
                   CASES=os.path.dirname(os.path.abspath(case)), NUMPY=numpy or "",
                   PATH=os.path.dirname(os.path.abspath(program)) + ":" + os.environ["PATH"])
count = 0
with (tempfile.TemporaryDirectory(prefix="umekomi-cli-") as folder,
      tempfile.TemporaryDirectory(prefix="umekomi-cli-data-") as data):
    environment.update(XDG_DATA_HOME=data, HF_HUB_CACHE=os.path.join(data, "hf"))
    for step in steps(text):
        result = subprocess.run(["sh", "-c", step["line"]], cwd=folder, env=environment,
                                capture_output=True, text=True, timeout=120)
        if result.returncode != step["status"]:
            fail(step["number"], step["line"], result,
                 f"exit status {result.returncode}, expected {step['status']}")
        if not matches(step["stdout"], result.stdout.splitlines()):
            fail(step["number"], step["line"], result, f"stdout is not {step['stdout']}")
        for part in step["stderr"]:
            if part not in result.stderr:
                fail(step["number"], step["line"], result, f"stderr has no “{part}”")
        count += 1
print(f"{count} steps")
