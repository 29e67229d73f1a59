/**
 * The network and the data of examples/tune-classifier. Imported by a path made at run time, because
 * the examples are checked by rules of their own (examples/tsconfig.json).
 */
export interface Digits {
  labels: ArrayLike<number>;
}

export interface Settings {
  optimizer: "sgd" | "momentum" | "adam";
  learning_rate: number;
  hidden_units: number;
  batch_size: number;
  l2: number;
  activation: "relu" | "tanh" | "sigmoid";
  dropout: number;
}

interface Split {
  learn: Uint16Array;
  judge: Uint16Array;
}

interface Example {
  loadDigits: (file: URL) => Digits;
  splitRows: (count: number, folds: number) => { test: Split; folds: Split[] };
  createNetwork: (settings: Settings, random: () => number) => object;
  learn: (network: object, digits: Digits, rows: Uint16Array) => void;
  accuracy: (network: object, digits: Digits, rows: Uint16Array) => number;
  randomNumbers: (seed: number) => () => number;
}

const folder = new URL("../../../examples/tune-classifier/", import.meta.url);

async function load(): Promise<Example> {
  const names = ["data.ts", "network.ts", "random.ts"];
  const modules = await Promise.all(names.map((name) => import(new URL(name, folder).href)));
  return Object.assign({}, ...modules);
}

export const { loadDigits, splitRows, createNetwork, learn, accuracy, randomNumbers } =
  await load();
