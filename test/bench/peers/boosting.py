"""Runs scikit-learn's HistGradientBoostingRegressor and reports the CPU time of fit and of predict.

Reads one JSON object per line from standard input and answers each with one line on standard output:
  {"file": F, "rows": n, "features": d, "later": m, "loss": L, "quantile": q, "rounds": r, "out": O}
F holds d columns of doubles, then the targets; the last m rows are predicted, the others fitted. Writes the predictions as doubles
to O and answers {"cpu": s, "wall": s, "result": {"predictCpu": s, "trees": t}}.
"""

import json
import sys
import time

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

for line in sys.stdin:
    request = json.loads(line)
    rows, features = request["rows"], request["features"]
    block = np.fromfile(request["file"]).reshape(features + 1, rows).T
    points, target = np.ascontiguousarray(block[:, :features]), np.ascontiguousarray(block[:, features])
    edge = rows - request["later"]
    model = HistGradientBoostingRegressor(
        loss=request["loss"], quantile=request.get("quantile"), max_iter=request["rounds"], early_stopping=False, random_state=0
    )
    cpu, wall = time.process_time(), time.perf_counter()
    model.fit(points[:edge], target[:edge])
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    later = np.ascontiguousarray(points[edge:])
    predicting = time.process_time()
    predicted = model.predict(later)
    predicting = time.process_time() - predicting
    predicted.tofile(request["out"])
    print(json.dumps({"cpu": cpu, "wall": wall, "result": {"predictCpu": predicting, "trees": float(model.n_iter_)}}), flush=True)
