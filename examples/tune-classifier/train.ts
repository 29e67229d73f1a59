/**
 * Trains a small neural network on handwritten digits with the settings in train_config.json and
 * prints one JSON line: `value` is the mean accuracy of a three-fold cross-validation. `train.ts 5` learns for five
 * epochs only, for a cheap tier.
 */
import { appendFileSync } from "node:fs";
import { loadDigits, splitRows } from "./data.ts";
import { accuracy, createNetwork, learn } from "./network.ts";
import { randomNumbers } from "./random.ts";
import { readSettings } from "./settings.ts";

const EPOCHS = Number(process.argv[2] ?? 50);
const FOLDS = 3;

const settings = readSettings("train_config.json");
const seed = Number(process.env["LAB_SEED"] || 0);
const digits = loadDigits(new URL("digits.csv.gz", import.meta.url));
const { test, folds } = splitRows(digits.labels.length, FOLDS);

// The folds learn side by side, so that after every epoch there is one comparable figure to report.
const networks = folds.map((_, fold) => createNetwork(settings, randomNumbers(seed + fold)));
let scores: number[] = [];
for (let epoch = 1; epoch <= EPOCHS; epoch++) {
  scores = folds.map((fold, at) => {
    learn(networks[at], digits, fold.learn);
    return accuracy(networks[at], digits, fold.judge);
  });
  report(epoch, mean(scores));
}

// Reported, never used to choose: the test part is in no fold.
const final = createNetwork(settings, randomNumbers(seed + FOLDS));
for (let epoch = 1; epoch <= EPOCHS; epoch++) learn(final, digits, test.learn);
const test_accuracy = accuracy(final, digits, test.judge);

console.log(JSON.stringify({ value: mean(scores), fold_accuracies: scores, test_accuracy, seed }));

/** One JSON line an epoch, for whoever may want to stop a hopeless run early. */
function report(step: number, value: number): void {
  const file = process.env["LAB_REPORT_FILE"];
  if (file) appendFileSync(file, `${JSON.stringify({ step, value })}\n`);
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
