import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { createOnce } from "../../../src/store/durable.ts";
import { start } from "../../helpers/racers.ts";

const { folder, number } = await start();
for (let name = 0; name < 40; name += 1) {
  if (createOnce(join(folder, `prize-${name}`), `${number}\n`.repeat(2000))) {
    appendFileSync(join(folder, "wins"), `${name} ${number}\n`);
  }
}
