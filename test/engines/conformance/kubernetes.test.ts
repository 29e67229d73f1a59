import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createKubernetes } from "../../../src/engines/kubernetes/kubernetes.ts";
import { tempDir } from "../../helpers/temp.ts";
import { fakeCluster, TOKEN } from "../kubernetes/fake-cluster.ts";
import { engineSuite } from "./suite.ts";

engineSuite("Kubernetes, with pods that are processes", async () => {
  const dir = tempDir();
  const cluster = fakeCluster();
  const token_file = join(dir.path, "token");
  writeFileSync(token_file, TOKEN);
  const setting = { server: cluster.url, token_file, ca_file: null, timeout_ms: 5000 };
  const engine = createKubernetes({ ...setting, namespace: "lab" });
  let isSilent = false;
  return {
    engine,
    prefix: "lab-0-kubernetes-",
    options: { image: "example.org/lab:1" },
    async silence() {
      isSilent = true;
      await cluster.close();
    },
    async close() {
      if (!isSilent) await cluster.close();
      dir[Symbol.dispose]();
    },
  };
});
