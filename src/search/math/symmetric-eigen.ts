/** Eigenvalues in rising order; column i of `vectors` belongs to value i. */
export interface Eigen {
  values: Float64Array;
  vectors: Float64Array;
}

/**
 * Eigenvalues and orthonormal eigenvectors of a symmetric matrix: Householder reduction to
 * tridiagonal form, then the QL method with implicit shifts (EISPACK tred2 and tql2).
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const vectors = matrix.slice();
  const values = new Float64Array(n);
  const off = new Float64Array(n);
  tridiagonalise(vectors, values, off, n);
  diagonalise(vectors, values, off, n);
  return sortRising(vectors, values, n);
}

function tridiagonalise(v: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) d[j] = v[(n - 1) * n + j]!;
  for (let i = n - 1; i > 0; i--) {
    let scale = 0;
    let h = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(d[k]!);
    if (scale === 0) {
      e[i] = d[i - 1]!;
      for (let j = 0; j < i; j++) {
        d[j] = v[(i - 1) * n + j]!;
        v[i * n + j] = 0;
        v[j * n + i] = 0;
      }
    } else {
      for (let k = 0; k < i; k++) {
        d[k]! /= scale;
        h += d[k]! * d[k]!;
      }
      const f = d[i - 1]!;
      const g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h);
      e[i] = scale * g;
      h -= f * g;
      d[i - 1] = f - g;
      e.fill(0, 0, i);
      applySimilarity(v, d, e, n, i, h);
    }
    d[i] = h;
  }
  accumulate(v, d, n);
  e[0] = 0;
}

function applySimilarity(
  v: Float64Array,
  d: Float64Array,
  e: Float64Array,
  n: number,
  i: number,
  h: number,
): void {
  for (let j = 0; j < i; j++) {
    const f = d[j]!;
    v[j * n + i] = f;
    let g = e[j]! + v[j * n + j]! * f;
    for (let k = j + 1; k < i; k++) {
      g += v[k * n + j]! * d[k]!;
      e[k]! += v[k * n + j]! * f;
    }
    e[j] = g;
  }
  let sum = 0;
  for (let j = 0; j < i; j++) {
    e[j]! /= h;
    sum += e[j]! * d[j]!;
  }
  const half = sum / (h + h);
  for (let j = 0; j < i; j++) e[j]! -= half * d[j]!;
  for (let j = 0; j < i; j++) {
    const f = d[j]!;
    const g = e[j]!;
    for (let k = j; k < i; k++) v[k * n + j]! -= f * e[k]! + g * d[k]!;
    d[j] = v[(i - 1) * n + j]!;
    v[i * n + j] = 0;
  }
}

function accumulate(v: Float64Array, d: Float64Array, n: number): void {
  for (let i = 0; i < n - 1; i++) {
    v[(n - 1) * n + i] = v[i * n + i]!;
    v[i * n + i] = 1;
    const h = d[i + 1]!;
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = v[k * n + i + 1]! / h;
      for (let j = 0; j <= i; j++) {
        let g = 0;
        for (let k = 0; k <= i; k++) g += v[k * n + i + 1]! * v[k * n + j]!;
        for (let k = 0; k <= i; k++) v[k * n + j]! -= g * d[k]!;
      }
    }
    for (let k = 0; k <= i; k++) v[k * n + i + 1] = 0;
  }
  for (let j = 0; j < n; j++) {
    d[j] = v[(n - 1) * n + j]!;
    v[(n - 1) * n + j] = 0;
  }
  v[(n - 1) * n + n - 1] = 1;
}

function diagonalise(v: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  e.copyWithin(0, 1);
  e[n - 1] = 0;
  let shift = 0;
  let largest = 0;
  for (let l = 0; l < n; l++) {
    largest = Math.max(largest, Math.abs(d[l]!) + Math.abs(e[l]!));
    const small = Number.EPSILON * largest;
    let m = l;
    while (m < n - 1 && Math.abs(e[m]!) > small) m++;
    // 60 rounds are far more than any matrix needs; the cap keeps NaN from looping for ever.
    for (let round = 0; round < (m > l ? 60 : 0); round++) {
      shift += implicitStep(v, d, e, n, l, m);
      if (Math.abs(e[l]!) <= small) break;
    }
    d[l]! += shift;
    e[l] = 0;
  }
}

/** One QL sweep from m down to l; returns the shift it took off the diagonal. */
function implicitStep(
  v: Float64Array,
  d: Float64Array,
  e: Float64Array,
  n: number,
  l: number,
  m: number,
): number {
  const g = d[l]!;
  const p0 = (d[l + 1]! - g) / (2 * e[l]!);
  const length = Math.sqrt(p0 * p0 + 1);
  const r0 = p0 < 0 ? -length : length;
  const dl = e[l]! / (p0 + r0);
  const dl1 = e[l]! * (p0 + r0);
  const shift = g - dl;
  d[l] = dl;
  d[l + 1] = dl1;
  for (let i = l + 2; i < n; i++) d[i]! -= shift;
  let p = d[m]!;
  let c = 1;
  let c2 = 1;
  let c3 = 1;
  let s = 0;
  let s2 = 0;
  const el1 = e[l + 1]!;
  for (let i = m - 1; i >= l; i--) {
    c3 = c2;
    c2 = c;
    s2 = s;
    const scaled = c * e[i]!;
    const h = c * p;
    const r = Math.sqrt(p * p + e[i]! * e[i]!);
    e[i + 1] = s * r;
    s = e[i]! / r;
    c = p / r;
    p = c * d[i]! - s * scaled;
    d[i + 1] = h + s * (c * scaled + s * d[i]!);
    for (let k = 0; k < n; k++) {
      const right = v[k * n + i + 1]!;
      const left = v[k * n + i]!;
      v[k * n + i + 1] = s * left + c * right;
      v[k * n + i] = c * left - s * right;
    }
  }
  p = (-s * s2 * c3 * el1 * e[l]!) / dl1;
  e[l] = s * p;
  d[l] = c * p;
  return shift;
}

function sortRising(v: Float64Array, d: Float64Array, n: number): Eigen {
  const order = Array.from(d, (value, index) => ({ value, index })).sort(
    (a, b) => a.value - b.value,
  );
  const vectors = new Float64Array(n * n);
  for (const [column, { index }] of order.entries()) {
    for (let row = 0; row < n; row++) vectors[row * n + column] = v[row * n + index]!;
  }
  return { values: Float64Array.from(order, ({ value }) => value), vectors };
}
