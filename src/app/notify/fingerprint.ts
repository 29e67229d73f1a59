import type { NotifyTarget } from "../../domain/notify.ts";

/** Names a target in files without saying what it is: its address may be a secret. */
export function fingerprint(target: NotifyTarget): string {
  const who = "command" in target ? ["command", target.command] : ["webhook", target.webhook];
  const text = JSON.stringify([...who, ...target.on]);
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 16);
}
