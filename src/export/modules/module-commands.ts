import { escapeId } from "../../contract/escape-id.ts";
import { parsePlatform } from "../../image/platform.ts";
import { present } from "../../present.ts";
import { command } from "../command.ts";
import { boolean, path, text, texts, UsageError } from "../flag-values.ts";
import { formatSize } from "../log.ts";
import { describeModule } from "./describe.ts";
import { copyModule, type ModuleName } from "./module.ts";

export const moduleCommands = {
  module: command({
    usage:
      "--from PATH | --image DIR --to DIR --expect ID@VERSION… [--extension] [--platform OS/ARCH] [--warnings FILE.json]",
    flags: {
      ...{ from: text, image: text, to: text, expect: texts },
      ...{ extension: boolean, platform: text, warnings: text },
    },
    async run(values, { log, report }) {
      // BuildKit's name for the platform that is built for; there where the stage declares it.
      const named = values.platform ?? process.env.TARGETPLATFORM;
      const platform = named === undefined ? undefined : parsePlatform(named);
      if (named !== undefined && platform === undefined) {
        throw new UsageError(`--platform must be OS/ARCH, not ${JSON.stringify(named)}.`);
      }
      const expected = (values.expect ?? []).map(moduleName);
      if (expected.length === 0) throw new UsageError("--expect is missing.");
      if (values.from !== undefined && values.image !== undefined)
        throw new UsageError("--from and --image cannot be used together.");
      const request = {
        kind: values.extension === true ? ("extension" as const) : ("buildpack" as const),
        ...(values.image === undefined
          ? { from: path("--from", values.from), isImage: false }
          : { from: path("--image", values.image), isImage: true }),
        to: path("--to", values.to),
        expected,
        ...present({ platform }),
      };
      const { files, sizeBytes } = await copyModule(request, report);
      const names = expected.map(({ id, version }) => `${id}@${version}`);
      log(`module ${names.join(", ")}: ${files} files, ${formatSize(sizeBytes)}`);
    },
  }),

  describe: command({
    usage: "--root DIR [--module PATH] [--shown TEXT] --to FILE.json",
    flags: { root: text, module: text, shown: text, to: text },
    async run({ root, module = "", shown, to }) {
      if (module.startsWith("/") || module.split("/").includes("..")) {
        throw new UsageError(`--module must be a path below --root, not ${JSON.stringify(module)}.`);
      }
      await describeModule({
        root: path("--root", root),
        path: module,
        ...present({ shown }),
        to: path("--to", to),
      });
    },
  }),
};

/** `ID@VERSION`. Both become names of directories, an id with its slashes replaced. */
function moduleName(value: string): ModuleName {
  const [, id = "", version = ""] = /^(.+)@([^@]+)$/s.exec(value) ?? [];
  const isName = (name: string) => name !== "" && !/^\.{1,2}$|[/\0]/.test(name);
  if (!isName(escapeId(id)) || !isName(version)) {
    throw new UsageError(`--expect must be ID@VERSION, not ${JSON.stringify(value)}.`);
  }
  return { id, version };
}
