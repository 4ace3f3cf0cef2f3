import { writeFileSync } from "node:fs";
import { formatLayerMeasure } from "../../contract/layer-measure.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf, textOf } from "../../layer/byte-string.ts";
import { measureLayer } from "../../layer/digest.ts";
import { assembleArgument } from "../../options/step-variables.ts";
import { present } from "../../present.ts";
import { cachedFlags, cachedRequest } from "../cache/cache-commands.ts";
import { exportCache } from "../cache/export-cache.ts";
import { type CommandHost, command } from "../command.ts";
import { boolean, count, type FlagValues, path, text } from "../flag-values.ts";
import { defaultExecEnv } from "../memory/memory-flags.ts";
import { type ExportRequest, exportImage, recallLayers } from "./export-image.ts";

/** One Dockerfile line serves all parts of an export, so each of them takes the flags of the whole. */
const exportFlags = {
  ...{ ...cachedFlags, app: text, lifecycle: text, output: text, cache: text },
  ...{ "launch-slots": text, "app-slots": text, "only-generated": boolean, "process-type": text },
  ...{ warnings: text, sboms: boolean, "lifecycle-version": text, checked: text, restored: text },
} as const;
type ExportValues = FlagValues<typeof exportFlags>;

export const imageCommands = {
  export: command({
    usage: `--layers DIR --app DIR --lifecycle DIR --user UID:GID --output DIR --platform-api VERSION
[--cache DIR] [--launch-slots N] [--app-slots N] [--only-generated] [--process-type TYPE]
[--lifecycle-version VERSION] [--exec-env NAME] [--root DIR] [--restored DIR] [--sboms] [--checked FILE.json]
[--warnings FILE.json] [--kept DIR --platforms DIR] [--previous DIR]`,
    flags: exportFlags,
    async run(values, host) {
      await runExport(values, values["only-generated"] ?? false, host);
    },
  }),

  "export-image": command({
    usage:
      "like export: writes the layers that no phase left ready for the image, and only looks at the cache",
    flags: exportFlags,
    async run(values, host) {
      await runExport(values, values["only-generated"] ?? true, host);
    },
  }),

  "export-cache": command({
    usage: "like export: writes the cache only",
    flags: exportFlags,
    run(values, { log, report }) {
      const request = {
        ...{ ...cachedRequest(values), cacheDirectory: path("--cache", values.cache) },
        ...(values.checked === undefined ? {} : { checkFile: path("--checked", values.checked) }),
      };
      // An image is as good without.
      exportCache(request, log, report);
    },
  }),

  digest: command({
    usage: "--from DIR --to FILE",
    flags: { from: text, to: text },
    run({ from, to }) {
      writeDigest(path("--from", from), path("--to", to));
    },
  }),
};

/** Commands that our frontend asks for by a variable in place of `export`, which needs no other Dockerfile. */
const parts: Readonly<Record<string, keyof typeof imageCommands>> = {
  image: "export-image",
  cache: "export-cache",
};

/** The command that is meant by a name. */
export function meantBy(name: string, env: NodeJS.ProcessEnv): string {
  const part = env[assembleArgument] ?? "";
  return name === "export" && Object.hasOwn(parts, part) ? (parts[part] ?? name) : name;
}

async function runExport(
  values: Partial<ExportValues>,
  onlyGenerated: boolean,
  { log, report }: CommandHost,
): Promise<void> {
  const { "process-type": processType, "lifecycle-version": lifecycleVersion, cache } = values;
  const request: ExportRequest = {
    ...cachedRequest(values),
    appDirectory: path("--app", values.app),
    lifecycleDirectory: path("--lifecycle", values.lifecycle),
    outputDirectory: path("--output", values.output),
    ...(cache === undefined ? {} : { cacheDirectory: path("--cache", cache) }),
    launchSlots: count("--launch-slots", values["launch-slots"]),
    appSlots: count("--app-slots", values["app-slots"]),
    onlyGenerated,
    ...(values.restored === undefined ? {} : { restoredDirectory: path("--restored", values.restored) }),
    saysSboms: values.sboms ?? false,
    ...present({ processType, lifecycleVersion }),
    execEnv: values["exec-env"] ?? defaultExecEnv,
  };
  const recalled = await recallLayers(request);
  try {
    exportImage({ ...request, recalled }, log, report);
  } finally {
    recalled.remove();
  }
}

/** The layer's digest, as BuildKit will find it, and its size. Throws CompileError where that is not known. */
function writeDigest(from: ByteString, to: ByteString): void {
  const devices: ByteString[] = [];
  const { sha, sizeBytes } = measureLayer(from, (name) => void devices.push(name));
  if (devices.length > 0) {
    throw new CompileError(devices.map((name) => diagnose("export/device-in-layer", { path: textOf(name) })));
  }
  writeFileSync(bytesOf(to), formatLayerMeasure({ digest: sha, sizeBytes }));
}
