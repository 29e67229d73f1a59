import { readFileSync } from "node:fs";

export interface Settings {
  optimizer: "sgd" | "momentum" | "adam";
  learning_rate: number;
  hidden_units: number;
  batch_size: number;
  /** Weight of the squared-weights penalty. */
  l2: number;
  activation: "relu" | "tanh" | "sigmoid";
  /** Share of hidden units switched off at each learning step. */
  dropout: number;
}

/** Reads the settings from a JSON file; throws and names the first one that makes no sense. */
export function readSettings(file: string): Settings {
  const found: Record<string, unknown> = JSON.parse(readFileSync(file, "utf8"));
  return {
    optimizer: oneOf("optimizer", ["sgd", "momentum", "adam"]),
    learning_rate: within("learning_rate", 0, 100),
    hidden_units: Math.round(within("hidden_units", 1, 1024)),
    batch_size: Math.round(within("batch_size", 1, 1024)),
    l2: within("l2", 0, 10),
    activation: oneOf("activation", ["relu", "tanh", "sigmoid"]),
    dropout: within("dropout", 0, 0.95),
  };

  function oneOf<Choice extends string>(name: string, choices: Choice[]): Choice {
    const choice = choices.find((candidate) => candidate === found[name]);
    if (choice === undefined) throw problem(name, `one of ${choices.join(", ")}`);
    return choice;
  }

  function within(name: string, low: number, high: number): number {
    const value = found[name];
    if (typeof value === "number" && value >= low && value <= high) return value;
    throw problem(name, `a number from ${low} to ${high}`);
  }

  function problem(name: string, expected: string): Error {
    return new Error(`${file}: ${name} must be ${expected}: got ${JSON.stringify(found[name])}`);
  }
}
