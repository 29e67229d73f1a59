/**
 * Makes a value when it is first asked for. Start-up is a product feature, and building a schema
 * costs more than most commands spend on anything else.
 */
export function lazily<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
