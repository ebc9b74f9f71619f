"""Runs lifetimes on request and reports the CPU time of each call.

Reads one JSON object per line from standard input and answers each with one line on standard output:
  {"job": "cdnow", "file": F}                     writes the CDNOW customers that lifetimes ships, answers {"rows": n}
  {"job": J, "file": F, "rows": n, "seed": i}     answers {"cpu": s, "wall": s, "result": [...]}
J is bg-fit, pareto-fit, bg-expectation, pareto-expectation or bg-clv. A file holds four columns of doubles one after
another: x, tx, T, mean spend. Calls are those of the documentation with their defaults; the models that predictions are
made with are fitted outside of the measured time, on the first 10,000 rows.
"""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter
from lifetimes.datasets import load_cdnow_summary_data_with_monetary_value

tables = {}
models = {}


def table_of(file, rows):
    if file not in tables:
        columns = np.fromfile(file, dtype="<f8").reshape(4, rows)
        tables[file] = pd.DataFrame({"x": columns[0], "tx": columns[1], "T": columns[2], "mean": columns[3]})
    return tables[file]


def model_of(kind, file, table):
    if (kind, file) not in models:
        head = table[:10_000]
        if kind == "spend":
            buyers = head[(head["x"] > 0) & (head["mean"] > 0)]
            models[kind, file] = GammaGammaFitter().fit(buyers["x"], buyers["mean"])
        else:
            fitter = BetaGeoFitter() if kind == "bg" else ParetoNBDFitter()
            models[kind, file] = fitter.fit(head["x"], head["tx"], head["T"])
    return models[kind, file]


def prepare(job, file, table):
    """The call to measure, with everything before it done."""
    x, tx, age, mean = table["x"], table["tx"], table["T"], table["mean"]
    if job == "bg-fit":
        return lambda: BetaGeoFitter().fit(x, tx, age)
    if job == "pareto-fit":
        return lambda: ParetoNBDFitter().fit(x, tx, age)
    if job in ("bg-expectation", "pareto-expectation"):
        model = model_of(job.split("-")[0], file, table)
        return lambda: model.conditional_expected_number_of_purchases_up_to_time(52, x, tx, age)
    if job == "bg-clv":
        model, spend = model_of("bg", file, table), model_of("spend", file, table)
        return lambda: spend.customer_lifetime_value(model, x, tx, age, mean, time=12, freq="W")
    raise SystemExit(f"no job {job}")


def answer(request):
    if request["job"] == "cdnow":
        table = load_cdnow_summary_data_with_monetary_value()
        columns = table[["frequency", "recency", "T", "monetary_value"]].to_numpy(dtype="<f8")
        columns.T.ravel().tofile(request["file"])
        return {"rows": len(table)}
    # Fits begin at random numbers of NumPy, and some beginnings take twenty times as long as others.
    np.random.seed(request.get("seed", 0))
    call = prepare(request["job"], request["file"], table_of(request["file"], request["rows"]))
    wall, cpu = time.perf_counter(), time.process_time()
    result = call()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if hasattr(result, "params_"):
        values = {name: float(value) for name, value in result.params_.items()}
    else:
        values = {"total": float(np.nansum(np.asarray(result)))}
    return {"cpu": cpu, "wall": wall, "result": values}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
