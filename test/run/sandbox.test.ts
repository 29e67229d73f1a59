import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type SandboxOptions, createSandbox } from "../../src/run/sandbox.ts";
import { commitAll, messageOf, temporaryFolder, writeFiles } from "./request.ts";

function options(workspace_root: string, changes: Partial<SandboxOptions> = {}): SandboxOptions {
  const dir = join(temporaryFolder(), "sandbox");
  return { workspace_root, mode: "auto", dir, exclude: [], require_clean: false, ...changes };
}

function workspaceWith(files: Record<string, string>): string {
  const root = temporaryFolder();
  writeFiles(root, files);
  return root;
}

/** Every path with its content, mode and, for links, target. */
function tree(root: string, folder = ""): Record<string, string> {
  return Object.assign(
    {},
    ...readdirSync(join(root, folder)).map((name) => {
      const path = join(folder, name);
      const stat = lstatSync(join(root, path));
      const mode = (stat.mode & 0o777).toString(8);
      if (stat.isSymbolicLink()) return { [path]: `-> ${readlinkSync(join(root, path))}` };
      if (stat.isDirectory()) return { [path]: `folder ${mode}`, ...tree(root, path) };
      return { [path]: `${mode} ${readFileSync(join(root, path), "utf8")}` };
    }),
  );
}

describe("createSandbox() by copying", () => {
  test("copies files with mode and time, without .git and without the data root", async () => {
    const root = workspaceWith({
      "run.sh": "#!/bin/sh\n",
      "src/a.py": "a",
      ".git/config": "x",
      "sub/.git": "gitdir: elsewhere",
      ".hidden": "h",
      "lab-data/registry/events.jsonl": "x",
    });
    utimesSync(join(root, "src/a.py"), 1_000_000, 1_000_000);
    const sandbox = await createSandbox(options(root, { exclude: [join(root, "lab-data")] }));
    expect(tree(sandbox.cwd)).toEqual({
      "run.sh": "755 #!/bin/sh\n",
      src: "folder 755",
      "src/a.py": "644 a",
      sub: "folder 755",
      ".hidden": "644 h",
    });
    expect(statSync(join(sandbox.cwd, "src/a.py")).mtimeMs).toBe(1_000_000_000);
    expect(sandbox.mode).toBe("copy");
    await sandbox.dispose();
    expect(existsSync(sandbox.root)).toBe(false);
  });

  test("keeps links inside the tree inside, and points others at their target", async () => {
    const outside = workspaceWith({ "data.csv": "1,2" });
    const root = workspaceWith({ "a.txt": "a", "sub/b.txt": "b" });
    symlinkSync("../a.txt", join(root, "sub/up"));
    symlinkSync(join(root, "sub"), join(root, "absolute"));
    symlinkSync(outside, join(root, "data"));
    symlinkSync("data/data.csv", join(root, "through"));
    symlinkSync("nowhere", join(root, "dangling"));
    const { cwd } = await createSandbox(options(root));
    expect(readlinkSync(join(cwd, "sub/up"))).toBe("../a.txt");
    expect(readlinkSync(join(cwd, "absolute"))).toBe("sub");
    expect(readlinkSync(join(cwd, "data"))).toBe(outside);
    expect(readlinkSync(join(cwd, "dangling"))).toBe("nowhere");
    expect(readFileSync(join(cwd, "through"), "utf8")).toBe("1,2");
    expect(lstatSync(join(cwd, "data")).isSymbolicLink()).toBe(true);
  });

  test("leaves out pipes, which nobody can copy", async () => {
    const root = workspaceWith({ "a.txt": "a" });
    Bun.spawnSync(["mkfifo", join(root, "pipe")]);
    const { cwd } = await createSandbox(options(root));
    expect(readdirSync(cwd)).toEqual(["a.txt"]);
  });

  test("refuses what is too big or missing, and leaves nothing behind", async () => {
    const root = workspaceWith({ a: "12345", b: "1", c: "1" });
    const few = options(root, { limits: { files: 2, bytes: 1000 } });
    expect(await messageOf(createSandbox(few))).toContain("has more than 2 files");
    const small = options(root, { limits: { files: 10, bytes: 6 } });
    expect(await messageOf(createSandbox(small))).toContain("has more than 10 files");
    for (const missing of ["", join(root, "nope"), join(root, "a")]) {
      expect(await messageOf(createSandbox(options(missing)))).toContain(
        "workspace_root is not a folder",
      );
    }
    expect(existsSync(few.dir)).toBe(false);
  });
});

describe("restore()", () => {
  const files = { "a.txt": "a", "b/c.txt": "c", "b/d/e.txt": "e", "run.sh": "#!/bin/sh\n" };

  test("undoes every kind of change and touches nothing else", async () => {
    const sandbox = await createSandbox(options(workspaceWith(files)));
    const { cwd } = sandbox;
    const before = tree(cwd);
    const untouched = lstatSync(join(cwd, "b/c.txt"), { bigint: true });

    writeFileSync(join(cwd, "a.txt"), "b");
    writeFiles(cwd, { "new/deep/file": "x", "b/new": "y" });
    rmSync(join(cwd, "b/d"), { recursive: true });
    symlinkSync("/etc", join(cwd, "b/link"));
    chmodSync(join(cwd, "run.sh"), 0o600);
    chmodSync(join(cwd, "new"), 0o000);
    expect(await sandbox.restore()).toBeNull();
    expect(tree(cwd)).toEqual(before);
    expect(lstatSync(join(cwd, "b/c.txt"), { bigint: true })).toEqual(untouched);
    expect(existsSync("/etc/passwd")).toBe(true);
  });

  test("sees a change whose size and modification time were put back", async () => {
    const sandbox = await createSandbox(options(workspaceWith(files)));
    const file = join(sandbox.cwd, "a.txt");
    const { atimeMs, mtimeMs } = statSync(file);
    writeFileSync(file, "X");
    utimesSync(file, atimeMs / 1000, mtimeMs / 1000);
    await sandbox.restore();
    expect(readFileSync(file, "utf8")).toBe("a");
  });

  test("undoes files, folders and links that took each other's place", async () => {
    const sandbox = await createSandbox(options(workspaceWith(files)));
    const { cwd } = sandbox;
    const before = tree(cwd);
    rmSync(join(cwd, "a.txt"));
    mkdirSync(join(cwd, "a.txt"));
    rmSync(join(cwd, "b"), { recursive: true });
    symlinkSync(temporaryFolder(), join(cwd, "b"));
    await sandbox.restore();
    expect(tree(cwd)).toEqual(before);
  });

  test("never follows a link that took the place of the sandbox itself", async () => {
    const precious = workspaceWith({ "keep.txt": "k" });
    const sandbox = await createSandbox(options(workspaceWith(files)));
    const before = tree(sandbox.cwd);
    renameSync(sandbox.root, `${sandbox.root}-moved`);
    symlinkSync(precious, sandbox.root);
    await sandbox.restore();
    expect(tree(sandbox.cwd)).toEqual(before);
    expect(readFileSync(join(precious, "keep.txt"), "utf8")).toBe("k");
  });

  test("copies the workspace anew, and says so, when a file it needs was edited there", async () => {
    const root = workspaceWith(files);
    const sandbox = await createSandbox(options(root));
    writeFileSync(join(root, "b/c.txt"), "edited");
    expect(await sandbox.restore()).toBeNull();
    expect(readFileSync(join(sandbox.cwd, "b/c.txt"), "utf8")).toBe("c");
    rmSync(join(sandbox.cwd, "b/c.txt"));
    expect(await sandbox.restore()).toBe(
      "b/c.txt was edited in the workspace, which was copied anew",
    );
    expect(readFileSync(join(sandbox.cwd, "b/c.txt"), "utf8")).toBe("edited");
    expect(await sandbox.restore()).toBeNull();
  });
});

describe("createSandbox() by cloning", () => {
  test("holds HEAD only, works in the same subfolder, and names what it leaves out", async () => {
    const top = workspaceWith({ "top.txt": "t", "exp/a.txt": "a" });
    commitAll(top);
    writeFiles(top, { "exp/a.txt": "edited", "exp/new.txt": "n", "lab/x": "x" });
    const exclude = [join(top, "lab")];
    const sandbox = await createSandbox(options(join(top, "exp"), { mode: "git-clone", exclude }));
    expect(tree(sandbox.cwd)).toEqual({ "a.txt": "644 a" });
    expect(sandbox.cwd).toBe(join(sandbox.root, "exp"));
    expect(readFileSync(join(sandbox.root, "top.txt"), "utf8")).toBe("t");
    expect(sandbox.notes).toEqual(["git-clone leaves out uncommitted: exp/a.txt, exp/new.txt"]);

    const before = tree(sandbox.root);
    writeFiles(sandbox.root, { "exp/a.txt": "x", ".git/hooks/evil": "x" });
    await sandbox.restore();
    expect(tree(sandbox.root)).toEqual(before);
  });

  test("runs no hook and does not touch the checkout", async () => {
    const top = workspaceWith({ "a.txt": "a" });
    commitAll(top);
    const flag = join(temporaryFolder(), "ran");
    writeFiles(top, { ".git/hooks/post-checkout": `#!/bin/sh\ntouch ${flag}\n` });
    const before = tree(top);
    await createSandbox(options(top, { mode: "git-clone" }));
    expect(existsSync(flag)).toBe(false);
    expect(tree(top)).toEqual(before);
  });

  test("refuses a folder that is no checkout, or that is not committed", async () => {
    const plain = workspaceWith({ "a.txt": "a" });
    expect(await messageOf(createSandbox(options(plain, { mode: "git-clone" })))).toContain(
      "is not in a git checkout",
    );
    expect(await messageOf(createSandbox(options(plain, { require_clean: true })))).toContain(
      "is not in a git checkout",
    );
    const top = workspaceWith({ "a.txt": "a" });
    commitAll(top);
    writeFiles(top, { "fresh/b.txt": "b" });
    expect(
      await messageOf(createSandbox(options(join(top, "fresh"), { mode: "git-clone" }))),
    ).toContain("fresh is not committed");
  });

  test("require_clean refuses uncommitted changes with their names, in every mode", async () => {
    const top = workspaceWith({ "a.txt": "a" });
    commitAll(top);
    const clean = await createSandbox(options(top, { require_clean: true }));
    expect(tree(clean.cwd)).toEqual({ "a.txt": "644 a" });
    writeFiles(top, { "a.txt": "b", "new file.txt": "n" });
    for (const mode of ["auto", "git-clone"] as const) {
      expect(await messageOf(createSandbox(options(top, { mode, require_clean: true })))).toContain(
        "the workspace has uncommitted changes: a.txt, new file.txt",
      );
    }
  });
});
