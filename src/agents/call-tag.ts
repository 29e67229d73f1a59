/** Environment entry of everything that a call with this folder starts. */
export function callTag(dir: string): string {
  return `LAB_CALL_DIR=${dir}`;
}
