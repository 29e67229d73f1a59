import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The wall clock of one process, which can be moved while it runs; its monotonic clock goes on. */
export interface WallClock {
  environment: Record<string, string>;
  move(by_s: number): void;
}

/**
 * By libfaketime (Debian: faketime), which reads a file at each look at the clock; null where there is
 * none.
 */
export function wallClock(file: string): WallClock | null {
  const library = faketimeLibrary();
  if (library === null) return null;
  let offset_s = 0;
  const write = (): void => {
    writeFileSync(`${file}.new`, `${offset_s < 0 ? "-" : "+"}${Math.abs(offset_s)}\n`);
    renameSync(`${file}.new`, file);
  };
  write();
  return {
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    move(by_s) {
      offset_s += by_s;
      write();
    },
  };
}

function faketimeLibrary(): string | null {
  if (!existsSync("/usr/lib")) return null;
  const paths = readdirSync("/usr/lib").map((name) =>
    join("/usr/lib", name, "faketime/libfaketime.so.1"),
  );
  return paths.find((path) => existsSync(path)) ?? null;
}
