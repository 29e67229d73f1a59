import type { Params } from "../../../src/domain/types.ts";
import shippedSpace from "../../../examples/tune-classifier/search_space.json";
import { numberAt, type Problem } from "../problem.ts";
import {
  accuracy,
  createNetwork,
  learn,
  loadDigits,
  randomNumbers,
  splitRows,
  type Settings,
} from "./digits-network.ts";
import type { Range } from "./unit.ts";

const DIGITS = new URL("../../../examples/tune-classifier/digits.csv.gz", import.meta.url);

/** The shipped classifier, for a few epochs on some of its rows; the loss is its share of mistakes. */
function networkProblem(
  half: Problem["half"],
  fold: number,
  rows: number,
  epochs: number,
): Problem {
  return {
    name: `digits-network-${epochs}-epochs`,
    family: "learning",
    half,
    space: shippedSpace,
    moves: false,
    python: false,
    instance() {
      const digits = loadDigits(DIGITS);
      const split = splitRows(digits.labels.length, 3).folds[fold];
      if (split === undefined) throw new Error(`there is no fold ${fold}`);
      const learnRows = split.learn.subarray(0, rows);
      return {
        optimum: null,
        evaluate(params) {
          const network = createNetwork(settingsOf(params), randomNumbers(fold));
          for (let epoch = 0; epoch < epochs; epoch++) learn(network, digits, learnRows);
          const actual = 1 - accuracy(network, digits, split.judge);
          return { observed: actual, actual };
        },
      };
    },
  };
}

function settingsOf(params: Params): Settings {
  return {
    optimizer: oneOf(params["optimizer"], ["sgd", "momentum", "adam"]),
    learning_rate: numberAt(params, "learning_rate"),
    hidden_units: numberAt(params, "hidden_units"),
    batch_size: numberAt(params, "batch_size"),
    l2: numberAt(params, "l2"),
    activation: oneOf(params["activation"], ["relu", "tanh", "sigmoid"]),
    dropout: numberAt(params, "dropout"),
  };
}

function oneOf<Choice extends string>(value: unknown, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new Error(`expected one of ${choices.join(", ")}, got ${JSON.stringify(value)}`);
}

const STRENGTH: Range = { type: "float", low: 1e-3, high: 1e4, log: true };
const KERNEL_WIDTH: Range = { type: "float", low: 1e-6, high: 10, log: true };

/** A task of learn.py: scikit-learn on a data set that comes with it, cross-validated. */
function sklearnProblem(half: Problem["half"], name: string, space: Problem["space"]): Problem {
  return {
    name,
    family: "learning",
    half,
    space,
    moves: false,
    python: true,
    instance(_seed, learner) {
      if (learner === null) throw new Error(`${name} needs the Python environment`);
      return {
        optimum: null,
        async evaluate(params) {
          const actual = await learner(name, params);
          return { observed: actual, actual };
        },
      };
    },
  };
}

const TREE: Problem["space"] = {
  criterion: { type: "categorical", choices: ["gini", "entropy"] },
  max_depth: { type: "int", low: 1, high: 30 },
  min_samples_split: { type: "int", low: 2, high: 100, log: true },
  min_samples_leaf: { type: "int", low: 1, high: 50, log: true },
  max_features: { type: "float", low: 0.05, high: 1 },
  ccp_alpha: { type: "float", low: 1e-6, high: 0.1, log: true },
};

export const LEARNING: readonly Problem[] = [
  networkProblem("dev", 0, 200, 4),
  networkProblem("report", 1, 250, 3),
  sklearnProblem("dev", "svm-breast-cancer", {
    C: { ...STRENGTH },
    kernel: { type: "categorical", choices: ["linear", "rbf", "poly"] },
    gamma: { ...KERNEL_WIDTH, when: { kernel: ["rbf", "poly"] } },
    degree: { type: "int", low: 2, high: 5, when: { kernel: "poly" } },
  }),
  sklearnProblem("dev", "tree-wine", TREE),
  sklearnProblem("report", "svr-diabetes", {
    C: { ...STRENGTH },
    epsilon: { type: "float", low: 1e-3, high: 100, log: true },
    gamma: { ...KERNEL_WIDTH },
    shrinking: { type: "bool" },
  }),
  sklearnProblem("report", "tree-digits", TREE),
  sklearnProblem("report", "knn-wine", {
    n_neighbors: { type: "int", low: 1, high: 50, log: true },
    weights: { type: "categorical", choices: ["uniform", "distance"] },
    metric: { type: "categorical", choices: ["euclidean", "manhattan", "chebyshev"] },
    w_alcohol: { type: "float", low: 0.01, high: 10, log: true },
    w_colour: { type: "float", low: 0.01, high: 10, log: true },
    w_proline: { type: "float", low: 0.01, high: 10, log: true },
  }),
];
