"""Fits BG/NBD by PyMC-Marketing on request and reports the CPU time of each call.

Same protocol as lifetimes_peer.py; jobs are map (maximum a posteriori) and posterior (NUTS, one chain after the other), both
with the priors and settings that the package takes by itself.
"""

import json
import logging
import sys
import time
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import numpy as np
import pandas as pd
from pymc_marketing.clv import BetaGeoModel


def answer(request):
    columns = np.fromfile(request["file"], dtype="<f8").reshape(4, request["rows"])
    table = pd.DataFrame(
        {"customer_id": np.arange(request["rows"]), "frequency": columns[0], "recency": columns[1], "T": columns[2]}
    )
    wall, cpu = time.perf_counter(), time.process_time()
    model = BetaGeoModel(data=table)
    model.build_model()
    if request["job"] == "map":
        model.fit(method="map", progressbar=False)
    else:
        model.fit(method="mcmc", progressbar=False, cores=1, random_seed=1)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    posterior = model.idata.posterior
    values = {name: float(posterior[name].mean()) for name in ("r", "alpha", "a", "b")}
    draws = int(posterior.sizes["chain"] * posterior.sizes["draw"])
    return {"cpu": cpu, "wall": wall, "result": values, "draws": draws}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
