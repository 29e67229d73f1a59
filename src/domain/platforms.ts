/** What labctl is built for: system, CPU, and libc where there are two. One file each, see scripts/build.ts. */
export const PLATFORMS = [
  "linux-x64",
  "linux-arm64",
  "linux-x64-musl",
  "linux-arm64-musl",
  "darwin-x64",
  "darwin-arm64",
  "windows-x64",
  "windows-arm64",
] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Name of the executable for a platform, wherever several lie in one folder. */
export function executableName(platform: Platform): string {
  return platform.startsWith("windows") ? `labctl-${platform}.exe` : `labctl-${platform}`;
}

/** Null for what is not one of PLATFORMS. `system` and `cpu` as Node names them. */
export function platformOf(system: string, cpu: string, isMusl: boolean): Platform | null {
  const name = `${system === "win32" ? "windows" : system}-${cpu}${isMusl ? "-musl" : ""}`;
  return PLATFORMS.find((known) => known === name) ?? null;
}
