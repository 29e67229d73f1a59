"""Evaluates scikit-learn tasks for `bun run bench:search`, JSON lines on stdin and stdout.

    {"task": "svr-diabetes", "params": {...}}  ->  {"loss": 0.52}

A loss is the cross-validated share of mistakes, or the squared error in units of the variance.
"""

import json
import sys
import warnings
from functools import cache

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

warnings.filterwarnings("ignore")


@cache
def data(name):
    loaders = {"cancer": load_breast_cancer, "diabetes": load_diabetes, "digits": load_digits, "wine": load_wine}
    X, y = loaders[name](return_X_y=True)
    order = np.random.RandomState(0).permutation(len(y))[:600]
    X, y = X[order], y[order]
    return StandardScaler().fit_transform(X), y


def mistakes(model, name, folds=3):
    X, y = data(name)
    splits = StratifiedKFold(folds, shuffle=True, random_state=0)
    return 1 - cross_val_score(model, X, y, cv=splits).mean()


def svm_breast_cancer(p):
    rest = {key: p[key] for key in ("gamma", "degree") if key in p}
    return mistakes(SVC(C=p["C"], kernel=p["kernel"], max_iter=20000, **rest), "cancer")


def tree(name):
    return lambda p: mistakes(DecisionTreeClassifier(random_state=0, **p), name)


def svr_diabetes(p):
    X, y = data("diabetes")
    splits = KFold(3, shuffle=True, random_state=0)
    model = SVR(max_iter=20000, **p)
    score = cross_val_score(model, X, y, cv=splits, scoring="neg_mean_squared_error").mean()
    return -score / y.var()


def knn_wine(p):
    X, y = data("wine")
    X = X.copy()
    # Columns of the data set: 0 alcohol, 9 colour intensity, 12 proline.
    for column, key in ((0, "w_alcohol"), (9, "w_colour"), (12, "w_proline")):
        X[:, column] *= p[key]
    model = KNeighborsClassifier(p["n_neighbors"], weights=p["weights"], metric=p["metric"])
    splits = StratifiedKFold(5, shuffle=True, random_state=0)
    return 1 - cross_val_score(model, X, y, cv=splits).mean()


TASKS = {
    "svm-breast-cancer": svm_breast_cancer,
    "tree-wine": tree("wine"),
    "tree-digits": tree("digits"),
    "svr-diabetes": svr_diabetes,
    "knn-wine": knn_wine,
}

for line in sys.stdin:
    request = json.loads(line)
    loss = float(TASKS[request["task"]](request["params"]))
    print(json.dumps({"loss": loss}), flush=True)
