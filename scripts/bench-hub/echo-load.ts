/** `bun echo-load.ts URL CLIENTS REQUESTS`: prints the time of each request. */
import { completeText } from "./documents.ts";
import { ask, inParallel } from "./http.ts";

const [url = "", clients = "1", requests = "1"] = process.argv.slice(2);
const body = completeText("DISPATCH-20261127-120000-000000-bench", 1, "end-of-it");
const times: number[] = [];
const started = performance.now();
await inParallel(Number(requests), Number(clients), async () => {
  const begun = performance.now();
  await ask(url, "token", body);
  times.push(performance.now() - begun);
});
console.log(JSON.stringify({ times, seconds: (performance.now() - started) / 1000 }));
