"""Writes golden.json beside this file: what the reference implementation makes of given samples.

Run in a throw-away environment with `cmaes==0.13.1`: python make-golden.py
The losses are functions of the raw samples, so the tests need nothing but this file.
"""

import json
import pathlib

import numpy as np
from cmaes import CMA, CatCMAwM

GENERATIONS = 6


def continuous(dim, seed):
    rng = np.random.RandomState(seed)
    cma = CMA(mean=np.full(dim, 0.4), sigma=0.2, seed=seed)
    generations = []
    for _ in range(GENERATIONS):
        solutions = [cma._sample_solution() for _ in range(cma.population_size)]
        losses = [float(np.sum((np.arange(1, dim + 1) * (x - 0.3)) ** 2) + 0.1 * x[0] * x[-1]) for x in solutions]
        cma.tell(list(zip(solutions, losses)))
        cma._eigen_decomposition()
        generations.append(
            {
                "raw": [x.tolist() for x in solutions],
                "losses": losses,
                "mean": cma._mean.tolist(),
                "sigma": float(cma._sigma),
                "covariance": cma._C.flatten().tolist(),
                "pathSigma": cma._p_sigma.tolist(),
                "pathC": cma._pc.tolist(),
            }
        )
    return {"dim": dim, "mean": [0.4] * dim, "sigma": 0.2, "generations": generations}


def mixed(n_continuous, n_integer, levels, choices, seed, failing):
    n = n_continuous + n_integer
    positions = ((np.arange(levels) + 0.5) / levels).tolist()
    q = None
    cma = CatCMAwM(
        x_space=[[0.0, 1.0]] * n_continuous or None,
        z_space=[positions] * n_integer or None,
        c_space=choices or None,
        mean=np.full(n, 0.6) if n else None,
        sigma=0.25 if n else None,
        cov=np.eye(n) if n else None,
        cat_param=q,
        seed=seed,
    )
    generations = []
    for _ in range(GENERATIONS):
        solutions = [cma.ask() for _ in range(cma.population_size)]
        told = []
        for i, s in enumerate(solutions):
            loss = 0.0
            if s._v_raw is not None:
                x = np.concatenate([v for v in (s.x, s.z) if v is not None])
                loss += float(np.sum((np.arange(1, n + 1) * (x - 0.15)) ** 2))
            if s.c is not None:
                loss += float(sum(0.3 * (row.argmax() != 1) for row in s.c)) + 0.001 * i
            told.append(float("inf") if failing and i % 4 == 3 else loss)
        generation = {
            "raw": [s._v_raw.tolist() if s._v_raw is not None else [] for s in solutions],
            "choices": [[int(row.argmax()) for row in s.c] if s.c is not None else [] for s in solutions],
            "losses": [None if loss == float("inf") else loss for loss in told],
        }
        cma.tell(list(zip(solutions, told)))
        if n:
            generation["mean"] = cma._mean.tolist()
            generation["sigma"] = float(cma._sigma)
            generation["covariance"] = cma._C.flatten().tolist()
            generation["pathSigma"] = cma._p_sigma.tolist()
            generation["pathC"] = cma._pc.tolist()
            generation["margin"] = cma._A.tolist()
        if n_integer:
            generation["rate"] = [0.5 - 1e-8] * n_continuous + cma._pmut.tolist()
            generation["succeeded"] = [False] * n_continuous + [bool(b) for b in cma._int_succ]
        if choices:
            generation["probabilities"] = [row[:k].tolist() for row, k in zip(cma._q, choices)]
            generation["doubt"] = float(cma._Delta)
        generations.append(generation)
    return {
        "continuous": n_continuous,
        "integer": n_integer,
        "positions": positions,
        "choices": choices,
        "mean": [0.6] * n,
        "sigma": 0.25,
        "generations": generations,
    }


golden = {
    "continuous": [continuous(1, 1), continuous(3, 2), continuous(8, 3)],
    "mixed": {
        "continuous in a box": mixed(4, 0, 5, [], 11, False),
        "integers": mixed(0, 3, 5, [], 12, False),
        "three levels": mixed(0, 2, 3, [], 13, False),
        "categories": mixed(0, 0, 5, [2, 3, 5], 14, False),
        "all kinds": mixed(2, 2, 7, [3, 4], 15, False),
        "all kinds with failures": mixed(3, 2, 4, [2, 3], 16, True),
    },
}
path = pathlib.Path(__file__).parent / "golden.json"
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
