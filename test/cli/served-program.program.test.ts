import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../helpers/directory.ts";
import { projectToml, workplace } from "../helpers/program.ts";
import { isServable, serveRun } from "../helpers/served-program.ts";
import { standInClient } from "../helpers/stand-in-client.ts";

/** A workplace with a client of BuildKit that does more before it answers. In: lines of shell. */
async function served(more = ":") {
  const { start, ...place } = await workplace({ "project.toml": projectToml });
  const client = standInClient();
  const [bin = ""] = client.env.PATH?.split(delimiter) ?? [];
  const own = temporaryDirectory();
  writeFileSync(join(own, "buildctl"), `#!/bin/sh\n${more}\nexec ${join(bin, "buildctl")} "$@"\n`);
  chmodSync(join(own, "buildctl"), 0o755);
  const env = { ...client.env, PATH: `${own}${delimiter}${client.env.PATH}` };
  return {
    ...{ ...place, env, client },
    start: (args: readonly string[]) => start(args, { env }),
    serve: (args: readonly string[]) =>
      serveRun({ args, env: { HOME: join(place.directory, ".."), ...env }, cwd: place.directory }),
  };
}

describe("a run that is served", () => {
  it.each([
    ["that ends well", ["generate"]],
    ["that warns", ["check", "--insecure-registry=registry.example", "--env=API_KEY=made-up"]],
    ["that is called wrongly", ["generate", "--bulider=x"]],
    ["that the user's mistake ends", ["check", "nowhere"]],
    ["that can be tried again", ["generate", "--builder=127.0.0.1:1/acme/builder"]],
    ["that starts programs which say something", ["build", "."]],
    ["without words", []],
  ] satisfies readonly (readonly [string, readonly string[]])[])(
    "%s is as one that is started",
    async (_, words) => {
      const { start, serve, client } = await served("echo said\necho warned >&2");
      const args = [...words, ...(words[0] === "build" ? client.flags : [])];
      const started = await start(args);
      expect(started.stdout + started.stderr).not.toBe("");
      for (let time = 0; time < 2; time++) expect(await serve(args)).toEqual(started);
    },
  );

  it("is ended by what ends its process, and the next one is another's", async () => {
    const { serve, client } = await served("kill -9 $PPID");
    expect(await serve(["build", ".", ...client.flags])).toMatchObject({ exitCode: undefined });
    expect(await serve(["--version"])).toMatchObject({ exitCode: 0, stderr: "" });
  });

  it("has no other beside it", async () => {
    const { serve } = await served();
    const first = serve(["generate"]);
    expect(serve(["generate"])).toBeUndefined();
    expect(await first).toMatchObject({ exitCode: 0 });
  });

  it("has no variables that Node reads when it starts", () => {
    expect(isServable({ env: { PATH: "/bin", HOME: "/root" } })).toBe(true);
    for (const name of ["NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "TZ", "LANG", "SSL_CERT_FILE"]) {
      expect(isServable({ env: { [name]: "x" } })).toBe(false);
    }
  });
});
