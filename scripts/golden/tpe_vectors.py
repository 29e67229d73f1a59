"""Makes test/fixtures/tpe-vectors.json: what Optuna itself computes, for src/search/tpe to equal.

Each version of Optuna runs in an environment of its own (Python 3.10 or later):

    python -m venv v4 && v4/bin/pip install optuna==4.9.0 mpmath
    python -m venv v5 && v5/bin/pip install optuna==5.0.0
    v4/bin/python scripts/golden/tpe_vectors.py normal > normal.json
    v4/bin/python scripts/golden/tpe_vectors.py optuna4 > optuna4.json
    v5/bin/python scripts/golden/tpe_vectors.py optuna5 > optuna5.json
    v4/bin/python scripts/golden/tpe_vectors.py join normal.json optuna4.json optuna5.json \
        > test/fixtures/tpe-vectors.json

Optuna sorts observations with an unstable argsort, so which of two equal ones gets the wider
bandwidth depends on numpy and the processor. The vectors are made with a stable one; everything
else is Optuna's own code. `ties_moved` says whether the unstable sort would have given others.
"""

import json
import math
import random
import sys
import warnings


def normal_tables():
    """Values to 17 digits from 60-digit arithmetic."""
    import mpmath

    mpmath.mp.dps = 60
    mpf = mpmath.mpf

    def cdf(x):
        return mpmath.erfc(-mpf(x) / mpmath.sqrt(2)) / 2

    def mass(a, b):
        # In the left tail, where erfc has digits to spare.
        return cdf(b) - cdf(a) if a + b <= 0 else cdf(-a) - cdf(-b)

    def bisect(is_below, low, high):
        # It needs no derivative and cannot leave the interval.
        low, high = mpf(low), mpf(high)
        for _ in range(220):
            middle = (low + high) / 2
            if is_below(middle):
                low = middle
            else:
                high = middle
        return (low + high) / 2

    def quantile_of_log(log_p):
        reach = mpmath.sqrt(-2 * mpf(log_p)) + 10
        return bisect(lambda x: mpmath.log(cdf(x)) < mpf(log_p), -reach, reach)

    def truncated_quantile(q, a, b):
        target = mpf(q) * mass(a, b)
        return bisect(lambda x: mass(mpf(a), x) < target, a, b)

    points = [-1e5, -400, -60, -40, -38, -37, -20, -10.5, -5, -3.9, -2.1, -1.5, -1, -0.3, -1e-9]
    points += [0, 1e-9, 0.2, 0.675, 1, 1.7, 2.5, 4, 6, 8.2, 10]
    intervals = [(-1, 1), (-3, 0.5), (0, 5), (-30, 30), (-8, -7.9), (7.9, 8), (-50, -49)]
    intervals += [(3, 9), (-0.5, 40), (1e-7, 2e-7), (-1e-3, 1e-3), (-12, -11.999999), (20, 21)]
    intervals += [(-5, -4.9999), (-60, -30), (0.01, 0.05), (-1e-4, 12), (35, 60), (-3.001, -3)]
    log_ps = [-1e8, -5000, -745, -701, -699, -300, -30, -26, -5, -2.6, -2.58, -1, -0.7, -0.3]
    log_ps += [-0.08, -0.07, -1e-3, -1e-9, -1e-15]
    ps = [1e-300, 1e-100, 1e-12, 1e-3, 0.02, 0.0749, 0.076, 0.3, 0.5, 0.7, 0.924, 0.93, 0.999]
    cdfs = [[x, float(cdf(x)), float(mpmath.log(cdf(x)))] for x in points]
    return {
        "cdf": cdfs,
        "quantile": [[p, float(quantile_of_log(mpmath.log(mpf(p))))] for p in ps],
        "quantile_of_log": [[p, float(quantile_of_log(p))] for p in log_ps],
        "log_mass": [[a, b, float(mpmath.log(mass(mpf(a), mpf(b))))] for a, b in intervals],
        "truncated_quantile": [
            [q, a, b, float(truncated_quantile(q, a, b))]
            for a, b in intervals
            for q in (1e-6, 0.3, 0.9, 0.999999)
        ],
    }


# The spaces, as search_space.json has them.
SPACES = {
    "float": {"x": {"low": -3.0, "high": 7.0}},
    "log float": {"x": {"low": 1e-5, "high": 1e-1, "log": True}},
    "stepped float": {"x": {"low": 0.0, "high": 1.0, "step": 0.125}},
    "int": {"x": {"type": "int", "low": -4, "high": 30}},
    "stepped int": {"x": {"type": "int", "low": 8, "high": 64, "step": 8}},
    "log int": {"x": {"type": "int", "low": 1, "high": 1000, "log": True}},
    "categorical": {"x": {"choices": ["a", "b", "c", "d", "e"]}},
    "mixed": {
        "lr": {"low": 1e-5, "high": 1e-1, "log": True},
        "dropout": {"low": 0.0, "high": 0.5, "step": 0.0625},
        "momentum": {"low": -1.0, "high": 1.0},
        "layers": {"type": "int", "low": 1, "high": 6},
        "units": {"type": "int", "low": 4, "high": 512, "log": True},
        "optimizer": {"choices": ["adam", "sgd", "lion"]},
    },
}


def distribution_of(parameter):
    from optuna import distributions as d

    if "choices" in parameter:
        return d.CategoricalDistribution(parameter["choices"])
    low, high = parameter["low"], parameter["high"]
    log = parameter.get("log", False)
    if parameter.get("type") == "int":
        return d.IntDistribution(low, high, log=log, step=parameter.get("step", 1))
    return d.FloatDistribution(low, high, log=log, step=parameter.get("step"))


def value_of(parameter, rng, near=None):
    """A value; around `near` (a share of the range) when given, so that observations cluster."""
    if "choices" in parameter:
        return rng.choice(parameter["choices"])
    low, high = parameter["low"], parameter["high"]
    share = rng.random() if near is None else min(1.0, max(0.0, near + 0.15 * rng.gauss(0, 1)))
    if parameter.get("log"):
        value = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    else:
        value = low + share * (high - low)
    value = min(high, max(low, value))
    step = parameter.get("step", 1 if parameter.get("type") == "int" else None)
    if step is not None:
        value = low + step * round((value - low) / step)
    return int(value) if parameter.get("type") == "int" else value


def trials_of(space, count, rng):
    """Trials of every state; about a third cluster, and losses repeat now and then."""
    trials = []
    for number in range(count):
        near = 0.3 if rng.random() < 0.35 else None
        params = {name: value_of(p, rng, near) for name, p in space.items()}
        draw = rng.random()
        trial = {"number": number, "params": params, "state": "complete", "loss": None}
        if draw < 0.12:
            trial["state"] = "failed"
        elif draw < 0.3:
            trial["state"] = "pruned"
            trial["step"] = None if rng.random() < 0.2 else rng.randrange(1, 9)
            if trial["step"] is not None:
                trial["loss"] = round(rng.uniform(0, 4), 1)
        elif draw < 0.38:
            trial["state"] = "running"
        else:
            trial["loss"] = round(rng.uniform(0, 5), 1)
        trials.append(trial)
    return trials


def study_of(space, trials):
    """An in-memory study that holds these trials; running ones by hand, as add_trial refuses."""
    import optuna
    from optuna.trial import FrozenTrial, TrialState

    distributions = {name: distribution_of(p) for name, p in space.items()}
    states = {
        "complete": TrialState.COMPLETE,
        "pruned": TrialState.PRUNED,
        "failed": TrialState.FAIL,
        "running": TrialState.RUNNING,
    }
    study = optuna.create_study()
    for trial in trials:
        reports = {}
        if trial["state"] == "pruned" and trial["step"] is not None:
            reports = {0: 9.0, trial["step"]: trial["loss"]}
        frozen = FrozenTrial(
            number=trial["number"],
            trial_id=-1,
            state=states[trial["state"]],
            value=trial["loss"] if trial["state"] == "complete" else None,
            datetime_start=None,
            datetime_complete=None,
            params=trial["params"],
            distributions=distributions,
            user_attrs={},
            system_attrs={},
            intermediate_values=reports,
        )
        study._storage.create_new_trial(study._study_id, template_trial=frozen)
    return study, distributions


class StableNumpy:
    """numpy, except that argsort keeps equal elements in order."""

    def __init__(self, numpy):
        self._numpy = numpy

    def __getattr__(self, name):
        return getattr(self._numpy, name)

    def argsort(self, values):
        return self._numpy.argsort(values, kind="stable")


def kernels_of(estimator, names):
    """Kernels as Optuna made them: log parameters in logarithms, the prior kernel last."""
    out = {}
    for name, batch in zip(names, estimator._mixture_distribution.distributions):
        if hasattr(batch, "mu"):
            out[name] = {"mu": batch.mu.tolist(), "sigma": batch.sigma.tolist()}
        else:
            out[name] = {"weights": batch.weights.tolist()}
    return out


def model_of(sampler, study, trials, space, candidates):
    """One call of TPESampler._sample, opened up at its own seams."""
    import numpy as np

    below, above = trials
    l = sampler._build_parzen_estimator(study, space, below, handle_below=True)
    g = sampler._build_parzen_estimator(study, space, above, handle_below=False)
    samples = {
        name: np.array([space[name].to_internal_repr(c[name]) for c in candidates])
        for name in space
    }
    score = sampler._compute_acquisition_func(samples, l, g)
    best = sampler._compare(samples, score)
    return {
        "below": {
            "weights": l._mixture_distribution.weights.tolist(),
            "kernels": kernels_of(l, space),
        },
        "above": {
            "weights": g._mixture_distribution.weights.tolist(),
            "kernels": kernels_of(g, space),
        },
        "log_l": l.log_pdf(samples).tolist(),
        "log_g": g.log_pdf(samples).tolist(),
        "best": {n: space[n].to_external_repr(best[n]) for n in space},
    }


def case(name, space, count, candidate_count, seed):
    import optuna
    from optuna.samplers._tpe import parzen_estimator, sampler as sampler_module
    from optuna.trial import TrialState

    rng = random.Random(seed)
    trials = trials_of(space, count, rng)
    candidates = [{n: value_of(p, rng) for n, p in space.items()} for _ in range(candidate_count)]
    study, distributions = study_of(space, trials)
    sampler = optuna.samplers.TPESampler(seed=1)
    # The lines of TPESampler._sample that choose the trials and split them.
    states = [TrialState.COMPLETE, TrialState.PRUNED]
    if sampler._constant_liar:
        states.append(TrialState.RUNNING)
    used = study._get_trials(deepcopy=False, states=states, use_cache=False)
    finished = sum(t.state != TrialState.RUNNING for t in used)
    n_below = sampler_module.default_gamma(finished)
    arguments = [study, used, n_below]
    if optuna.__version__.startswith("4."):
        arguments.append(False)
    split = sampler_module._split_trials(*arguments)
    joint = dict(sampler.infer_relative_search_space(study, None))
    groups = [joint] if joint else [{n: d} for n, d in distributions.items()]

    def models():
        return [model_of(sampler, study, split, group, candidates) for group in groups]

    native = models()
    parzen_estimator.np = StableNumpy(parzen_estimator.np)
    stable = models()
    parzen_estimator.np = parzen_estimator.np._numpy
    return {
        "name": name,
        "inputs": {"space": space, "trials": trials, "candidates": candidates},
        "below": [t.number for t in split[0]],
        "above": [t.number for t in split[1]],
        "ties_moved": native != stable,
        "models": stable,
    }


def rounded(value):
    """13 significant digits: far below the 1e-9 that is compared."""
    if isinstance(value, float):
        return float(f"{value:.13g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return value


def optuna_cases():
    import optuna

    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    cases = [
        case(f"{name}, {count} trials", space, count, 10, seed)
        for seed, (name, space) in enumerate(SPACES.items())
        for count in ((14, 36) if name != "mixed" else (12, 36))
    ]
    # More than 25 of age in g, the narrowest bandwidth, and the most there can be below.
    cases.append(case("mixed, 140 trials", SPACES["mixed"], 140, 6, 99))
    cases.append(case("float, 300 trials", SPACES["float"], 300, 6, 98))
    return {"version": optuna.__version__, "cases": rounded(cases)}


def read(path):
    with open(path) as file:
        return json.load(file)


def joined(normal, *versions):
    """One document; both versions had the same inputs, which are stored once."""
    cases = []
    for both in zip(*[version["cases"] for version in versions]):
        inputs = [outcome.pop("inputs") for outcome in both]
        names = [outcome.pop("name") for outcome in both]
        assert inputs[0] == inputs[1]
        outcomes = dict(zip(("optuna4", "optuna5"), both))
        cases.append({"name": names[0], **inputs[0], **outcomes})
    return {"versions": [v["version"] for v in versions], "normal": normal, "cases": cases}


def main():
    job = sys.argv[1]
    if job == "normal":
        result = normal_tables()
    elif job == "join":
        result = joined(*[read(path) for path in sys.argv[2:]])
    else:
        result = optuna_cases()
        expected = {"optuna4": "4.", "optuna5": "5."}[job]
        assert result["version"].startswith(expected), result["version"]
    json.dump(result, sys.stdout, separators=(",", ":"))


main()
