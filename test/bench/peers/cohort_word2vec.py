"""Fits gensim's Word2Vec on request and reports the CPU time of each fit.

Reads one JSON object per line from standard input and answers each with one line on standard output:
  {"start": F, "token": F, "dimensions": d, "seed": s, "categories": c}    answers {"cpu": s, "wall": s, "result": {"purity": p}}
Files hold whole numbers of 32 bits: where sequences begin, and their tokens; token t is in category t modulo c. The call is
Word2Vec(sentences, vector_size=d, window=5, min_count=5, sg=1, negative=5, epochs=5, workers=1, seed=s); making the sentences is
not measured. Purity is the share of the 10 nearest by cosine that are in the token's category.
"""

import json
import sys
import time

import numpy as np
from gensim.models import Word2Vec


def answer(request):
    start = np.fromfile(request["start"], dtype="<i4")
    token = np.fromfile(request["token"], dtype="<i4")
    sentences = [[str(of) for of in token[first:last]] for first, last in zip(start[:-1], start[1:])]
    wall, cpu = time.perf_counter(), time.process_time()
    model = Word2Vec(
        sentences, vector_size=request["dimensions"], window=5, min_count=5, sg=1, negative=5, epochs=5, workers=1, seed=request["seed"]
    )
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    unit = model.wv.get_normed_vectors()
    category = np.array([int(key) for key in model.wv.index_to_key]) % request["categories"]
    similarity = unit @ unit.T
    np.fill_diagonal(similarity, -2)
    nearest = np.argsort(-similarity, axis=1)[:, :10]
    return {"cpu": cpu, "wall": wall, "result": {"purity": float((category[nearest] == category[:, None]).mean())}}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
