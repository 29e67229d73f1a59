import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { tempDir } from "../helpers/temp.ts";

const SCRIPT = join(import.meta.dir, "../../scripts/install.sh");
const NOBODY = 65534;

/** What every system has; `curl`, `wget` and the digest programs are chosen by a test. */
const TOOLS =
  "sh cat chmod cp dd dirname find getconf grep head id mkdir mktemp mv rm rmdir sed sysctl tail tr".split(
    " ",
  );

/** Shells that this machine has, each as the words that start it. */
export const SHELLS = [["dash"], ["bash"], ["busybox", "sh"]].filter(
  ([program]) => program !== undefined && Bun.which(program) !== null,
);

/** Users that this process can become. */
export const USERS: ("self" | "nobody")[] =
  process.getuid?.() === 0 && Bun.which("setpriv") !== null ? ["self", "nobody"] : ["self"];

export interface Machine {
  home: string;
  /** Gives all that lies at home to `nobody`. */
  giveAway(): void;
  /** Stands for / where the script looks at the CPU and for loaders. */
  root: string;
  /** The only folder on PATH. */
  bin: string;
  /** Puts a program on PATH, in front of the system's. */
  fake(name: string, script: string): void;
  [Symbol.dispose](): void;
}

/** A pretended machine: glibc Linux on an x64 CPU with AVX2, with curl and sha256sum. */
export function machine(tools: readonly string[] = ["curl", "sha256sum"]): Machine {
  const dir = tempDir();
  chmodSync(dir.path, 0o755);
  const [home, root, bin] = [join(dir.path, "home"), join(dir.path, "root"), join(dir.path, "bin")];
  for (const path of [home, bin, root, join(root, "proc"), join(root, "lib")]) mkdirSync(path);
  for (const name of [...TOOLS, ...tools]) {
    const path = Bun.which(name);
    if (path !== null) symlinkSync(path, join(bin, name));
  }
  const fake = (name: string, script: string): void => {
    rmSync(join(bin, name), { force: true });
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const made: Machine = {
    home,
    root,
    bin,
    fake,
    giveAway: () => {
      if (USERS.length < 2) return;
      const below = readdirSync(home, { recursive: true, encoding: "utf8" });
      for (const path of ["", ...below]) chownSync(join(home, path), NOBODY, NOBODY);
    },
    [Symbol.dispose]: () => dir[Symbol.dispose](),
  };
  pretend(made, {});
  return made;
}

export interface Pretended {
  os?: string;
  cpu?: string;
  ldd?: string;
  flags?: string;
  bits?: string;
}

/** Makes the machine one of this system, CPU and libc. */
export function pretend(on: Machine, what: Pretended): void {
  const { os = "Linux", cpu = "x86_64", ldd = "ldd (Debian GLIBC 2.36-9) 2.36" } = what;
  on.fake("uname", `case $1 in -s) echo '${os}' ;; -m) echo ${cpu} ;; *) echo GNU/Linux ;; esac`);
  on.fake("ldd", `echo '${ldd}' >&2; exit 1`);
  on.fake("getconf", `echo ${what.bits ?? "64"}`);
  on.fake("sysctl", "exit 1");
  writeFileSync(
    join(on.root, "proc/cpuinfo"),
    `processor\t: 0\nflags\t\t: fpu ${what.flags ?? "sse4_2 avx avx2"} lm\n`,
  );
}

export interface InstallOptions {
  shell?: readonly string[];
  user?: "self" | "nobody";
  env?: Record<string, string>;
  /** Instead of the whole script. */
  script?: string;
  /** Words before the shell. */
  under?: readonly string[];
}

export interface InstallResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `... | sh -s -- ...args` on that machine, as `curl ... | sh` does, towards ~/.local/bin also for root. */
export async function install(
  on: Machine,
  args: readonly string[],
  options: InstallOptions = {},
): Promise<InstallResult> {
  const { shell = ["dash"], user = "self", env = {}, under = [] } = options;
  const [program = "sh", ...words] = shell;
  const drop =
    user === "nobody"
      ? [tool("setpriv"), `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"]
      : [];
  const child = Bun.spawn([...under, ...drop, tool(program), ...words, "-s", "--", ...args], {
    cwd: "/",
    env: {
      PATH: on.bin,
      HOME: on.home,
      SHELL: "/bin/bash",
      LABCTL_INSTALL_ROOT: on.root,
      LABCTL_INSTALL_DIR: user === "nobody" ? "" : join(on.home, ".local/bin"),
      ...env,
    },
    stdin: new Blob([options.script ?? (await Bun.file(SCRIPT).text())]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, stdout, stderr };
}

export function tool(name: string): string {
  const path = Bun.which(name);
  if (path === null) throw new Error(`this test needs ${name}`);
  return path;
}
