"""Runs leidenalg on request and reports the CPU time of each call.

Reads one JSON object per line from standard input and answers each with one line on standard output:
  {"file": F, "nodes": n, "links": m, "seed": s, "weighted": b, "out": O}
answers {"build": s, "cpu": s, "modularity": q, "communities": c} and writes the labels to O as 32-bit integers. F holds the two
ends of the links as 32-bit integers, one column after the other, and then, as doubles, the weights. The call is
find_partition with ModularityVertexPartition and its defaults; the modularity is igraph's, with the weights where there are any.
"""

import json
import sys
import time

import igraph
import leidenalg
import numpy as np

for line in sys.stdin:
    request = json.loads(line)
    links = request["links"]
    with open(request["file"], "rb") as file:
        ends = np.frombuffer(file.read(8 * links), dtype="<i4").reshape(2, links)
        weights = np.frombuffer(file.read(8 * links), dtype="<f8")
    before = time.process_time()
    graph = igraph.Graph(n=request["nodes"], edges=ends.T)
    if request["weighted"]:
        graph.es["weight"] = weights
    build = time.process_time() - before
    name = "weight" if request["weighted"] else None
    before = time.process_time()
    found = leidenalg.find_partition(graph, leidenalg.ModularityVertexPartition, weights=name, seed=request["seed"])
    cpu = time.process_time() - before
    np.array(found.membership, dtype="<i4").tofile(request["out"])
    answer = {"build": build, "cpu": cpu, "modularity": graph.modularity(found, weights=name), "communities": len(found)}
    print(json.dumps(answer), flush=True)
