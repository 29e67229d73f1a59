import { statfsSync } from "node:fs";
import { availableParallelism, loadavg, release, totalmem, type } from "node:os";
import { version } from "../../package.json";

/** What a reader needs to judge the numbers, and nothing that names the machine. */
export interface Machine {
  date: string;
  labctl: string;
  bun: string;
  system: string;
  cores: number;
  memory_gib: number;
  /** Of the folder in which the labs are made. */
  file_system: string;
  /** One-minute load before the bench started: above 0, somebody else is using the cores. */
  load: number;
}

/** `statfs(2)` magic numbers of file systems that labs live on. */
const FILE_SYSTEMS: Record<number, string> = {
  0xef53: "ext4",
  0x9123683e: "btrfs",
  0x58465342: "xfs",
  0x2fc12fc1: "zfs",
  0x01021994: "tmpfs",
  0x794c7630: "overlayfs",
  0x6969: "nfs",
  0x1a: "apfs",
};

export function describeMachine(folder: string): Machine {
  const magic = statfsSync(folder).type;
  return {
    date: new Date().toISOString().slice(0, 10),
    labctl: version,
    bun: Bun.version,
    system: `${type()} ${release().split("-")[0]} ${process.arch}`,
    cores: availableParallelism(),
    memory_gib: Math.round(totalmem() / 2 ** 30),
    file_system: FILE_SYSTEMS[magic] ?? `type 0x${magic.toString(16)}`,
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}
