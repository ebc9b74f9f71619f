"""Runs scikit-learn's KMeans on request and reports the CPU time of each call.

Reads one JSON object per line from standard input and answers each with one line on standard output:
  {"job": "fit", "file": F, "rows": n, "features": d, "k": k, "starts": s, "out": L}
      KMeans(n_clusters=k, n_init=s, random_state=1) on standardised columns; writes the labels as 32-bit integers to L,
      answers {"cpu": s, "wall": s, "result": {"inertia": i}}. Standardising is part of the measured time, as it is of ours.
  {"job": "quality", "file": F, "rows": n, "features": d, "first": L1, "second": L2}
      answers {"cpu": s, "wall": s, "result": {"silhouette": s, "adjustedRandIndex": a}}: the silhouette of the first labels
      on all rows, and the index of both.
A file holds columns of doubles one after another.
"""

import json
import sys
import time

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.preprocessing import StandardScaler

tables = {}


def table_of(request):
    key = request["file"]
    if key not in tables:
        columns = np.fromfile(key, dtype="<f8").reshape(request["features"], request["rows"])
        tables[key] = np.ascontiguousarray(columns.T)
    return tables[key]


def fit(request):
    table = table_of(request)
    points = StandardScaler().fit_transform(table)
    model = KMeans(n_clusters=request["k"], n_init=request["starts"], random_state=1).fit(points)
    return model.labels_, {"inertia": float(model.inertia_)}


def quality(request):
    points = StandardScaler().fit_transform(table_of(request))
    first = np.fromfile(request["first"], dtype="<i4")
    second = np.fromfile(request["second"], dtype="<i4")
    return None, {
        "silhouette": float(silhouette_score(points, first)),
        "adjustedRandIndex": float(adjusted_rand_score(first, second)),
    }


def answer(request):
    table_of(request)
    wall, cpu = time.perf_counter(), time.process_time()
    labels, result = (fit if request["job"] == "fit" else quality)(request)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if labels is not None:
        labels.astype("<i4").tofile(request["out"])
    return {"cpu": cpu, "wall": wall, "result": result}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
