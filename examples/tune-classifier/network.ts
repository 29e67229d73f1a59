import { CLASSES, PIXELS, type Digits } from "./data.ts";
import { shuffle } from "./random.ts";
import type { Settings } from "./settings.ts";

/** Fully connected; each row of `weights` ends with the bias. */
interface Layer {
  inputs: number;
  outputs: number;
  weights: Float64Array;
  gradient: Float64Array;
  /** Running means of the gradient and of its square, for the optimisers that remember. */
  mean: Float64Array;
  square: Float64Array;
}

/** 64 pixels -> hidden units -> 10 class probabilities. */
export interface Network {
  settings: Settings;
  random: () => number;
  /** Learning steps taken. */
  steps: number;
  hidden: Layer;
  output: Layer;
  /** What the example seen last made of the hidden units, of their slopes, of the classes. */
  units: Float64Array;
  slopes: Float64Array;
  chances: Float64Array;
}

/** Each activation, and its slope in terms of its own value. */
const ACTIVATIONS = {
  relu: { value: (x: number) => (x > 0 ? x : 0), slope: (y: number) => (y > 0 ? 1 : 0) },
  tanh: { value: Math.tanh, slope: (y: number) => 1 - y * y },
  sigmoid: { value: (x: number) => 1 / (1 + Math.exp(-x)), slope: (y: number) => y * (1 - y) },
};

export function createNetwork(settings: Settings, random: () => number): Network {
  return {
    settings,
    random,
    steps: 0,
    hidden: createLayer(PIXELS, settings.hidden_units, random),
    output: createLayer(settings.hidden_units, CLASSES, random),
    units: new Float64Array(settings.hidden_units),
    slopes: new Float64Array(settings.hidden_units),
    chances: new Float64Array(CLASSES),
  };
}

/** Small random weights (Glorot and Bengio 2010, eq. 16). */
function createLayer(inputs: number, outputs: number, random: () => number): Layer {
  const size = outputs * (inputs + 1);
  const limit = Math.sqrt(6 / (inputs + outputs));
  return {
    inputs,
    outputs,
    weights: Float64Array.from({ length: size }, () => (random() * 2 - 1) * limit),
    gradient: new Float64Array(size),
    mean: new Float64Array(size),
    square: new Float64Array(size),
  };
}

/** One pass over `rows` in random order, with a learning step after each batch. */
export function learn(network: Network, digits: Digits, rows: Uint16Array): void {
  const { batch_size, dropout } = network.settings;
  const order = shuffle(rows.slice(), network.random);
  for (let start = 0; start < order.length; start += batch_size) {
    const batch = order.subarray(start, start + batch_size);
    for (const row of batch) {
      const image = digits.pixels.subarray(row * PIXELS, (row + 1) * PIXELS);
      predict(network, image, dropout);
      addGradients(network, image, digits.labels[row]);
    }
    network.steps++;
    step(network, network.hidden, batch.length);
    step(network, network.output, batch.length);
  }
}

/** Share of `rows` whose digit is found most likely. */
export function accuracy(network: Network, digits: Digits, rows: Uint16Array): number {
  let right = 0;
  for (const row of rows) {
    predict(network, digits.pixels.subarray(row * PIXELS, (row + 1) * PIXELS), 0);
    let guess = 0; // Also the guess of a network that diverged: all its chances are NaN.
    for (let label = 1; label < CLASSES; label++) {
      if (network.chances[label] > network.chances[guess]) guess = label;
    }
    if (guess === digits.labels[row]) right++;
  }
  return right / rows.length;
}

function predict(network: Network, image: Float64Array, dropout: number): void {
  const { hidden, output, units, slopes, chances } = network;
  const activation = ACTIVATIONS[network.settings.activation];
  for (let unit = 0; unit < hidden.outputs; unit++) {
    // Units that stay are scaled up while learning, so that judging needs no correction.
    const scale = dropout === 0 ? 1 : network.random() < dropout ? 0 : 1 / (1 - dropout);
    const value = scale === 0 ? 0 : activation.value(weightedSum(hidden, unit, image));
    units[unit] = value * scale;
    slopes[unit] = activation.slope(value) * scale;
  }
  for (let label = 0; label < CLASSES; label++) chances[label] = weightedSum(output, label, units);
  const highest = Math.max(...chances);
  let total = 0;
  for (let label = 0; label < CLASSES; label++) {
    chances[label] = Math.exp(chances[label] - highest);
    total += chances[label];
  }
  for (let label = 0; label < CLASSES; label++) chances[label] /= total;
}

function weightedSum(layer: Layer, row: number, values: Float64Array): number {
  const base = row * (layer.inputs + 1);
  let sum = layer.weights[base + layer.inputs];
  for (let at = 0; at < layer.inputs; at++) sum += layer.weights[base + at] * values[at];
  return sum;
}

/** Adds the gradients of the cross-entropy of the example just predicted. */
function addGradients(network: Network, image: Float64Array, label: number): void {
  const { hidden, output, units, slopes, chances } = network;
  chances[label] -= 1;
  for (let row = 0; row < CLASSES; row++) addGradient(output, row, units, chances[row]);
  for (let unit = 0; unit < hidden.outputs; unit++) {
    if (slopes[unit] === 0) continue;
    let blame = 0;
    for (let row = 0; row < CLASSES; row++) {
      blame += chances[row] * output.weights[row * (output.inputs + 1) + unit];
    }
    addGradient(hidden, unit, image, blame * slopes[unit]);
  }
}

function addGradient(layer: Layer, row: number, values: Float64Array, blame: number): void {
  const base = row * (layer.inputs + 1);
  for (let at = 0; at < layer.inputs; at++) layer.gradient[base + at] += blame * values[at];
  layer.gradient[base + layer.inputs] += blame;
}

/** Moves the weights against the mean gradient of the batch and clears it. */
function step(network: Network, layer: Layer, batch: number): void {
  const { optimizer, learning_rate, l2 } = network.settings;
  const { weights, gradient, mean, square } = layer;
  // Kingma and Ba 2015, section 2: both bias corrections as one factor.
  const correction = Math.sqrt(1 - 0.999 ** network.steps) / (1 - 0.9 ** network.steps);
  for (let at = 0; at < weights.length; at++) {
    const slope = gradient[at] / batch + l2 * weights[at];
    gradient[at] = 0;
    if (optimizer === "sgd") {
      weights[at] -= learning_rate * slope;
    } else if (optimizer === "momentum") {
      mean[at] = 0.9 * mean[at] + slope;
      weights[at] -= learning_rate * mean[at];
    } else {
      mean[at] = 0.9 * mean[at] + 0.1 * slope;
      square[at] = 0.999 * square[at] + 0.001 * slope * slope;
      weights[at] -= (learning_rate * correction * mean[at]) / (Math.sqrt(square[at]) + 1e-8);
    }
  }
}
