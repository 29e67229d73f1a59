import { connect, createServer, type Socket } from "node:net";

/** A wire between a worker and the hub that can be cut, or lose what the hub says. */
export interface Proxy {
  url: string;
  /** Ends every connection, and refuses new ones until mend(). */
  cut(): void;
  /** Nothing comes through any more in either direction, and nobody is told. */
  silence(): void;
  mend(): void;
  /** The next so many answers are lost, after the hub has done what it was asked. */
  dropReplies(count: number): void;
  /** How many were. */
  dropped(): number;
  close(): Promise<void>;
}

/** Passes connections on to a port of this machine, whoever listens there. */
export async function startProxy(target: number): Promise<Proxy> {
  const open = new Set<Socket>();
  let isCut = false;
  let isSilent = false;
  let toDrop = 0;
  let dropped = 0;

  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    if (isSilent) {
      open.add(client);
      client.on("error", () => client.destroy()).on("close", () => open.delete(client));
      client.resume();
      return;
    }
    const hub = connect(target, "127.0.0.1");
    const end = (): void => {
      for (const socket of [client, hub]) {
        open.delete(socket);
        socket.destroy();
      }
    };
    for (const socket of [client, hub]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on("error", end).on("close", end);
    }
    client.on("data", (bytes) => {
      if (isSilent) return;
      if (!hub.write(bytes)) client.pause();
    });
    hub.on("drain", () => client.resume());
    hub.on("data", (bytes) => {
      if (isSilent) return;
      if (toDrop > 0) {
        toDrop -= 1;
        dropped += 1;
        end();
        return;
      }
      if (!client.write(bytes)) hub.pause();
    });
    client.on("drain", () => hub.resume());
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");

  function endAll(): void {
    for (const socket of open) socket.destroy();
    open.clear();
  }

  return {
    url: `http://127.0.0.1:${address.port}`,
    cut() {
      isCut = true;
      endAll();
    },
    silence: () => void (isSilent = true),
    mend() {
      // What was in between is lost, so these connections are of no use any more.
      if (isSilent) endAll();
      isCut = false;
      isSilent = false;
    },
    dropReplies: (count) => void (toDrop += count),
    dropped: () => dropped,
    close() {
      endAll();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
