/** A list that is sorted in place: all that a sorting routine may do with it. */
export interface List {
  readonly length: number;
  /** Whether the item at `i` belongs before the one at `j`. */
  isBefore(i: number, j: number): boolean;
  swap(i: number, j: number): void;
}
