#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes umap.json beside this file: what umap-learn makes of a few dozen rows.

Made with umap-learn 0.5.3 (Debian package 0.5.3+dfsg-2), run as
`python3 make-golden.py`. The neighbours are found in double precision by numpy, so that
only the fuzzy set, the curve and the labels are the peer's; for densMAP's local radii it
finds them itself, in single precision."""
import json
import pathlib

import numpy as np
import scipy.sparse
import umap
from umap.umap_ import (
    discrete_metric_simplicial_set_intersection,
    find_ab_params,
    fuzzy_simplicial_set,
    smooth_knn_dist,
)

N, D, K = 48, 5, 8  # K counts the row itself
rng = np.random.default_rng(5)
rows = rng.standard_normal((N, D)).astype(np.float32)
rows[:16] *= 0.2
rows[40:44] = rows[40]  # equal rows
rows[47] = 30  # far from all


def neighbours(metric):
    x = rows.astype(np.float64)
    if metric == "cosine":
        x = x / np.linalg.norm(x, axis=1, keepdims=True)
        d = 1 - x @ x.T
    else:
        d = np.sqrt(((x[:, None] - x[None]) ** 2).sum(-1))
    for i in range(N):
        for j in range(N):
            if np.array_equal(rows[i], rows[j]):
                d[i, j] = 0
    ids = np.empty((N, K), np.int32)
    out = np.empty((N, K), np.float32)
    for i in range(N):
        order = [i] + [j for j in np.lexsort((np.arange(N), d[i].astype(np.float32))) if j != i]
        ids[i] = order[:K]
        out[i] = d[i, ids[i]]
    return ids, out


def edges(graph):
    c = scipy.sparse.triu(graph, 1).tocoo()
    order = np.lexsort((c.col, c.row))
    return {"heads": c.row[order].tolist(), "tails": c.col[order].tolist(),
            "weights": c.data[order].astype(float).tolist()}


result = {"made_with": f"umap-learn {umap.__version__}", "n_neighbors": K,
          "rows": rows.astype(float).tolist(), "curves": [], "metrics": {}}
for spread, min_dist in ((1, 0.1), (1, 0), (1, 0.5), (1, 0.99), (2, 0.25), (0.5, 0.001)):
    a, b = find_ab_params(spread, min_dist)
    result["curves"].append({"spread": spread, "min_dist": min_dist, "a": float(a), "b": float(b)})
labels = np.array([i % 3 if i % 7 else -1 for i in range(N)])
result["labels"] = labels.tolist()
for metric in ("euclidean", "cosine"):
    ids, distances = neighbours(metric)
    sigma, rho = smooth_knn_dist(distances, float(K))
    graph, _, _ = fuzzy_simplicial_set(rows, K, np.random.RandomState(1), metric,
                                       knn_indices=ids, knn_dists=distances)
    part = {"sigma": sigma.astype(float).tolist(), "rho": rho.astype(float).tolist(),
            "edges": edges(graph), "supervised": {}}
    for weight in (0.2, 0.5, 0.9):
        far = 2.5 / (1 - weight)
        joined = discrete_metric_simplicial_set_intersection(graph.copy(), labels, far_dist=far)
        part["supervised"][str(weight)] = edges(joined)
    result["metrics"][metric] = part
mapper = umap.UMAP(n_neighbors=K, densmap=True, output_dens=True, n_epochs=50, init="random",
                   random_state=1)
result["n_epochs"] = 50
result["radii"] = mapper.fit_transform(rows)[1].astype(float).tolist()
path = pathlib.Path(__file__).with_name("umap.json")
path.write_text(json.dumps(result) + "\n")
