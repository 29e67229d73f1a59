/**
 * Which of many points to model: a third of `size` with the lowest values, a third the most recent
 * and the rest spread out, each the farthest from all chosen before. Rising; all when they are few.
 */
export function representative(
  inputs: readonly Float64Array[],
  values: Float64Array,
  size: number,
): number[] {
  const n = inputs.length;
  const indices = Array.from({ length: n }, (_, i) => i);
  if (n <= size) return indices;
  const third = Math.floor(size / 3);
  const best = indices.toSorted((a, b) => values[a]! - values[b]!).slice(0, third);
  const chosen = new Set([...best, ...indices.slice(n - third)]);
  const nearest = new Float64Array(n).fill(Infinity);
  const bring = (one: number): void => {
    for (let i = 0; i < n; i++) {
      nearest[i] = Math.min(nearest[i]!, squared(inputs[i]!, inputs[one]!));
    }
  };
  for (const one of chosen) bring(one);
  while (chosen.size < size) {
    let farthest = -1;
    for (const i of indices) {
      if (!chosen.has(i) && (farthest < 0 || nearest[i]! > nearest[farthest]!)) farthest = i;
    }
    chosen.add(farthest);
    bring(farthest);
  }
  return [...chosen].sort((a, b) => a - b);
}

function squared(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}
