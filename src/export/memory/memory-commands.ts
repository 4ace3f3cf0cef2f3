import { writeFileSync } from "node:fs";
import { formatMemoryLook } from "../../contract/cache/memory-places.ts";
import { bytesOf } from "../../layer/byte-string.ts";
import { command } from "../command.ts";
import { path, text } from "../flag-values.ts";
import { defaultExecEnv } from "./memory-flags.ts";
import { recallTar } from "./recall.ts";
import { hasMemory, takeImage } from "./take-image.ts";

export const memoryCommands = {
  recall: command({
    usage: "--from FILE --to DIR",
    flags: { from: text, to: text },
    async run({ from, to }) {
      await recallTar(path("--from", from), path("--to", to));
    },
  }),

  "memory-look": command({
    usage: "--cache DIR --to FILE",
    flags: { cache: text, to: text },
    run({ cache, to }) {
      const look = { isRemembered: hasMemory(path("--cache", cache)), lookedMs: Date.now() };
      writeFileSync(bytesOf(path("--to", to)), formatMemoryLook(look));
    },
  }),

  "memory-take": command({
    usage: "--cache DIR --offer DIR --image DIR [--exec-env NAME]",
    flags: { cache: text, offer: text, image: text, "exec-env": text },
    run({ cache, offer, image, "exec-env": execEnv = defaultExecEnv }, { log }) {
      const request = {
        cacheDirectory: path("--cache", cache),
        offerDirectory: path("--offer", offer),
        imageDirectory: path("--image", image),
        execEnv,
      };
      takeImage(request, log);
    },
  }),
};
