"""Baseline optimisers for `bun run bench:search`, JSON lines on stdin and stdout.

    {"op": "open", "engine": "optuna", "space": {...}, "seed": 1, "budget": 200}  ->  {"ok": true}
    {"op": "ask"}                                                    ->  {"params": {...}}
    {"op": "tell", "value": 1.2} (null: it failed)                   ->  {"ok": true}
    {"op": "versions"}                                               ->  {"optuna": "5.0.0", ...}

`space` is a search_space.json without constraints and priors. Values are minimised. Each engine is
used the way its documentation says, with its defaults.
"""

import json
import math
import random
import sys
import warnings
from importlib import metadata

import numpy as np

warnings.filterwarnings("ignore")


def is_active(spec, params):
    return all(
        params.get(parent) in (wanted if isinstance(wanted, list) else [wanted])
        for parent, wanted in spec.get("when", {}).items()
    )


def choices_of(spec):
    return spec["choices"] if spec["type"] == "categorical" else [True, False]


class Optuna:
    """Define by run: a parameter is asked for only where its condition holds. Failures are FAIL."""

    def __init__(self, space, seed, budget, sampler):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        samplers = optuna.samplers
        kinds = {
            "default": samplers.TPESampler,
            "gp": getattr(samplers, "GPSampler", None),
            "cmaes": samplers.CmaEsSampler,
        }
        self.failed = optuna.trial.TrialState.FAIL
        self.space = space
        self.study = optuna.create_study(sampler=kinds[sampler](seed=seed))

    def ask(self):
        self.trial = self.study.ask()
        params = {}
        for name, spec in self.space.items():
            if is_active(spec, params):
                params[name] = self.suggest(name, spec)
        return params

    def suggest(self, name, spec):
        log = spec.get("log", False)
        if spec["type"] == "float":
            return self.trial.suggest_float(name, spec["low"], spec["high"], log=log)
        if spec["type"] == "int":
            return self.trial.suggest_int(name, spec["low"], spec["high"], log=log)
        if spec["type"] == "ordinal":
            return spec["values"][self.trial.suggest_int(name, 0, len(spec["values"]) - 1)]
        return self.trial.suggest_categorical(name, choices_of(spec))

    def tell(self, value):
        if value is None:
            self.study.tell(self.trial, state=self.failed)
        else:
            self.study.tell(self.trial, value)


class Flat:
    """For engines without conditions and failures: they see every parameter always, and a failure
    as the worst value seen so far."""

    worst = None

    def ask(self):
        values = self.propose()
        params = {}
        for name, spec in self.space.items():
            if is_active(spec, params):
                params[name] = values[name]
        return params

    def tell(self, value):
        if value is not None:
            self.worst = value if self.worst is None else max(self.worst, value)
        elif self.worst is None:
            value = 1e9
        else:
            value = self.worst
        self.learn(value)


class CatCma(Flat):
    """CatCMA with margin: floats on the unit interval, whole numbers as lists of places on it."""

    def __init__(self, space, seed, budget):
        from cmaes import CatCMAwM

        self.space = space
        self.floats = [n for n, s in space.items() if s["type"] == "float"]
        self.grids = {n: self.grid(s) for n, s in space.items() if s["type"] in ("int", "ordinal")}
        self.choices = {
            n: choices_of(s) for n, s in space.items() if s["type"] in ("categorical", "bool")
        }
        x = np.array([[0.0, 1.0]] * len(self.floats)) if self.floats else None
        # Ragged lists are padded by the class itself.
        z = [[unit for unit, _ in grid] for grid in self.grids.values()] or None
        c = np.array([len(choices) for choices in self.choices.values()]) if self.choices else None
        self.optimizer = CatCMAwM(x_space=x, z_space=z, c_space=c, seed=seed)
        self.told = []

    def grid(self, spec):
        """(place, value) pairs, in order."""
        if spec["type"] == "ordinal":
            last = max(1, len(spec["values"]) - 1)
            return [(at / last, value) for at, value in enumerate(spec["values"])]
        scale = math.log if spec.get("log") else float
        low, high = scale(spec["low"]), scale(spec["high"])
        whole = range(spec["low"], spec["high"] + 1)
        return [((scale(value) - low) / (high - low), value) for value in whole]

    def propose(self):
        self.solution = self.optimizer.ask()
        values = {}
        for at, name in enumerate(self.floats):
            spec = self.space[name]
            unit = min(1.0, max(0.0, float(self.solution.x[at])))
            if spec.get("log"):
                low, high = math.log(spec["low"]), math.log(spec["high"])
                value = math.exp(low + unit * (high - low))
            else:
                value = spec["low"] + unit * (spec["high"] - spec["low"])
            values[name] = min(spec["high"], max(spec["low"], value))
        for at, (name, grid) in enumerate(self.grids.items()):
            place = float(self.solution.z[at])
            values[name] = min(grid, key=lambda pair: abs(pair[0] - place))[1]
        for at, (name, choices) in enumerate(self.choices.items()):
            values[name] = choices[int(np.argmax(self.solution.c[at]))]
        return values

    def learn(self, value):
        self.told.append((self.solution, value))
        if len(self.told) == self.optimizer.population_size:
            self.optimizer.tell(self.told)
            self.told = []


class Nevergrad(Flat):
    """Knows the budget, as it asks for."""

    def __init__(self, space, seed, budget, name):
        import nevergrad

        self.space = space
        parameters = nevergrad.p.Dict(**{n: self.parameter(nevergrad.p, s) for n, s in space.items()})
        parameters.random_state = np.random.RandomState(seed)
        kind = nevergrad.optimizers.registry[name]
        self.optimizer = kind(parametrization=parameters, budget=budget, num_workers=1)

    def parameter(self, p, spec):
        if spec["type"] in ("float", "int"):
            kind = p.Log if spec.get("log") else p.Scalar
            made = kind(lower=spec["low"], upper=spec["high"])
            return made.set_integer_casting() if spec["type"] == "int" else made
        if spec["type"] == "ordinal":
            return p.TransitionChoice(spec["values"])
        return p.Choice(choices_of(spec))

    def propose(self):
        self.candidate = self.optimizer.ask()
        values = dict(self.candidate.value)
        for name, spec in self.space.items():
            if spec["type"] in ("float", "int"):
                values[name] = min(spec["high"], max(spec["low"], values[name]))
        return values

    def learn(self, value):
        self.optimizer.tell(self.candidate, value)


ENGINES = {
    "optuna": lambda *given: Optuna(*given, "default"),
    "optuna-gp": lambda *given: Optuna(*given, "gp"),
    "optuna-cmaes": lambda *given: Optuna(*given, "cmaes"),
    "catcma": CatCma,
    "nevergrad-ngopt": lambda *given: Nevergrad(*given, "NGOpt"),
    "nevergrad-cma": lambda *given: Nevergrad(*given, "CMA"),
}


def version_of(package):
    if package == "optuna":
        import optuna

        return optuna.__version__
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def plain(value):
    """NumPy's scalars are no JSON."""
    return value.item() if isinstance(value, np.generic) else value


def main():
    # Some engines draw from the global generators as well.
    engine = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "open":
            seed, budget = request["seed"], request["budget"]
            random.seed(seed)
            np.random.seed(seed)
            engine = ENGINES[request["engine"]](request["space"], seed, budget)
            answer = {"ok": True}
        elif request["op"] == "ask":
            answer = {"params": {name: plain(value) for name, value in engine.ask().items()}}
        elif request["op"] == "tell":
            engine.tell(request["value"])
            answer = {"ok": True}
        else:
            names = ("optuna", "cmaes", "nevergrad", "cma", "scikit-learn", "torch", "numpy")
            answer = {name: version_of(name) for name in names}
        print(json.dumps(answer), flush=True)


main()
