"""Fits scikit-learn's GaussianMixture on request and reports the CPU time of each fit.

Reads one JSON object per line from standard input and answers each with one line on standard output:
  {"file": F, "rows": n, "width": d, "kind": "full" | "diag" | "tied", "size": k, "floor": f, "start": S or absent, "labels": L}
  answers {"cpu": s, "wall": s, "result": {"logLikelihood": mean per row, "bic": b, "iterations": i}}
A file holds n rows of d doubles, row by row. S has weights, means and precisions, from which the fit then starts; without it
the start is scikit-learn's own, by k-means, once. Labels of all rows are written to L as 32-bit integers.
"""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import numpy as np
from sklearn.mixture import GaussianMixture

for line in sys.stdin:
    request = json.loads(line)
    rows = np.fromfile(request["file"], dtype="<f8").reshape(request["rows"], request["width"])
    start = request.get("start")
    given = {}
    if start:
        precisions = np.array(start["precisions"])
        if request["kind"] == "full":
            precisions = precisions.reshape(-1, request["width"], request["width"])
        if request["kind"] == "tied":
            precisions = precisions.reshape(request["width"], request["width"])
        # The first assignment is overwritten by the start; the cheapest one serves.
        given = {
            "weights_init": np.array(start["weights"]),
            "means_init": np.array(start["means"]),
            "precisions_init": precisions,
            "init_params": "random_from_data",
        }
    mixture = GaussianMixture(
        request["size"], covariance_type=request["kind"], reg_covar=request["floor"], max_iter=200, random_state=1, **given
    )
    cpu, wall = time.process_time(), time.perf_counter()
    mixture.fit(rows)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if "labels" in request:
        mixture.predict(rows).astype("<i4").tofile(request["labels"])
    result = {"logLikelihood": mixture.score(rows), "bic": mixture.bic(rows), "iterations": mixture.n_iter_}
    print(json.dumps({"cpu": cpu, "wall": wall, "result": result}), flush=True)
