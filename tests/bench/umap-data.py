#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data for tests/bench/umap: `umap-data.py FOLDER [IMAGES]`.

digits70k.npy (70,000 × 784, raw 0 to 255) is made from IMAGES, MNIST's test set as it is
published (t10k-images-idx3-ubyte.gz: 10,000 digits), by turning, scaling and shifting each
six times a little; digits10k.npy is the set itself. gm100k.npy, gm5k.npy and gm1m64.npy are
Gaussian clusters: 100 of them with sizes falling as the root of their number, centres
N(0, 1/d), within a cluster 16 directions of spread 0.6 · 0.85^j and noise 0.15 / sqrt(d),
length 1; the last has 200 clusters of 10 directions and is not brought to length 1."""
import gzip
import pathlib
import sys

import numpy as np


def digits(path, n_copies):
    from scipy.ndimage import affine_transform

    with gzip.open(path) as file:
        raw = file.read()
    images = np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28)
    rng = np.random.default_rng(7)
    out = [images.reshape(len(images), -1).astype(np.float32)]
    for _ in range(n_copies):
        copy = np.empty_like(out[0])
        for i, image in enumerate(images):
            angle, scale = rng.normal(0, 0.12), rng.normal(1, 0.06)
            c, s = np.cos(angle) / scale, np.sin(angle) / scale
            matrix = np.array([[c, -s], [s + rng.normal(0, 0.1), c]])
            shift = 13.5 - matrix @ (13.5 + rng.normal(0, 0.7, 2))
            copy[i] = affine_transform(image.astype(np.float32), matrix, shift, order=1).ravel()
        out.append(np.rint(copy).clip(0, 255).astype(np.float32))
    return np.concatenate(out)


def clusters(n, d, n_clusters, rank, seed, unit):
    rng = np.random.default_rng(seed)
    share = np.arange(1, n_clusters + 1) ** -0.5
    label = rng.choice(n_clusters, size=n, p=share / share.sum())
    centres = rng.standard_normal((n_clusters, d)) / np.sqrt(d)
    spread = 0.6 * 0.85 ** np.arange(rank)
    x = np.empty((n, d), np.float32)
    for c in range(n_clusters):
        rows = np.flatnonzero(label == c)
        basis = np.linalg.qr(rng.standard_normal((d, rank)))[0]
        x[rows] = centres[c] + (rng.standard_normal((len(rows), rank)) * spread) @ basis.T
    for first in range(0, n, 50000):
        part = x[first : first + 50000]
        part += 0.15 / np.sqrt(d) * rng.standard_normal(part.shape, np.float32)
    if unit:
        x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
if len(sys.argv) > 2:
    everything = digits(sys.argv[2], 6)
    np.save(folder / "digits70k.npy", everything)
    np.save(folder / "digits10k.npy", everything[:10000])
gm = clusters(100000, 384, 100, 16, 20260901, True)
np.save(folder / "gm100k.npy", gm)
np.save(folder / "gm5k.npy", gm[:5000])
np.save(folder / "gm1m64.npy", clusters(1000000, 64, 200, 10, 20260902, False))
