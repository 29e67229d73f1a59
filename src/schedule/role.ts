/** The role of iteration `iteration` (from 1): roles take turns. */
export function roleOf(roles: readonly string[], iteration: number): string {
  return roles[(iteration - 1) % Math.max(1, roles.length)] ?? "scout";
}
