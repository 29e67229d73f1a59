/**
 * Lower triangular L with L L^T = A, for a symmetric positive definite A (rows one after the
 * other). Only the lower half of A is read. null when A is not positive definite.
 */
export function cholesky(a: Float64Array, n: number): Float64Array | null {
  const lower = new Float64Array(n * n);
  for (let row = 0; row < n; row++) {
    if (!factorRow(a, row * n, lower, n, row)) return null;
  }
  return lower;
}

/** `cholesky` of A plus the smallest of 0, 1e-10, 1e-9, ... times the mean diagonal that works. */
export function choleskyWithJitter(a: Float64Array, n: number): Float64Array {
  const plain = cholesky(a, n);
  if (plain !== null) return plain;
  let scale = 0;
  for (let i = 0; i < n; i++) scale += Math.abs(a[i * n + i]!) / n;
  for (let jitter = 1e-10 * scale; jitter < Infinity; jitter *= 10) {
    const shifted = a.slice();
    for (let i = 0; i < n; i++) shifted[i * n + i]! += jitter;
    const lower = cholesky(shifted, n);
    if (lower !== null) return lower;
  }
  throw new RangeError("Cannot factor a matrix that is not finite");
}

/**
 * The factor of A with one more row and column: `row` holds the new entries of A, its diagonal
 * last. Where rounding leaves nothing on the diagonal, `floor` stands in for it.
 */
export function appendRow(
  lower: Float64Array,
  n: number,
  row: Float64Array,
  floor: number,
): Float64Array {
  const size = n + 1;
  const grown = new Float64Array(size * size);
  for (let i = 0; i < n; i++) grown.set(lower.subarray(i * n, i * n + i + 1), i * size);
  if (!factorRow(row, 0, grown, size, n)) grown[n * size + n] = Math.sqrt(floor);
  return grown;
}

/** Fills row `row` of the factor from the entries of A at `offset`. */
function factorRow(
  a: Float64Array,
  offset: number,
  lower: Float64Array,
  n: number,
  row: number,
): boolean {
  const start = row * n;
  let rest = a[offset + row]!;
  for (let column = 0; column < row; column++) {
    const other = column * n;
    let sum = a[offset + column]!;
    for (let k = 0; k < column; k++) sum -= lower[start + k]! * lower[other + k]!;
    const entry = sum / lower[other + column]!;
    lower[start + column] = entry;
    rest -= entry * entry;
  }
  if (!(rest > 0 && rest < Infinity)) return false;
  lower[start + row] = Math.sqrt(rest);
  return true;
}

/** Solves L x = b in place. */
export function solveLower(lower: Float64Array, n: number, b: Float64Array): void {
  for (let row = 0; row < n; row++) {
    const start = row * n;
    let sum = b[row]!;
    for (let k = 0; k < row; k++) sum -= lower[start + k]! * b[k]!;
    b[row] = sum / lower[start + row]!;
  }
}

/** Solves L^T x = b in place, row by row, because rows are what lies together in memory. */
export function solveLowerTransposed(lower: Float64Array, n: number, b: Float64Array): void {
  for (let row = n - 1; row >= 0; row--) {
    const start = row * n;
    const value = b[row]! / lower[start + row]!;
    b[row] = value;
    for (let k = 0; k < row; k++) b[k]! -= lower[start + k]! * value;
  }
}

/** The lower half of the inverse of A from its factor; the upper half is left at 0. */
export function inverseLowerHalf(lower: Float64Array, n: number): Float64Array {
  // Row i of `columns` is column i of L^-1, so that both passes walk along rows.
  const columns = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    columns[i * n + i] = 1 / lower[i * n + i]!;
    for (let row = i + 1; row < n; row++) {
      let sum = 0;
      for (let k = i; k < row; k++) sum -= lower[row * n + k]! * columns[i * n + k]!;
      columns[i * n + row] = sum / lower[row * n + row]!;
    }
  }
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += columns[i * n + k]! * columns[j * n + k]!;
      inverse[i * n + j] = sum;
    }
  }
  return inverse;
}
