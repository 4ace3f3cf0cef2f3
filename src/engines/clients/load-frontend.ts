import { linkSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { indexSchema, manifestSchema, platformOf } from "../../image/manifest.ts";
import { normalizePlatform, type Platform, samePlatform } from "../../image/platform.ts";
import { runConfigSchema } from "../../image/whole-config.ts";
import { makeTemporaryDirectory } from "../../private/temporary/temporary-directory.ts";
import type { OciLayout } from "../build-request.ts";
import { call, lastLine } from "../call.ts";
import type { FrontendLoad } from "../engine.ts";
import type { EngineCommand } from "../engine-command.ts";
import { blobFile } from "../layout.ts";
import { localHelperImage } from "../local-image.ts";
import type { BuildxProgram } from "./buildx.ts";
import { buildxEnvironment } from "./buildx-environment.ts";

const configSchema = v.object({
  config: v.object({
    ...runConfigSchema.entries,
    Entrypoint: v.array(v.string()),
    User: v.string(),
    WorkingDir: v.string(),
  }),
});

/**
 * How our image comes into the store of a docker daemon that takes no image of a build from its client, which the classic
 * store's does not: as a build of its layers. In: the daemon's platforms, its own first. Throws CompileError.
 */
export function frontendLoad(
  [program, ...first]: BuildxProgram,
  instance: string | undefined,
  { directory, digest }: OciLayout,
  platforms: readonly Platform[],
): FrontendLoad {
  const read = (name: string): unknown => JSON.parse(readFileSync(blobFile(directory, name), "utf8"));
  const { manifests } = v.parse(indexSchema, read(digest));
  const [own] = platforms;
  const image = manifests.find((entry) => {
    const { os, architecture } = platformOf(entry) ?? {};
    if (own === undefined || os === undefined || architecture === undefined) return false;
    return samePlatform(own, normalizePlatform({ os, architecture }));
  });
  if (image === undefined) throw unloadable("the helper image does not support its platform");
  const reference = localHelperImage(image.digest.slice("sha256:".length, 19));
  const flags = instance === undefined ? [] : [`--builder=${instance}`];
  const command = (context: string) => ({
    program,
    arguments: [...first, "build", ...flags, "--load", `--tag=${reference}`, "--progress=plain", context],
    env: buildxEnvironment,
  });
  return { reference, command, run: () => runLoad(directory, read, image.digest, command) };
}

async function runLoad(
  directory: string,
  read: (digest: string) => unknown,
  digest: string,
  command: (context: string) => EngineCommand,
): Promise<void> {
  const manifest = v.parse(manifestSchema, read(digest));
  const { path: context, remove } = makeTemporaryDirectory("frontend");
  try {
    const layers = (manifest.layers ?? []).map((layer, index) => {
      const file = `layer-${index}.tar`;
      place(blobFile(directory, layer.digest), join(context, file));
      return `ADD ${file} /`;
    });
    const { config } = v.parse(configSchema, read(manifest.config.digest));
    const words = (pairs: readonly string[], word: string) => pairs.map((pair) => `${word} ${pair}`);
    const quoted = ([key, value]: readonly [string, string]) => `${key}=${JSON.stringify(value)}`;
    const lines = [
      "FROM scratch",
      ...layers,
      ...words(
        (config.Env ?? []).map((text) =>
          quoted([text.split("=", 1)[0] ?? "", text.slice(text.indexOf("=") + 1)]),
        ),
        "ENV",
      ),
      ...words(Object.entries(config.Labels ?? {}).map(quoted), "LABEL"),
      `WORKDIR ${config.WorkingDir}`,
      `USER ${config.User}`,
      `ENTRYPOINT ${JSON.stringify(config.Entrypoint)}`,
    ];
    writeFileSync(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
    const answer = await call(command(context), 300_000);
    if (!answer.isSuccess) throw unloadable(lastLine(answer.stderr));
  } finally {
    remove();
  }
}

/** The same file, or a copy of it on another file system. */
function place(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    writeFileSync(to, readFileSync(from));
  }
}

function unloadable(reason: string): CompileError {
  return new CompileError([diagnose("engines/frontend-unloadable", { reason })]);
}
