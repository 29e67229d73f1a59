/**
 * Compiles labctl into one executable.
 *
 *     bun run build                         dist/labctl for this machine
 *     bun run build --target linux-arm64    dist/labctl-linux-arm64; may be repeated
 *     bun run build --all                   dist/labctl-<target> for all targets
 *
 * dist/SHA256SUMS lists all that lie there, as scripts/install.sh wants it: the folder can be served as it is. The file
 * of an x64 target runs on CPUs with and without AVX2. Bun fetches the runtimes of other targets from npm (`@oven/bun-*`)
 * at its own version.
 */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { version } from "../package.json";
import { executableName, PLATFORMS, platformOf, type Platform } from "../src/domain/platforms.ts";
import { signMachO } from "./mach-o/sign.ts";

const root = join(import.meta.dir, "..");
const dist = join(root, "dist");
const exe = (name: string): string => (name.startsWith("win") ? "labctl.exe" : "labctl");

try {
  await main();
} catch (error) {
  console.error(`build: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      all: { type: "boolean", default: false },
      target: { type: "string", multiple: true, default: [] },
    },
  });
  requirePinnedBun();
  const targets = values.all ? PLATFORMS : values.target.map(parseTarget);
  if (targets.length === 0) {
    const file = await compile(undefined, join(dist, exe(process.platform)));
    smokeRun(file);
  }
  for (const target of targets) {
    const file = await compile(target, join(dist, executableName(target)));
    if (target === thisMachine()) smokeRun(file);
  }
  writeChecksums();
}

function parseTarget(name: string): Platform {
  const target = PLATFORMS.find((known) => known === name);
  if (target) return target;
  throw new Error(`unknown target '${name}': expected one of ${PLATFORMS.join(", ")}`);
}

/** The same source must give the same bytes everywhere, and the runtime is most of them. */
function requirePinnedBun(): void {
  const pinned = readFileSync(join(root, ".bun-version"), "utf8").trim();
  if (Bun.version === pinned) return;
  throw new Error(
    `needs Bun ${pinned}, this is ${Bun.version}: ./scripts/test fetches the right one`,
  );
}

/** Compiles for `target`, or for this machine, and puts the finished executable at `file`. */
async function compile(target: Platform | undefined, file: string): Promise<string> {
  mkdirSync(dirname(file), { recursive: true });
  mkdirSync(join(root, "build"), { recursive: true });
  // Built aside: source maps land next to the executable (which has its own copy inside), and a
  // running labctl can be replaced by a rename only.
  const scratch = mkdtempSync(join(root, "build/labctl-"));
  const outfile = join(scratch, basename(file));
  try {
    await bundle(target, outfile);
    if (target === "darwin-x64") writeFileSync(outfile, signMachO(readFileSync(outfile)));
    renameSync(outfile, file);
  } finally {
    rmSync(scratch, { recursive: true });
  }
  const megabytes = (statSync(file).size / 1e6).toFixed(1);
  console.log(`built ${relative(root, file)} ${version} (${megabytes} MB)`);
  return file;
}

async function bundle(target: Platform | undefined, outfile: string): Promise<void> {
  const result = await Bun.build({
    entrypoints: [join(root, "src/main.ts")],
    minify: true,
    bytecode: true,
    // Bytecode means CommonJS otherwise, which breaks import.meta and top-level await.
    format: "esm",
    splitting: true,
    sourcemap: "linked",
    define: { LABCTL_VERSION: JSON.stringify(version) },
    compile: {
      outfile,
      // labctl runs inside workspaces that are not trusted: nothing there may change what it does.
      autoloadBunfig: false,
      autoloadDotenv: false,
      ...(target && { target: `bun-${target}` }),
    },
    throw: false,
  });
  // A bytecode failure is a mere log line of a "successful" build whose result dies at start.
  if (!result.success || result.logs.length > 0) {
    throw new Error(result.logs.map(describe).join("\n"));
  }
}

function describe(log: BuildMessage | ResolveMessage): string {
  const at = log.position;
  return at ? `${relative(root, at.file)}:${at.line}:${at.column} ${log.message}` : log.message;
}

function thisMachine(): Platform | null {
  return platformOf(process.platform, process.arch, process.platform === "linux" && !hasGlibc());
}

function hasGlibc(): boolean {
  const report: { header?: { glibcVersionRuntime?: string } } = Object(process.report.getReport());
  return report.header?.glibcVersionRuntime !== undefined;
}

function smokeRun(file: string): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync([file, "--version"], { cwd: tmpdir() });
  const said = `${stdout.toString()}${stderr.toString()}`.trim();
  if (exitCode === 0 && said.includes(version)) return;
  throw new Error(`${file} --version: expected ${version}, got exit ${exitCode}: ${said}`);
}

/** Lines as `sha256sum` writes and checks them, for every executable in dist/. */
function writeChecksums(): void {
  const names = readdirSync(dist).filter((name) => /^labctl[a-z0-9-]*(\.exe)?$/.test(name));
  const line = (name: string): string =>
    `${new Bun.CryptoHasher("sha256").update(readFileSync(join(dist, name))).digest("hex")}  ${name}\n`;
  const scratch = join(dist, `SHA256SUMS.${process.pid}`);
  writeFileSync(scratch, names.toSorted().map(line).join(""));
  renameSync(scratch, join(dist, "SHA256SUMS"));
}
