#!/usr/bin/env python3
"""Cross-validates a support vector machine on scikit-learn's breast cancer data (UCI, 569 cases).

Settings come from train_config.json; the last line printed is JSON with the balanced accuracy as `value`.
"""
import json
from pathlib import Path

from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.model_selection import StratifiedKFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, PowerTransformer, StandardScaler
from sklearn.svm import SVC

SCALERS = {
    "none": FunctionTransformer,
    "standard": StandardScaler,
    "minmax": MinMaxScaler,
    "power": PowerTransformer,
}


def build(config: dict):
    """The pipeline that the settings describe: scale, reduce, classify."""
    classifier = SVC(
        kernel=config["kernel"],
        C=config["C"],
        gamma=config["gamma"],
        class_weight="balanced" if config["balanced"] else None,
    )
    components = PCA(n_components=config["components"], random_state=0)
    return make_pipeline(SCALERS[config["scaler"]](), components, classifier)


def main() -> None:
    config = json.loads(Path("train_config.json").read_text())
    data, labels = load_breast_cancer(return_X_y=True)
    # The test part is reported only; the search never sees it.
    learn, test, learn_labels, test_labels = train_test_split(
        data, labels, test_size=0.2, stratify=labels, random_state=0
    )
    # The same folds in every run, so that scores of different runs can be compared.
    folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=0)
    scores = cross_val_score(build(config), learn, learn_labels, cv=folds, scoring="balanced_accuracy")
    test_accuracy = build(config).fit(learn, learn_labels).score(test, test_labels)
    result = {"value": scores.mean(), "fold_scores": scores.tolist(), "test_accuracy": test_accuracy}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
