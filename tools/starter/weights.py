# SPDX-License-Identifier: GPL-3.0-or-later
"""Safetensors files, with rows of 8-bit numbers and a scale each."""

import json
import struct

import numpy as np

TYPES = {'F32': '<f4', 'F16': '<f2', 'I8': 'i1'}


def write_safetensors(path, tensors):
    """tensors: {name: (type, array)}; the widest numbers first, so that all are aligned."""
    header, data, at = {'__metadata__': {'format': 'pt'}}, [], 0
    for name in sorted(tensors, key=lambda n: (-np.dtype(TYPES[tensors[n][0]]).itemsize, n)):
        kind, values = tensors[name]
        raw = np.ascontiguousarray(np.asarray(values).astype(TYPES[kind]))
        header[name] = {'dtype': kind, 'shape': list(raw.shape),
                        'data_offsets': [at, at + raw.nbytes]}
        data.append(raw.tobytes())
        at += raw.nbytes
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + b''.join(data))


def read_safetensors(path):
    """{name: float32 array}; rows of 8-bit numbers times their scales."""
    with open(path, 'rb') as file:
        length, = struct.unpack('<Q', file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    out = {}
    for name, entry in header.items():
        if name != '__metadata__':
            begin, end = entry['data_offsets']
            out[name] = np.frombuffer(data[begin:end], TYPES[entry['dtype']]).reshape(
                entry['shape']).astype(np.float32)
    for name in [n for n in out if n.endswith('.scale')]:
        rows = out[name[:-6]]
        out[name[:-6]] = rows * out.pop(name).reshape([-1] + [1] * (rows.ndim - 1))
    return out


def rows_of_int8(values):
    """(int8 rows, scale of each): value = row * scale. A row of a convolution is a filter."""
    values = np.asarray(values, np.float32)
    flat = values.reshape(len(values), -1)
    scale = np.maximum(np.abs(flat).max(1), 1e-8) / 127
    return (np.rint(flat / scale[:, None]).astype(np.int8).reshape(values.shape),
            scale.astype(np.float32))
