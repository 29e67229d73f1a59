"""Makes test/fixtures/importance.json: what Optuna's PED-ANOVA says, for src/search/importance.ts to equal.

    python -m venv v5 && v5/bin/pip install optuna==5.0.0
    v5/bin/python scripts/golden/importance.py > test/fixtures/importance.json

Values are unnormalised. Optuna has no ordinal type: an ordinal is told to it as its index. All cases
have at least 50 trials, where both take the best tenth.
"""

import json
import math
import random
import sys
import warnings

SPACE = {
    "float": {"type": "float", "low": -2.0, "high": 3.0},
    "log": {"type": "float", "low": 1e-5, "high": 1e-1, "log": True},
    "step": {"type": "float", "low": 0.0, "high": 1.0, "step": 0.05},
    "int": {"type": "int", "low": 1, "high": 9},
    "wide": {"type": "int", "low": 0, "high": 5000},
    "even": {"type": "int", "low": 2, "high": 41, "step": 3},
    "logint": {"type": "int", "low": 1, "high": 700, "log": True},
    "choice": {"type": "categorical", "choices": ["a", "b", "c", "d"]},
    "flag": {"type": "bool"},
    "size": {"type": "ordinal", "values": [8, 16, 32, 64, 128]},
    "noise": {"type": "float", "low": 0.0, "high": 1.0},
    "gated": {"type": "float", "low": 0.0, "high": 1.0, "when": {"flag": True}},
}


def distribution_of(parameter):
    from optuna import distributions as d

    kind = parameter["type"]
    if kind == "categorical":
        return d.CategoricalDistribution(parameter["choices"])
    if kind == "bool":
        return d.CategoricalDistribution([False, True])
    if kind == "ordinal":
        return d.IntDistribution(0, len(parameter["values"]) - 1)
    make = d.IntDistribution if kind == "int" else d.FloatDistribution
    step = parameter.get("step", 1 if kind == "int" else None)
    return make(parameter["low"], parameter["high"], log=parameter.get("log", False), step=step)


def value_of(parameter, rng):
    kind = parameter["type"]
    if kind == "categorical":
        return rng.choice(parameter["choices"])
    if kind == "bool":
        return rng.random() < 0.5
    if kind == "ordinal":
        return rng.choice(parameter["values"])
    low, high = parameter["low"], parameter["high"]
    if parameter.get("log"):
        value = math.exp(rng.uniform(math.log(low), math.log(high)))
        return round(value) if kind == "int" else float(f"{value:.6g}")
    step = parameter.get("step", 1 if kind == "int" else None)
    if step is None:
        return round(rng.uniform(low, high), 4)
    value = low + step * rng.randrange(int((high - low) / step + 1e-9) + 1)
    return value if kind == "int" else round(value, 2)


def loss_of(p, rng):
    return round(
        (p["float"] - 0.5) ** 2
        + 0.4 * (math.log10(p["log"]) + 3) ** 2
        + p["step"]
        + 0.1 * p["int"]
        + p["even"] / 40
        + (1 if p["choice"] == "b" else 1.5)
        + 0.3 * p["flag"]
        + 0.2 * math.log2(p["size"])
        + 2 * p.get("gated", 0.4)
        + 0.1 * rng.gauss(0, 1),
        3,
    )


def case(name, count, rng, direction="minimize", near=False):
    import optuna
    from optuna.importance import PedAnovaImportanceEvaluator

    distributions = {name: distribution_of(p) for name, p in SPACE.items()}
    study = optuna.create_study(direction=direction)
    trials = []
    for _ in range(count):
        params = {n: value_of(p, rng) for n, p in SPACE.items()}
        if near and rng.random() < 0.7:
            params.update(float=round(rng.gauss(0.5, 0.1), 4), choice="b", size=8)
        if not params["flag"]:
            del params["gated"]
        loss = loss_of(params, rng)
        value = -loss if direction == "maximize" else loss
        trials.append({"params": params, "value": value})
        told = dict(params, size=SPACE["size"]["values"].index(params["size"]))
        used = {n: distributions[n] for n in told}
        study.add_trial(
            optuna.trial.create_trial(params=told, distributions=used, value=value)
        )
    divergence = PedAnovaImportanceEvaluator().evaluate(study)
    rows = [[*(t["params"].get(n) for n in SPACE), t["value"]] for t in trials]
    expected = {n: float(f"{divergence[n]:.13g}") for n in SPACE}
    return {"name": name, "direction": direction, "rows": rows, "divergence": expected}


def main():
    import optuna

    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    rng = random.Random(7)
    cases = [
        case("50 trials, minimise", 50, rng),
        case("120 trials, maximise", 120, rng, direction="maximize"),
        case("150 trials that cluster", 150, rng, near=True),
    ]
    result = {"version": optuna.__version__, "space": SPACE, "cases": cases}
    json.dump(result, sys.stdout, separators=(",", ":"))


main()
