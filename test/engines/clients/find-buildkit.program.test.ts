import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findBuildkit } from "../../../src/engines/clients/find-buildkit.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";

it.skipIf(process.platform === "win32")(
  "does not wait longer for a BuildKit than it is told, whatever the client makes of a signal",
  async () => {
    const buildctl = join(temporaryDirectory(), "buildctl");
    writeFileSync(buildctl, "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.2; done\n", { mode: 0o755 });
    const start = Date.now();
    const found = await findBuildkit(buildctl, { address: "tcp://one.example:1234" }, "buildkit", 100);
    expect(found).toMatchObject({
      kind: "missing",
      reason: "BuildKit at tcp://one.example:1234 does not answer: no answer within 0.1 s",
    });
    expect(Date.now() - start).toBeLessThan(4000);
  },
  10_000,
);
