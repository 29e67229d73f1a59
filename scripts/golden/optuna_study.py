"""Writes test/fixtures/optuna.db: what Optuna itself stores, for the importer.

    python -m venv venv && venv/bin/pip install optuna==5.0.0
    venv/bin/python scripts/golden/optuna_study.py test/fixtures/optuna.db

Study `demo`: eight trials, one of each state there is. Study `upwards`: one trial, maximised.
"""

import os
import sqlite3
import sys

import optuna

path = sys.argv[1]
if os.path.exists(path):
    os.remove(path)
optuna.logging.set_verbosity(optuna.logging.ERROR)
storage = f"sqlite:///{path}"


def objective(trial):
    x = trial.suggest_float("x", 0, 1)
    layers = trial.suggest_int("layers", 1, 5)
    trial.suggest_categorical("kind", ["a", "b", None, 3])
    # Optuna stores multiples of the step with their rounding error: 0.7000000000000001.
    trial.suggest_float("rate", 0, 1, step=0.1)
    if trial.number == 2:
        raise ValueError("a failed trial")
    if trial.number == 3:
        raise optuna.TrialPruned()
    if trial.number == 4:
        return float("inf")
    return x + layers


demo = optuna.create_study(
    storage=storage, study_name="demo", sampler=optuna.samplers.RandomSampler(seed=1)
)
demo.optimize(objective, n_trials=6, catch=(ValueError,))
demo.ask()
demo.enqueue_trial({"x": 0.5, "layers": 3, "kind": "a", "rate": 0.3})
upwards = optuna.create_study(storage=storage, study_name="upwards", direction="maximize")
upwards.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)

database = sqlite3.connect(path)
database.execute("PRAGMA page_size = 512")
database.execute("VACUUM")
database.close()
