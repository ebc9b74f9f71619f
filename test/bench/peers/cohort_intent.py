"""Runs scikit-learn's LogisticRegression on standardised columns and reports the CPU time of the fit.

Reads one JSON object per line from standard input and answers each with one line on standard output:
  {"file": F, "rows": n, "features": d, "later": m, "ridge": r, "out": O}
F holds d columns of doubles, then the outcomes; the last m rows are the later part. Fits on the others, writes intercept and
coefficients (standardised) as doubles to O and answers {"cpu": s, "wall": s, "result": {"auc": a, "histogramAuc": b}}, the areas
on the later part; the second is that of HistGradientBoostingClassifier, as a mark of what is there to be found.
"""

import json
import sys
import time

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

for line in sys.stdin:
    request = json.loads(line)
    rows, features = request["rows"], request["features"]
    block = np.fromfile(request["file"]).reshape(features + 1, rows).T
    points, outcome = np.ascontiguousarray(block[:, :features]), block[:, features].astype(int)
    edge = rows - request["later"]
    cpu, wall = time.process_time(), time.perf_counter()
    scaler = StandardScaler().fit(points[:edge])
    model = LogisticRegression(C=1 / request["ridge"], tol=1e-8, max_iter=1000)
    model.fit(scaler.transform(points[:edge]), outcome[:edge])
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    np.concatenate([model.intercept_, model.coef_[0]]).tofile(request["out"])
    later = scaler.transform(points[edge:])
    boosted = HistGradientBoostingClassifier(random_state=0).fit(points[:edge], outcome[:edge])
    result = {
        "auc": float(roc_auc_score(outcome[edge:], model.predict_proba(later)[:, 1])),
        "histogramAuc": float(roc_auc_score(outcome[edge:], boosted.predict_proba(points[edge:])[:, 1])),
    }
    print(json.dumps({"cpu": cpu, "wall": wall, "result": result}), flush=True)
