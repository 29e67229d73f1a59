/** How a metric value appears to people: the shortest text that reads back as the same number; "none" for null. */
export function formatValue(value: number | null): string {
  return value === null ? "none" : String(value);
}
