import type { Prior } from "../space.ts";
import { NARROWEST_SIGMA } from "./prior-warp.ts";
import { quoted } from "./quoted.ts";
import type { Fields, Report } from "./read-fields.ts";

export const PRIOR_NAMES = ["normal", "lognormal", "beta"] as const;

/** How far derived bounds lie from the mean of a normal prior, in sigmas. */
const REACH = 5;
const SHAPE = { least: 0.01, most: 1000 };

/** A prior as it is written, with what it says about the parameter besides. */
export interface ReadPrior {
  prior: Prior;
  /** Bounds to take where none are written: mu - 5 sigma to mu + 5 sigma, or 0 to 1. */
  low: number;
  high: number;
  log: boolean;
}

/** Reads `prior: {distribution, mu, sigma}` or `{distribution: beta, a, b}`; null when it is bad. */
export function readPrior(raw: unknown, log: unknown, fail: Report): ReadPrior | null {
  const failed = (problem: string): null => {
    fail("prior", problem);
    return null;
  };
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    return failed(
      `prior must be an object such as {"distribution": "normal", "mu": 0, "sigma": 1}: got ${quoted(raw)}`,
    );
  }
  const fields: Fields = { ...raw };
  const name = PRIOR_NAMES.find((known) => known === fields.distribution);
  if (name === undefined) {
    return failed(
      `prior.distribution must be ${PRIOR_NAMES.join(", ")}: got ${quoted(fields.distribution)}`,
    );
  }
  const wanted = name === "beta" ? ["a", "b"] : ["mu", "sigma"];
  const odd = Object.keys(fields).find((key) => key !== "distribution" && !wanted.includes(key));
  if (odd !== undefined) {
    return failed(`${odd} does not apply to a ${name} prior: it takes ${wanted.join(" and ")}`);
  }
  const numbers: number[] = [];
  for (const key of wanted) {
    const value = fields[key];
    if (typeof value !== "number" || !Number.isFinite(value)) {
      const got = value === undefined ? "nothing" : quoted(value);
      return failed(`${key} of the prior must be a finite number: got ${got}`);
    }
    numbers.push(value);
  }
  const [first = 0, second = 0] = numbers;
  if (name === "beta") return readBeta(first, second, log === true, failed);
  if (second <= 0) return failed(`sigma of the prior must be > 0: got ${second}`);
  return readNormal(name, first, second, log, failed);
}

function readBeta(
  a: number,
  b: number,
  log: boolean,
  failed: (problem: string) => null,
): ReadPrior | null {
  for (const [key, value] of Object.entries({ a, b })) {
    if (value < SHAPE.least || value > SHAPE.most) {
      return failed(
        `${key} of the prior must be from ${SHAPE.least} to ${SHAPE.most}: got ${value}`,
      );
    }
  }
  return { prior: { kind: "beta", a, b }, low: 0, high: 1, log };
}

function readNormal(
  name: "normal" | "lognormal",
  mu: number,
  sigma: number,
  log: unknown,
  failed: (problem: string) => null,
): ReadPrior | null {
  const prior: Prior = { kind: "normal", mu, sigma };
  const [from, to] = [mu - REACH * sigma, mu + REACH * sigma];
  if (name === "normal") {
    if (log === true) return failed("with log: true, the prior is lognormal");
    return { prior, low: readable(from), high: readable(to), log: false };
  }
  if (log === false) return failed("a lognormal prior needs log: true, or no log");
  return { prior, low: readable(Math.exp(from)), high: readable(Math.exp(to)), log: true };
}

/** Twelve digits: derived bounds read well and are the same on every platform. */
function readable(bound: number): number {
  return Number(bound.toPrecision(12));
}

/** Why a normal prior cannot be drawn from between these bounds, or null. */
export function tooNarrow(prior: Prior, low: number, high: number, log: boolean): string | null {
  if (prior.kind !== "normal") return null;
  const range = log ? Math.log(high) - Math.log(low) : high - low;
  if (prior.sigma >= range * NARROWEST_SIGMA) return null;
  const least = Number((range * NARROWEST_SIGMA).toPrecision(3));
  return `sigma of the prior must be at least 1/500 of the range (${least}): got ${prior.sigma}; bring low and high closer to mu`;
}
