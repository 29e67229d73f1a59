import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Python with the baselines in it. */
export interface Environment {
  python: string;
  /** Folder to put first on Python's path for Optuna 4.9; the environment itself has Optuna 5. */
  optuna4: string;
  /** Whether PyTorch could be installed: Optuna's GP sampler needs it. */
  torch: boolean;
}

const MAIN = join(import.meta.dir, "requirements.txt");
const OPTUNA4 = join(import.meta.dir, "requirements-optuna4.txt");
const TORCH = join(import.meta.dir, "requirements-torch.txt");

/**
 * Makes the throw-away environment below `folder`, or finds it there as the pinned lists want it.
 * Needs a `python3` with venv and the package index; throws with pip's answer otherwise. Without
 * PyTorch it goes on and says so.
 */
export async function ensureEnvironment(folder: string): Promise<Environment> {
  const home = join(folder, "python");
  const python = join(home, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const optuna4 = join(folder, "optuna4");
  const stamp = join(folder, "installed.json");
  const wanted = [MAIN, OPTUNA4, TORCH].map((file) => readFileSync(file, "utf8")).join("\n");
  if (existsSync(stamp)) {
    const found: { wanted?: unknown; torch?: unknown } = JSON.parse(readFileSync(stamp, "utf8"));
    if (found.wanted === wanted) return { python, optuna4, torch: found.torch === true };
  }
  console.error("bench-search: installing the baselines (some minutes, some GB)");
  for (const path of [home, optuna4, stamp]) rmSync(path, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await must(["python3", "-m", "venv", home]);
  const pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  await must([...pip, "-r", MAIN]);
  await must([...pip, "--no-deps", "--target", optuna4, "-r", OPTUNA4]);
  const torch = (await exitCode([...pip, "-r", TORCH])) === 0;
  if (!torch) console.error("bench-search: NO OPTUNA GP: PyTorch could not be installed");
  writeFileSync(stamp, JSON.stringify({ wanted, torch }));
  return { python, optuna4, torch };
}

async function must(command: string[]): Promise<void> {
  const code = await exitCode(command);
  if (code !== 0) throw new Error(`${command.join(" ")} exited with ${code}`);
}

async function exitCode(command: string[]): Promise<number> {
  return Bun.spawn(command, { stdout: "inherit", stderr: "inherit" }).exited;
}
