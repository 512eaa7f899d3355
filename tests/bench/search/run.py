#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nearest-neighbour search beside its peers, in one run, as a table of ratios.

    tests/bench/search/run.py BUILD [--size c100k384] [--peers hnswlib,faiss,usearch]

BUILD is the build folder. Peers: hnswlib and faiss as Debian packages them (libhnswlib-dev,
header only, compiled here with -march=native; libfaiss-dev, a static library for plain
x86-64), usearch from a folder of its headers given by --usearch. What is not there is left
out and said. Data, figures and the graph go to a temporary folder (--keep to keep it).
Everything that is compared is processor time of one thread.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# rows, dimensions, clusters, seed, efConstruction
SIZES = {
    "c10k384": (10_000, 384, 100, 42, 200),
    "c100k384": (100_000, 384, 1000, 42, 200),
    "c1m128": (1_000_000, 128, 5000, 43, 100),
}
RECALLS = (0.95, 0.99, 0.999)


def lines(command, prefix=()):
    """The JSON lines a program prints."""
    run = subprocess.run([*prefix, *map(str, command)], stdout=subprocess.PIPE, text=True)
    if run.returncode != 0:
        print(f"{command[0]} failed with {run.returncode}", file=sys.stderr)
        return []
    return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]


def compile_peer(name, folder, usearch):
    flags = {
        "hnswlib": ["-DPEER_HNSWLIB"],
        "faiss": ["-DPEER_FAISS", "-lfaiss", "-lopenblas", "-fopenmp"],
        "usearch": ["-DPEER_USEARCH", "-DUSEARCH_USE_FP16LIB=0", f"-I{usearch}/include"],
    }[name]
    if name == "usearch" and usearch is None:
        return None
    program = folder / f"peer-{name}"
    command = ["g++", "-std=c++20", "-O3", "-march=native", "-DNDEBUG", HERE / "peer.cc",
               "-o", program, *flags, "-lpthread"]
    done = subprocess.run(list(map(str, command)), stderr=subprocess.PIPE, text=True)
    return program if done.returncode == 0 else None


def at_recall(found, recall):
    """Queries a second where the line through the measured points crosses the recall."""
    points = sorted((p["recall"], p["qps"]) for p in found if p["what"] == "graph")
    best = None
    for (r0, q0), (r1, q1) in zip(points, points[1:]):
        if r0 < recall <= r1 and r1 > r0:
            best = max(best or 0, q0 + (q1 - q0) * (recall - r0) / (r1 - r0))
    if points and points[0][0] >= recall:
        best = max(best or 0, points[0][1])
    return best


def first(found, what, **wanted):
    for line in found:
        if line["what"] == what and all(line.get(k) == v for k, v in wanted.items()):
            return line
    return {}


def number(value, form="{:,.0f}"):
    return form.format(value) if value is not None else "–"


def table(own, peers):
    names = ["Umekomi", *peers]
    print("\n| what | " + " | ".join(names) + " | beside the best peer |")
    print("|---|" + "---|" * (len(names) + 1))
    for label, key, form in (("build, CPU s", "cpu", "{:.1f}"),
                             ("bytes a vector, graph included", "bytes", "{:,.0f}")):
        values = [first(f, "build", threads=1).get(key) for f in (own, *peers.values())]
        others = [v for v in values[1:] if v]
        ratio = f"{values[0] / min(others):.2f} of it" if values[0] and others else "–"
        print(f"| {label} | " + " | ".join(number(v, form) for v in values)
              + f" | {ratio} |")
    for recall in RECALLS:
        values = [at_recall(f, recall) for f in (own, *peers.values())]
        others = [v for v in values[1:] if v]
        ratio = f"{values[0] / max(others):.2f}×" if values[0] and others else "–"
        print(f"| queries/s at recall@10 {recall} | "
              + " | ".join(number(v) for v in values) + f" | {ratio} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--size", choices=SIZES, default="c100k384")
    parser.add_argument("--peers", default="hnswlib,faiss,usearch")
    parser.add_argument("--usearch", help="folder of usearch's sources")
    parser.add_argument("--prefix", default="", help="command that runs each program")
    parser.add_argument("--keep", type=pathlib.Path, help="folder for data and figures")
    given = parser.parse_args()
    n, d, clusters, seed, efc = SIZES[given.size]
    folder = given.keep or pathlib.Path(tempfile.mkdtemp(prefix="umekomi-search-"))
    folder.mkdir(parents=True, exist_ok=True)
    own_program = given.build / "tests" / "bench" / "bench-search"
    prefix = given.prefix.split()
    if not (folder / "truth.i32").exists():
        lines([own_program, "data", n, d, clusters, seed, folder])
    own = lines([own_program, "graph", folder, n, d, efc, 1], prefix)
    own += lines([own_program, "graph", folder, n, d, efc, 2], prefix)
    own += lines([own_program, "open", folder, n, d], prefix)
    own += lines([own_program, "exact", folder, n, d], prefix)
    peers = {}
    for name in filter(None, given.peers.split(",")):
        program = compile_peer(name, folder, given.usearch)
        found = lines([program, folder, n, d, efc, 1], prefix) if program else []
        if found:
            peers[name] = found
        else:
            print(f"{name}: not here, left out", file=sys.stderr)
    for name, found in {"umekomi": own, **peers}.items():
        for line in found:
            print(json.dumps({"who": name, **line}))
    table(own, peers)
    one, two = first(own, "build", threads=1), first(own, "build", threads=2)
    if one and two and os.cpu_count() >= 2:
        print(f"\nTwo threads build {one['wall'] / two['wall']:.2f} times as fast.")
    if given.keep is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
