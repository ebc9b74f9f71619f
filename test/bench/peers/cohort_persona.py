"""Runs kmodes' KPrototypes on request and reports the CPU time of each fit.

Reads one JSON object per line from standard input and answers each with one line on standard output:
  {"file": F, "rows": n, "numbers": d, "categories": c, "size": k, "gamma": g, "restarts": r, "labels": L}
  answers {"cpu": s, "wall": s, "result": {"cost": sum of distances, "iterations": i}}
A file holds n rows of d + c doubles, row by row; the last c are codes. Labels of all rows are written to L as 32-bit integers.
"""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import numpy as np
from kmodes.kprototypes import KPrototypes

for line in sys.stdin:
    request = json.loads(line)
    numbers, categories = request["numbers"], request["categories"]
    rows = np.fromfile(request["file"], dtype="<f8").reshape(request["rows"], numbers + categories)
    model = KPrototypes(
        request["size"], gamma=request["gamma"], init="Huang", n_init=request["restarts"], max_iter=100, random_state=1, n_jobs=1
    )
    cpu, wall = time.process_time(), time.perf_counter()
    labels = model.fit_predict(rows, categorical=list(range(numbers, numbers + categories)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    labels.astype("<i4").tofile(request["labels"])
    print(json.dumps({"cpu": cpu, "wall": wall, "result": {"cost": float(model.cost_), "iterations": int(model.n_iter_)}}), flush=True)
