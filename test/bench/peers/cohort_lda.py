"""Fits scikit-learn's online LDA on request and reports the CPU time of each fit.

Reads one JSON object per line from standard input and answers each with one line on standard output:
  {"start": F, "token": F, "terms": n, "topics": k, "seed": s, "out": F}   answers {"cpu": s, "wall": s, "result": {}}
Files hold whole numbers of 32 bits: where documents begin, and their tokens. The components go to `out` as doubles, topic
after topic. The call is LatentDirichletAllocation(k, learning_method="online", max_iter=3, random_state=s); building the sparse
matrix is not measured.
"""

import json
import sys
import time

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.decomposition import LatentDirichletAllocation


def answer(request):
    start = np.fromfile(request["start"], dtype="<i4")
    token = np.fromfile(request["token"], dtype="<i4")
    counts = csr_matrix((np.ones(len(token)), token, start), shape=(len(start) - 1, request["terms"]))
    counts.sum_duplicates()
    model = LatentDirichletAllocation(request["topics"], learning_method="online", max_iter=3, random_state=request["seed"])
    wall, cpu = time.perf_counter(), time.process_time()
    model.fit(counts)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    model.components_.astype("<f8").tofile(request["out"])
    return {"cpu": cpu, "wall": wall, "result": {}}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
