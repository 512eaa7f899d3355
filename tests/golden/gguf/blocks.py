#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random blocks of the GGUF types Q4_K, Q5_K and Q6_K, and the numbers they stand for: the
quants are chosen first, then packed. Writes blocks.json."""
import json
import pathlib
import random
import struct

rng = random.Random(11)


def half(value):
    return struct.unpack("<e", struct.pack("<e", value))[0]


def pack_pairs(scales, least):
    """8 + 8 numbers of 6 bits in 12 bytes."""
    out = bytearray(12)
    for i in range(8):
        if i < 4:
            out[i] |= scales[i]
            out[i + 4] |= least[i]
        else:
            out[i + 4] |= scales[i] & 15 | (least[i] & 15) << 4
            out[i - 4] |= scales[i] >> 4 << 6
            out[i] |= least[i] >> 4 << 6
    return bytes(out)


def k45(bits):
    d, m = half(rng.uniform(-0.1, 0.1)), half(rng.uniform(-0.1, 0.1))
    scales = [rng.randrange(64) for _ in range(8)]
    least = [rng.randrange(64) for _ in range(8)]
    quants = [[rng.randrange(1 << bits) for _ in range(32)] for _ in range(8)]
    block = struct.pack("<ee", d, m) + pack_pairs(scales, least)
    if bits == 5:
        block += bytes(sum((quants[run][i] >> 4) << run for run in range(8))
                       for i in range(32))
    for pair in range(4):
        block += bytes(quants[2 * pair][i] & 15 | (quants[2 * pair + 1][i] & 15) << 4
                       for i in range(32))
    return block, [d * scales[run] * q - m * least[run]
                   for run in range(8) for q in quants[run]]


def k6():
    d = half(rng.uniform(-0.01, 0.01))
    scales = [rng.randrange(-128, 128) for _ in range(16)]
    quants = [rng.randrange(64) for _ in range(256)]
    low, high = bytearray(128), bytearray(64)
    for i, q in enumerate(quants):
        part, run, j = i // 128, i % 128 // 32, i % 32
        low[part * 64 + (run & 1) * 32 + j] |= (q & 15) << (4 if run >= 2 else 0)
        high[part * 32 + j] |= (q >> 4) << 2 * run
    block = bytes(low) + bytes(high) + struct.pack("<16b", *scales) + struct.pack("<e", d)
    return block, [d * scales[i // 16] * (q - 32) for i, q in enumerate(quants)]


cases = []
for name, number, make in (("Q4_K", 12, lambda: k45(4)), ("Q5_K", 13, lambda: k45(5)),
                           ("Q6_K", 14, k6)):
    made = [make() for _ in range(2)]
    cases.append({"type": number, "name": name, "data": b"".join(b for b, _ in made).hex(),
                  "numbers": [float(f"{x:.9g}") for _, values in made for x in values]})
(pathlib.Path(__file__).parent / "blocks.json").write_text(
    "[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
