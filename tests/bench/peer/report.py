# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of tests/bench/encoders: ours, the peer's, their ratio, and the ratio asked for."""
import pathlib
import time

# workload: (required, aim) in single precision and in 8 bits; of latency less is better
BARS = {
    "16": ((1.0, 1.15), (1.1, 1.5)),
    "128": ((1.0, 1.15), (1.1, 1.5)),
    "512": ((1.05, 1.4), (1.2, 2.0)),
    "sorted": ((1.4, 2.0), (1.5, 3.0)),
    "arrival": ((3.0, 3.7), (3.5, 5.6)),
    "images": ((1.0, 1.2), (1.2, 1.6)),
    "text": ((1.0, 0.8), (0.9, 0.6)),
}
SHARES = {"f32": 0.80, "int8": 0.60}  # of the peak, at length 128
# What makes processors different here; each kind has its own section of the results.
KINDS = (("avx512_vnni", "AVX-512 with VNNI"), ("avx512f", "AVX-512"), ("avx2", "AVX2"))


def bar(record):
    words = record["workload"].split()
    for key, pairs in BARS.items():
        if key in words:
            return pairs[record["precision"] == "int8"]
    return None, None


def cpu_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown processor"


def cpu_kind():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("flags"):
            flags = line.split()
            return next((name for flag, name in KINDS if flag in flags), "plain")
    return "plain"


def verdict(record):
    required, aim = bar(record)
    if required is None or "ratio" not in record:
        return ""
    ratio = record["ratio"]
    if record["unit"] == "ms":
        return "aim" if ratio <= aim else "met" if ratio <= required else "MISSED"
    return "aim" if ratio >= aim else "met" if ratio >= required else "MISSED"


def number(value, unit):
    return f"{value:.2f}" if unit != "tokens" else f"{value:,.0f}"


def share(record):
    if "peak_share" not in record:
        return ""
    text = f"{record['peak_share']:.0%} / {record['peer_peak_share']:.0%}"
    if "128" in record["workload"].split():
        need = SHARES.get(record["precision"], 0)
        text += f" (≥ {need:.0%}: {'met' if record['peak_share'] >= need else 'MISSED'})"
    return text


def rate_name(record):
    if record["unit"] == "ms":
        return "ms"
    return f"{record['unit']}/{'CPU s' if record['clock'] == 'cpu' else 's'}"


def row(record):
    if "error" in record:
        return [record["workload"], record["precision"], record["error"], "", "", "", "", "", ""]
    required, aim = bar(record)
    return [record["workload"], record["precision"], rate_name(record),
            number(record["ours"], record["unit"]), number(record["peer"], record["unit"]),
            f"{record['ratio']:.2f}×",
            f"{required:g} / {aim:g}: {verdict(record)}" if required else "",
            share(record), f"{record['ours_peak_mib']:.0f} / {record['peer_peak_mib']:.0f}"]


def extent(records, key, digits):
    """The least and the greatest, or the one there is."""
    texts = [f"{pick(r[key] for r in records):.{digits}f}" for pick in (min, max)]
    return texts[0] if texts[0] == texts[1] else " to ".join(texts)


def last_of_each(records):
    """Of a workload that was measured again only the last time counts; peaks are all kept."""
    kept = {}
    for number, record in enumerate(records):
        key = (record["bench"], record.get("workload", number), record.get("precision"))
        kept[key] = record  # in the place where it came first
    return list(kept.values())


def table(records):
    head = ["workload", "precision", "measured in", "ours", "ONNX Runtime", "ratio",
            "required / aim", "share of peak, ours / peer", "peak MiB, ours / peer"]
    rows = [row(r) for r in records if r["bench"] == "encoders"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(r) + " |" for r in rows]
    for r in records:
        if r["bench"] == "load":
            lines.append(f"\nLoad of {r['model']} {r['precision']} to the first vector, one thread: "
                         f"{r['cold_ms']:.0f} ms cold, {r['warm_ms']:.0f} ms with the file in the "
                         f"page cache (required ≤ 150 ms in f32); peak {r['peak_mib']:.0f} MiB, of it "
                         f"{r['anonymous_mib']:.0f} MiB not the mapped file, for weights of "
                         f"{r['weights_mib']:.0f} MiB.")
    peaks = [r for r in records if r["bench"] == "peak"]
    conditions = (f"{peaks[0]['cpu']} ({peaks[0].get('kind', cpu_kind())}), "
                  f"load {extent(peaks, 'load', 1)}, {peaks[0]['peer']}; peak of one core "
                  f"{extent(peaks, 'f32_gflops', 0)} GFLOP/s in f32, "
                  f"{extent(peaks, 'int8_gops', 0)} GOP/s in 8 bits; {time.strftime('%B %Y')}.")
    if len(peaks) > 1:
        conditions += (f" Measured in {len(peaks)} pieces, each beside its own peak.")
    ways = sorted({f"{r['workload']} {r['precision']}: {r['way']} × {r['batch']}"
                   for r in records if r.get("way")})
    return "\n".join([conditions, "", *lines, "",
                      "The peer's best graph and batch: " + "; ".join(ways) + "."])


def write_results(path, records):
    """In place of the section of this kind of processor, or behind the last section."""
    text = path.read_text(encoding="utf-8")
    kind = next(r for r in records if r["bench"] == "peak").get("kind", cpu_kind())
    begin, end = f"<!-- encoders, {kind}: begin -->", f"<!-- encoders, {kind}: end -->"
    section = f"{begin}\n{table(records)}\n{end}"
    last = "<!-- encoders, AVX2: end -->"
    if begin in text and end in text:
        text = text[:text.index(begin)] + section + text[text.index(end) + len(end):]
    elif last in text:
        text = text.replace(last, f"{last}\n\n{section}")
    else:
        text = text.rstrip("\n") + "\n\n## Encoders beside ONNX Runtime\n\n" + section + "\n"
    path.write_text(text, encoding="utf-8")
