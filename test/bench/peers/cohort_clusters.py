"""Runs SciPy's Ward linkage and scikit-learn's DBSCAN and HDBSCAN on request and reports the CPU time of each call.

Reads one JSON object per line from standard input and answers each with one line on standard output:
  {"job": J, "file": F, "rows": n, "features": d, "out": L, ...}   writes labels as 32-bit integers to L, answers
                                                                     {"cpu": s, "wall": s, "result": {...}}
J is ward (with k), dbscan (with eps and minPoints) or hdbscan (with minClusterSize and minSamples). A file holds columns of
doubles one after another, already on the scale of distances. With "strength": S, hdbscan also writes its probabilities to S.
"""

import json
import sys
import time

import numpy as np
from scipy.cluster.hierarchy import cut_tree, linkage
from sklearn.cluster import DBSCAN, HDBSCAN


def run(request, rows):
    job = request["job"]
    if job == "ward":
        tree = linkage(rows, method="ward")
        return cut_tree(tree, request["k"])[:, 0], {"highest": float(tree[-1, 2])}
    if job == "dbscan":
        found = DBSCAN(eps=request["eps"], min_samples=request["minPoints"], algorithm="kd_tree").fit(rows)
        return found.labels_, {"cores": len(found.core_sample_indices_)}
    if job == "hdbscan":
        found = HDBSCAN(min_cluster_size=request["minClusterSize"], min_samples=request["minSamples"], copy=True).fit(rows)
        if "strength" in request:
            found.probabilities_.astype("<f8").tofile(request["strength"])
        return found.labels_, {"noise": int((found.labels_ < 0).sum())}
    raise SystemExit(f"no job {job}")


for line in sys.stdin:
    request = json.loads(line)
    columns = np.fromfile(request["file"], dtype="<f8").reshape(request["features"], request["rows"])
    rows = np.ascontiguousarray(columns.T)
    wall, cpu = time.perf_counter(), time.process_time()
    labels, result = run(request, rows)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    labels.astype("<i4").tofile(request["out"])
    print(json.dumps({"cpu": cpu, "wall": wall, "result": result}), flush=True)
