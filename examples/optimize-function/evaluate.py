#!/usr/bin/env python3
"""The Python twin of evaluate.ts: scores the point in train_config.json on the Rosenbrock valley."""
import json
import sys
from pathlib import Path

CONFIG = Path("train_config.json")


def valley(x: float, y: float) -> float:
    """Height of (1 - x)^2 + 100 (y - x^2)^2; 0 at (1, 1), more everywhere else."""
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def main() -> None:
    try:
        point = json.loads(CONFIG.read_text())
        x, y = float(point["x"]), float(point["y"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.exit(f"{CONFIG}: expected numbers x and y: {error!r}")

    height = valley(x, y)
    score = 0 - height  # higher is better
    metrics = {"score": score, "height": height, "x": x, "y": y}
    Path("metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    print(f"The valley is {height:.6f} high at ({x:.4f}, {y:.4f}).")


if __name__ == "__main__":
    main()
